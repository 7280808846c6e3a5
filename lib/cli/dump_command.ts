import { object } from "@optique/core/constructs";
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
import { requiredArgument } from "./declare_option.ts";
import { captureOptions } from "./groups/capture_options.ts";
import { dumpOutputOptions, limitOptions } from "./groups/dump_options.ts";
import { formatOptions } from "./groups/format_options.ts";
import { offloadOptions } from "./groups/offload_options.ts";
import { type PacketSource, packetSource } from "./values/mod.ts";

/** What the dump is given by place. */
export interface DumpArguments {
  /** Where packets come from. */
  readonly source: PacketSource;
}

/** Argument of the dump: SOURCE. */
export const dumpArguments: OptionGroup<DumpArguments> = optionGroup(
  object({
    source: requiredArgument({
      value: packetSource(),
      help:
        "NFLOG groups, separated by commas, ranges allowed (0,1,5-7), or pcap:FILE to read a capture file; pcap:- reads standard input.",
    }),
  }),
  (settings) => settings,
);

// Each line is a group of options; one joins when the dump does what it says.
const MODE = commandMode("dump", [
  dumpArguments,
  limitOptions,
  dumpOutputOptions,
  formatOptions,
  offloadOptions,
  captureOptions,
  privilegeOptions,
  statsOptions,
  commonOptions,
]);

/** What the dump is told to do; sizes in bytes, durations in milliseconds. */
export type DumpCommand = CommandOf<typeof MODE>;

/** `nflog-pcap-dump`. */
export const DUMP_DEFINITION: CommandDefinition<DumpCommand> = defineCommand({
  name: "nflog-pcap-dump",
  brief: "Prints or writes the packets that the firewall logs on this host.",
  description: [
    "Reads NFLOG groups and prints one line a packet, with what only the firewall knows: rule prefix, interfaces, owner, mark; or " +
    "writes them to a capture file. No network is involved. Needs CAP_NET_ADMIN for NFLOG, none for pcap:.",
  ],
  examples: ["5", "-c 100 --json 5", "-w drops.pcapng --format pcapng 5-7"],
  modes: [MODE],
});

/**
 * Reads the command line of `nflog-pcap-dump`.
 *
 * @param args The arguments, without the program's name.
 * @returns The command.
 * @throws {UsageError} If it is not right.
 */
export function parseDumpCommand(args: readonly string[]): DumpCommand {
  return parseCommand(DUMP_DEFINITION, args);
}
