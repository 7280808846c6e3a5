import { object } from "@optique/core/constructs";
import type { Precision } from "../../pcap/file_header.ts";
import { type OptionGroup, optionGroup } from "../command.ts";
import { defaultedOption } from "../declare_option.ts";
import { keyword, MAX_SIZE, MEBIBYTE, mebibytes } from "../values/mod.ts";

/** How the stream of packets is written. */
export interface OutputSettings {
  /** Unit of the packets' times. @default {"microseconds"} */
  readonly precision: Precision;
  /** Bytes that wait while nobody reads, before the oldest packets are dropped. @default {67108864} */
  readonly outputBuffer: number;
}

/** Defaults of {@linkcode outputOptions}. */
export const OUTPUT_DEFAULTS: OutputSettings = {
  precision: "microseconds",
  outputBuffer: 64 * MEBIBYTE,
};

/** The largest packet with its headers must fit, else it could never be written. */
const MIN_OUTPUT_BUFFER = MEBIBYTE / 2;

/** Options of the receiver: `--precision`, `--output-buffer`. */
export const outputOptions: OptionGroup<OutputSettings> = optionGroup(
  object("Output", {
    precision: defaultedOption(["--precision"], {
      value: keyword<Precision>({ us: "microseconds", ns: "nanoseconds" }),
      fallback: OUTPUT_DEFAULTS.precision,
      help:
        "Unit of the packets' times: microseconds, which every reader knows, or nanoseconds.",
    }),
    outputBuffer: defaultedOption(["--output-buffer"], {
      value: mebibytes({ min: MIN_OUTPUT_BUFFER, max: MAX_SIZE }),
      fallback: OUTPUT_DEFAULTS.outputBuffer,
      help:
        "Memory for packets that wait while nobody reads DEST, or reads slowly; then the oldest are dropped and counted as " +
        "stalled_dropped. In the Python original everything waited for the reader.",
    }),
  }),
  (settings) => settings,
);
