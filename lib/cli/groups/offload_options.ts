import { object } from "@optique/core/constructs";
import { type OptionGroup, optionGroup } from "../command.ts";
import { switchOption, valueOption } from "../declare_option.ts";
import { requireWith } from "../requirements.ts";
import { wholeNumber } from "../values/mod.ts";

/** What the network card of the sending host would have done to its packets. */
export interface OffloadSettings {
  /** Whether checksums that were left to the card are completed. @default {false} */
  readonly fixChecksums: boolean;
  /** Largest packet in bytes that segments are split to; undefined when they stay whole. */
  readonly segmentSize: number | undefined;
}

/** Defaults of {@linkcode offloadOptions}; the largest packet is for when segments are split. */
export const OFFLOAD_DEFAULTS = { fixChecksums: false, mtu: 1500 } as const;

/** Options of the programs that write captures: `--fix-checksums`, `--segment`, `--mtu`. */
export const offloadOptions: OptionGroup<OffloadSettings> = optionGroup(
  object("Work left to the network card", {
    fixChecksums: switchOption(
      ["--fix-checksums"],
      "Complete the TCP, UDP and ICMPv6 checksums that the sending host left to its network card, and only those; counted.",
    ),
    segment: switchOption(
      ["--segment"],
      "Split TCP segments larger than --mtu as the network card would; counted.",
    ),
    mtu: valueOption(["--mtu"], {
      value: wholeNumber({ metavar: "BYTES", min: 576, max: 65535 }),
      hint: `${OFFLOAD_DEFAULTS.mtu} bytes`,
      help: "Largest packet that --segment leaves.",
    }),
  }),
  ({ fixChecksums, segment, mtu }) => {
    if (!segment) requireWith("--segment", { "--mtu": mtu });
    const segmentSize = segment ? mtu ?? OFFLOAD_DEFAULTS.mtu : undefined;
    return { fixChecksums, segmentSize };
  },
);
