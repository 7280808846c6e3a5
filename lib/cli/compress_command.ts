import {
  type CommandDefinition,
  commandMode,
  type CommandOf,
  defineCommand,
  parseCommand,
} from "./command.ts";
import {
  commonOptions,
  privilegeOptions,
  statsOptions,
} from "./common_options.ts";
import {
  curveClientOptions,
  curveServerOptions,
} from "./groups/curve_options.ts";
import { httpOptions } from "./groups/http_options.ts";
import { queueOptions } from "./groups/queue_options.ts";
import { rateControlOptions } from "./groups/rate_control_options.ts";
import { relayArguments } from "./groups/relay_arguments.ts";
import { statsdOptions } from "./groups/statsd_options.ts";
import { wireOptions } from "./groups/wire_options.ts";

// Each line is a group of options; one joins when the relay does what it says.
const MODE = commandMode("compress", [
  relayArguments,
  rateControlOptions,
  queueOptions,
  wireOptions,
  curveServerOptions,
  curveClientOptions,
  privilegeOptions,
  httpOptions,
  statsdOptions,
  statsOptions,
  commonOptions,
]);

/** What the compressing relay is told to do; sizes in bytes, durations in milliseconds. */
export type CompressCommand = CommandOf<typeof MODE>;

/** `nflog-zmq-compress`. */
export const COMPRESS_DEFINITION: CommandDefinition<CompressCommand> =
  defineCommand({
    name: "nflog-zmq-compress",
    brief:
      "Passes frames on, compressed or thinned out when they are too many.",
    description: [
      "Takes frames from nflog-zmq-send and sends them to nflog-pcap-recv or another relay, with the rate kept: compressed above the " +
      "low watermark, and above the high one only as many as fit. What is dropped is counted.",
    ],
    examples: [
      "ipc:///run/nflog/plain tcp://ids.example.net:5555",
      "--lwm 2 --hwm 10 --shed tail tcp://*:5555 tcp://192.0.2.9:5555",
    ],
    modes: [MODE],
  });

/**
 * Reads the command line of `nflog-zmq-compress`.
 *
 * @param args The arguments, without the program's name.
 * @returns The command.
 * @throws {UsageError} If it is not right.
 */
export function parseCompressCommand(args: readonly string[]): CompressCommand {
  return parseCommand(COMPRESS_DEFINITION, args);
}
