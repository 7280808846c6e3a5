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
import {
  commonOptions,
  privilegeOptions,
  statsOptions,
} from "./common_options.ts";
import { requiredArgument, switchOption } from "./declare_option.ts";
import {
  curveServerOptions,
  queryCurveServerOptions,
} from "./groups/curve_options.ts";
import { receiverHttpOptions } from "./groups/http_options.ts";
import { formatOptions } from "./groups/format_options.ts";
import { offloadOptions } from "./groups/offload_options.ts";
import { outputOptions } from "./groups/output_options.ts";
import { statsdOptions } from "./groups/statsd_options.ts";
import { windowOptions } from "./groups/window_options.ts";
import { requireWith } from "./requirements.ts";
import { type Destination, destination, endpoint } from "./values/mod.ts";

/** What the receiver is given by place. */
export interface ReceiveArguments {
  /** Where senders connect to; bound. */
  readonly endpoint: Endpoint;
  /** Where the packets go: a FIFO, a file or standard output. */
  readonly destination: Destination;
}

/** What the receiver is told and knows anyhow. */
export interface ReceiverCompatibility {
  /** Whether `--rate-control` was given; it changes nothing. */
  readonly rateControl: boolean;
}

/** Arguments of the receiver: ENDPOINT and DEST. */
export const receiveArguments: OptionGroup<ReceiveArguments> = optionGroup(
  object({
    endpoint: requiredArgument({
      value: endpoint({ use: "bind" }),
      help:
        "ZeroMQ endpoint that senders connect to, such as tcp://192.0.2.9:5555 or tcp://*:5555; any number of them.",
    }),
    destination: requiredArgument({
      value: destination({ metavar: "DEST" }),
      help:
        "Where the pcap stream goes: a FIFO, where each new reader gets a new stream; a file, which is replaced; or - for standard output.",
    }),
  }),
  (settings) => settings,
);

/** What is taken for the sake of old unit files: `--rate-control`. */
export const receiverCompatibility: OptionGroup<ReceiverCompatibility> =
  optionGroup(
    object("For unit files of the Python original", {
      rateControl: switchOption(
        ["--rate-control"],
        "Accepted and no longer needed: a receiver tells compressed frames from plain ones by itself.",
      ),
    }),
    (settings) => settings,
  );

// Each line is a group of options; one joins when the receiver does what it says.
const MODE = commandMode("receive", [
  receiveArguments,
  outputOptions,
  formatOptions,
  offloadOptions,
  windowOptions,
  receiverCompatibility,
  curveServerOptions,
  queryCurveServerOptions,
  privilegeOptions,
  receiverHttpOptions,
  statsdOptions,
  statsOptions,
  commonOptions,
]);

/** What the receiver is told to do; sizes in bytes, durations in milliseconds. */
export type ReceiveCommand = CommandOf<typeof MODE>;

/** `nflog-pcap-recv`. */
export const RECEIVE_DEFINITION: CommandDefinition<ReceiveCommand> =
  defineCommand({
    name: "nflog-pcap-recv",
    brief: "Writes the packets that nflog-zmq-send sends as a pcap stream.",
    description: [
      "Takes frames from any number of senders and writes their packets, as raw IP, to a FIFO, a file or standard output, for Snort, " +
      "Suricata, Zeek, tcpdump or Wireshark. Packets for which there is no room while nobody reads are dropped and counted.",
    ],
    examples: [
      "tcp://*:5555 /run/nflog/ids.pcap",
      "tcp://192.0.2.9:5555 - | tcpdump -nr -",
      "--buffer-interface ipc:///run/nflog/query --buffer-window 256 tcp://*:5555 /run/nflog/ids.pcap",
    ],
    modes: [MODE],
    check({ window, queryCurveServer }): void {
      if (window !== undefined) return;
      requireWith("--buffer-interface", {
        "--buffer-curve-server-key": queryCurveServer,
      });
    },
  });

/**
 * Reads the command line of `nflog-pcap-recv`.
 *
 * @param args The arguments, without the program's name.
 * @returns The command.
 * @throws {UsageError} If it is not right.
 */
export function parseReceiveCommand(args: readonly string[]): ReceiveCommand {
  return parseCommand(RECEIVE_DEFINITION, args);
}
