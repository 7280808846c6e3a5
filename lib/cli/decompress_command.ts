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
import { relayArguments } from "./groups/relay_arguments.ts";
import { statsdOptions } from "./groups/statsd_options.ts";

// Each line is a group of options; one joins when the relay does what it says.
const MODE = commandMode("decompress", [
  relayArguments,
  queueOptions,
  curveServerOptions,
  curveClientOptions,
  privilegeOptions,
  httpOptions,
  statsdOptions,
  statsOptions,
  commonOptions,
]);

/** What the decompressing relay is told to do. */
export type DecompressCommand = CommandOf<typeof MODE>;

/** `nflog-zmq-decompress`. */
export const DECOMPRESS_DEFINITION: CommandDefinition<DecompressCommand> =
  defineCommand({
    name: "nflog-zmq-decompress",
    brief: "Passes frames on, decompressed.",
    description: [
      "Takes frames, compressed or not, and sends them on uncompressed. nflog-pcap-recv needs no such help; an old receiver, or one " +
      "whose host has no time to spare, does.",
    ],
    examples: ["tcp://*:5555 ipc:///run/nflog/plain"],
    modes: [MODE],
  });

/**
 * Reads the command line of `nflog-zmq-decompress`.
 *
 * @param args The arguments, without the program's name.
 * @returns The command.
 * @throws {UsageError} If it is not right.
 */
export function parseDecompressCommand(
  args: readonly string[],
): DecompressCommand {
  return parseCommand(DECOMPRESS_DEFINITION, args);
}
