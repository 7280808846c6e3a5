import { object } from "@optique/core/constructs";
import type { Endpoint } from "../zmq/endpoint.ts";
import {
  type CommandDefinition,
  commandMode,
  type CommandOf,
  defineCommand,
  type OptionGroup,
  optionGroup,
  parseCommand,
} from "./command.ts";
import { commonOptions, privilegeOptions } from "./common_options.ts";
import {
  defaultedOption,
  requiredArgument,
  switchOption,
  valueOption,
} from "./declare_option.ts";
import { curveClientOptions } from "./groups/curve_options.ts";
import { formatOptions } from "./groups/format_options.ts";
import { selectionOptions } from "./groups/selection_options.ts";
import { requireWith } from "./requirements.ts";
import { UsageError } from "./usage_error.ts";
import {
  type Destination,
  destination,
  endpoint,
  SECOND,
  seconds,
} from "./values/mod.ts";

/** What the query is given by place. */
export interface QueryArguments {
  /** The receiver's `--buffer-interface`; connected to. */
  readonly endpoint: Endpoint;
}

/** What becomes of the answer. */
export interface AnswerSettings {
  /** Where the packets go; undefined for standard output, which must not be a terminal then. */
  readonly output: Destination | undefined;
  /** Whether the receiver is asked what it holds, in place of packets; and in which form that is printed. */
  readonly stats: "table" | "json" | undefined;
  /** How long the receiver may be silent, in milliseconds. @default {5000} */
  readonly timeout: number;
}

/** Defaults of {@linkcode answerOptions}. */
export const ANSWER_DEFAULTS = { timeout: 5 * SECOND } as const;

/** Argument of the query: ENDPOINT. */
export const queryArguments: OptionGroup<QueryArguments> = optionGroup(
  object({
    endpoint: requiredArgument({
      value: endpoint({ use: "connect" }),
      help:
        "The receiver's --buffer-interface, such as ipc:///run/nflog/query.",
    }),
  }),
  (settings) => settings,
);

/** Options of the query about its answer: `-w`, `--stats`, `--json`, `--timeout`. */
export const answerOptions: OptionGroup<AnswerSettings> = optionGroup(
  object("Answer", {
    output: valueOption(["-w"], {
      value: destination(),
      hint: "standard output, unless it is a terminal",
      help:
        "Write the packets to FILE, - for standard output; a file appears only when it is complete.",
    }),
    stats: switchOption(
      ["--stats"],
      "Print what the window holds, from when, per sensor, and the ledger, in place of packets.",
    ),
    json: switchOption(["--json"], "Print --stats as one JSON object."),
    timeout: defaultedOption(["--timeout"], {
      value: seconds(),
      fallback: ANSWER_DEFAULTS.timeout,
      help: "Give up after so long without a word from the receiver.",
    }),
  }),
  ({ stats, json, output, timeout }) => {
    if (!stats) requireWith("--stats", { "--json": json });
    if (stats && output !== undefined) {
      throw new UsageError(
        "--stats and -w exclude each other: redirect standard output",
      );
    }
    return {
      output,
      timeout,
      stats: stats ? (json ? "json" : "table") : undefined,
    };
  },
);

// Each line is a group of options; one joins when the query does what it says.
const MODE = commandMode("query", [
  queryArguments,
  selectionOptions,
  answerOptions,
  formatOptions,
  curveClientOptions,
  privilegeOptions,
  commonOptions,
]);

/** What the query is told to do; sizes in bytes, durations in milliseconds. */
export type QueryCommand = CommandOf<typeof MODE>;

/** `nflog-pcap-query`. */
export const QUERY_DEFINITION: CommandDefinition<QueryCommand> = defineCommand({
  name: "nflog-pcap-query",
  brief: "Asks a receiver for the packets from before the alert.",
  description: [
    "Writes packets of the window that nflog-pcap-recv keeps with --buffer-window as a pcap file. Without options it asks for all of " +
    "them, as the Python original did.",
  ],
  examples: [
    "--last 30s --filter 'tcp port 443' -w a.pcap ipc:///run/nflog/query",
    "--around 2026-05-01T12:00:00Z tcp://192.0.2.9:5556 > a.pcap",
    "--stats ipc:///run/nflog/query",
  ],
  modes: [MODE],
  check({ stats, narrowedBy }): void {
    if (stats === undefined || narrowedBy === undefined) return;
    throw new UsageError(
      `--stats and ${narrowedBy} exclude each other: leave one out`,
    );
  },
});

/**
 * Reads the command line of `nflog-pcap-query`.
 *
 * @param args The arguments, without the program's name.
 * @returns The command.
 * @throws {UsageError} If it is not right.
 */
export function parseQueryCommand(args: readonly string[]): QueryCommand {
  return parseCommand(QUERY_DEFINITION, args);
}
