import { object } from "@optique/core/constructs";
import { type OptionGroup, optionGroup } from "../command.ts";
import { defaultedOption } from "../declare_option.ts";
import { SECOND, seconds } from "../values/mod.ts";

/** How a quiet sender shows that it is there. */
export interface HeartbeatSettings {
  /** How often the totals are sent in a frame without packets, in milliseconds; 0 is only at start and end. @default {5000} */
  readonly heartbeat: number;
}

/** Defaults of {@linkcode heartbeatOptions}. */
export const HEARTBEAT_DEFAULTS: HeartbeatSettings = { heartbeat: 5 * SECOND };

/** Options of the sender: `--heartbeat`. */
export const heartbeatOptions: OptionGroup<HeartbeatSettings> = optionGroup(
  object("Heartbeat", {
    heartbeat: defaultedOption(["--heartbeat"], {
      value: seconds({ min: 0, max: 3600 * SECOND }),
      fallback: HEARTBEAT_DEFAULTS.heartbeat,
      help:
        "Send the totals this often, in a frame without packets, so that the receiver learns of losses and of a dead sender; 0 does " +
        "so only at start and end.",
    }),
  }),
  (settings) => settings,
);
