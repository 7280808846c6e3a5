import { object } from "@optique/core/constructs";
import type { CaptureFormat } from "../../roles/capture_encoder.ts";
import { type OptionGroup, optionGroup } from "../command.ts";
import { defaultedOption } from "../declare_option.ts";
import { keyword } from "../values/mod.ts";

/** What is written. */
export interface FormatSettings {
  /** What a capture is written as. @default {"pcap"} */
  readonly format: CaptureFormat;
}

/** Defaults of {@linkcode formatOptions}. */
export const FORMAT_DEFAULTS: FormatSettings = { format: "pcap" };

/** Options of the programs that write captures: `--format`. */
export const formatOptions: OptionGroup<FormatSettings> = optionGroup(
  object("Format", {
    format: defaultedOption(["--format"], {
      value: keyword<CaptureFormat>({
        pcap: "pcap",
        pcapng: "pcapng",
        nflog: "nflog",
      }),
      fallback: FORMAT_DEFAULTS.format,
      help:
        "What is written: classic pcap for any reader; pcapng with interfaces, rule prefixes and losses for Wireshark; nflog with " +
        "the kernel's attributes (link type 239) for Wireshark and Zeek.",
    }),
  }),
  (settings) => settings,
);
