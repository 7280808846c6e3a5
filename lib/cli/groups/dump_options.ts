import { object } from "@optique/core/constructs";
import { MAX_FILTER_SIZE } from "../../pcap/filter_limit.ts";
import { type OptionGroup, optionGroup } from "../command.ts";
import {
  defaultedOption,
  switchOption,
  valueOption,
} from "../declare_option.ts";
import { requireWith } from "../requirements.ts";
import { UsageError } from "../usage_error.ts";
import {
  type Destination,
  destination,
  megabytes,
  plainText,
  SECOND,
  seconds,
  wholeNumber,
} from "../values/mod.ts";

/** Which packets are dumped, and how much of them. */
export interface LimitSettings {
  /** End after so many packets; undefined for no end. */
  readonly maxPackets: number | undefined;
  /** Bytes kept of each packet, 1 to 262144. @default {262144} */
  readonly snaplen: number;
  /** An expression of pcap-filter(7). */
  readonly filter: string | undefined;
}

/** When a new file is begun. */
export interface Rotation {
  /** Bytes after which a new file is begun. */
  readonly maxSize: number | undefined;
  /** Milliseconds after which a new file is begun, whether or not packets come. */
  readonly maxAge: number | undefined;
  /** Files that are kept; undefined for all. */
  readonly maxFiles: number | undefined;
}

/** Where a dump goes. */
export interface DumpOutputSettings {
  /** Where packets are written; undefined when they are only printed. */
  readonly output: Destination | undefined;
  /** How packets are printed; undefined when they are not. */
  readonly print: "text" | "json" | undefined;
  /** When a new file is begun; undefined when all goes to one. */
  readonly rotation: Rotation | undefined;
}

/** Defaults of {@linkcode limitOptions}: as much of a packet as readers take. */
export const LIMIT_DEFAULTS = { snaplen: 262144 } as const;

/** Options of the dump about packets: `-c`, `-s`, `--filter`. */
export const limitOptions: OptionGroup<LimitSettings> = optionGroup(
  object("Which packets", {
    maxPackets: valueOption(["-c"], {
      value: wholeNumber({ metavar: "COUNT" }),
      hint: "no end",
      help: "End after so many packets.",
    }),
    snaplen: defaultedOption(["-s"], {
      value: wholeNumber({ metavar: "BYTES", max: LIMIT_DEFAULTS.snaplen }),
      fallback: LIMIT_DEFAULTS.snaplen,
      help: "Keep so many bytes of each packet.",
    }),
    filter: valueOption(["--filter"], {
      value: plainText({
        metavar: "EXPRESSION",
        name: "filter",
        maxBytes: MAX_FILTER_SIZE,
      }),
      help:
        "Only packets that this pcap-filter(7) expression matches, such as 'udp port 53'.",
    }),
  }),
  (settings) => settings,
);

/** Options of the dump about its output: `-w`, `--print`, `--json`, `-C`, `-G`, `-W`. */
export const dumpOutputOptions: OptionGroup<DumpOutputSettings> = optionGroup(
  object("Output", {
    output: valueOption(["-w"], {
      value: destination(),
      help:
        "Write the packets to FILE, - for standard output, and do not print them.",
    }),
    print: switchOption(["--print"], "Print the packets as well, with -w."),
    json: switchOption(
      ["--json"],
      "Print one JSON object a packet in place of a line for people.",
    ),
    maxSize: valueOption(["-C"], {
      value: megabytes({ min: 1000, max: 1e15 }),
      help:
        "Begin a new file after so many million bytes, as tcpdump counts; 64MiB and the like may be said.",
    }),
    maxAge: valueOption(["-G"], {
      value: seconds({ min: SECOND, max: 24 * 24 * 3600 * SECOND }),
      help:
        "Begin a new file after so long, also when no packet comes; FILE may have strftime(3) conversions.",
    }),
    maxFiles: valueOption(["-W"], {
      value: wholeNumber({ metavar: "COUNT" }),
      hint: "all",
      help: "Keep so many files, removing the oldest, with -C or -G.",
    }),
  }),
  ({ output, print, json, ...rotation }) => {
    const { maxSize, maxAge, maxFiles } = rotation;
    const rotates = maxSize !== undefined || maxAge !== undefined;
    if (!rotates) requireWith("-C or -G", { "-W": maxFiles });
    if (output?.kind !== "path") {
      requireWith("-w FILE", { "-C": maxSize, "-G": maxAge });
    }
    if (output === undefined) requireWith("-w", { "--print": print });
    const printed = output === undefined || print;
    if (!printed) requireWith("--print", { "--json": json });
    if (output?.kind === "stdout" && print) {
      throw new UsageError(
        "--print and -w - exclude each other: both are for standard output",
      );
    }
    return {
      output,
      print: printed ? (json ? "json" : "text") : undefined,
      rotation: rotates ? rotation : undefined,
    };
  },
);
