import { object } from "@optique/core/constructs";
import { type OptionGroup, optionGroup } from "../command.ts";
import { defaultedOption } from "../declare_option.ts";
import { keyword } from "../values/mod.ts";

/** What a capture is written as: classic pcap, pcapng, or classic pcap with the kernel's attributes (link type 239). */
export type CaptureFormat = "pcap" | "pcapng" | "nflog";

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
