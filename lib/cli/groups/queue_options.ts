import { object } from "@optique/core/constructs";
import { type OptionGroup, optionGroup } from "../command.ts";
import { defaultedOption } from "../declare_option.ts";
import { wholeNumber } from "../values/mod.ts";

/** How much may wait for the network. */
export interface QueueSettings {
  /** ZMQ_SNDHWM: frames that wait for each endpoint before frames are dropped, 1 or more. @default {256} */
  readonly sendHighWaterMark: number;
}

/** Defaults of {@linkcode queueOptions}. */
export const QUEUE_DEFAULTS: QueueSettings = { sendHighWaterMark: 256 };

/** Options of the programs that send frames: `--zmq-buffer`. */
export const queueOptions: OptionGroup<QueueSettings> = optionGroup(
  object("Sending", {
    sendHighWaterMark: defaultedOption(["--zmq-buffer"], {
      // 0 would be "no limit" for libzmq: memory without a bound.
      value: wholeNumber({ metavar: "COUNT", max: 1_000_000 }),
      fallback: QUEUE_DEFAULTS.sendHighWaterMark,
      help:
        "Frames of at most 256 KiB that wait in memory for each endpoint that does not take them; then frames are dropped and " +
        "their packets counted as queue_dropped. With --wire legacy each stands for 256 packets. The Python original counted single " +
        "packets, 100 of them, or 50 in its relays.",
    }),
  }),
  (settings) => settings,
);
