import { object } from "@optique/core/constructs";
import { type OptionGroup, optionGroup } from "../command.ts";
import { defaultedOption } from "../declare_option.ts";
import { keyword } from "../values/mod.ts";

/** What goes over the wire: frames, or the Python original's messages. */
export type WireFormat = "frames" | "legacy";

/** What a program sends. */
export interface WireSettings {
  /** What goes over the wire. @default {"frames"} */
  readonly wireFormat: WireFormat;
}

/** Defaults of {@linkcode wireOptions}. */
export const WIRE_DEFAULTS: WireSettings = { wireFormat: "frames" };

/** Options of the programs that may talk to an old receiver: `--wire`. */
export const wireOptions: OptionGroup<WireSettings> = optionGroup(
  object("Wire", {
    wireFormat: defaultedOption(["--wire"], {
      value: keyword<WireFormat>({ frames: "frames", legacy: "legacy" }),
      fallback: WIRE_DEFAULTS.wireFormat,
      help:
        "Send frames, or the Python original's messages for a receiver that is still old: a message a packet, or zlib's where " +
        "frames would be compressed. Those have no metadata and no numbers, so the ledger cannot show what was lost on the way. " +
        "Receivers understand both, unasked.",
    }),
  }),
  (settings) => settings,
);
