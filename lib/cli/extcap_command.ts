import { merge, object } from "@optique/core/constructs";
import type { InferValue, Parser } from "@optique/core/parser";
import {
  type CommandDefinition,
  commandMode,
  type CommandOf,
  defineCommand,
  type OptionGroup,
  optionGroup,
  parseCommand,
} from "./command.ts";
import { switchOption, valueOption } from "./declare_option.ts";
import { quoteValue } from "./escape_text.ts";
import {
  EXTCAP_INTERFACES,
  type ExtcapInterface,
} from "./extcap_interfaces.ts";
import { UsageError } from "./usage_error.ts";
import { plainText } from "./values/mod.ts";

/** What Wireshark asks for. */
export type ExtcapRequest =
  /** The interfaces that there are. */
  | { readonly kind: "interfaces" }
  /** The link types, or the settings, of an interface. */
  | { readonly kind: "dlts" | "config"; readonly interface: ExtcapInterface }
  /** Whether a capture filter is right. */
  | { readonly kind: "check"; readonly filter: string }
  | CaptureRequest;

/** A capture, by one of the programs. */
export interface CaptureRequest {
  /** What makes it one. */
  readonly kind: "capture";
  /** Where the packets go: Wireshark waits there. */
  readonly fifo: string;
  /** Which program. */
  readonly program: "dump" | "query";
  /** Its arguments. */
  readonly args: readonly string[];
  /** Why it can not be; told when Wireshark waits no more. */
  readonly problem: string | undefined;
}

/** What is asked for. */
export interface ExtcapSettings {
  /** The request. */
  readonly request: ExtcapRequest;
}

function given(
  name: `--${string}`,
  metavar: string,
  help: string,
): Parser<"sync", string | undefined, unknown> {
  const value = plainText({
    metavar,
    name: metavar.toLowerCase(),
    maxBytes: 65536,
  });
  return valueOption([name], { value, help });
}

const CALLS = object("Calls of Wireshark", {
  interfaces: switchOption(
    ["--extcap-interfaces"],
    "List the interfaces: nflog-local, nflog-window.",
  ),
  version: given(
    "--extcap-version",
    "VERSION",
    "Wireshark's version; changes nothing.",
  ),
  interface: given("--extcap-interface", "NAME", "Which interface."),
  dlts: switchOption(["--extcap-dlts"], "Tell its link type."),
  config: switchOption(["--extcap-config"], "Tell its settings."),
  capture: switchOption(["--capture"], "Capture from it; needs --fifo."),
  fifo: given("--fifo", "FIFO", "Where the packets go, as pcapng."),
  filter: given(
    "--extcap-capture-filter",
    "EXPRESSION",
    "Only packets that this pcap-filter(7) expression matches; without --capture, say what is wrong with it.",
  ),
});

const LOCAL = object("Settings of nflog-local", {
  groups: given(
    "--groups",
    "LIST",
    "NFLOG groups, separated by commas, ranges allowed; 0 when left out.",
  ),
  snaplen: given("--snaplen", "BYTES", "Keep so many bytes of each packet."),
  fixChecksums: switchOption(
    ["--fix-checksums"],
    "Complete checksums that were left to the network card.",
  ),
  segment: switchOption(["--segment"], "Split TCP segments above 1500 bytes."),
});

const WINDOW = object("Settings of nflog-window", {
  endpoint: given(
    "--endpoint",
    "ENDPOINT",
    "The receiver's --buffer-interface.",
  ),
  "--last": given("--last", "SECONDS", "Packets of the last seconds."),
  "--since": given("--since", "TIME", "Packets from this time on."),
  "--until": given("--until", "TIME", "Packets up to this time."),
  "--group": given("--group", "GROUP", "Packets of this NFLOG group."),
  "--prefix": given("--prefix", "TEXT", "Packets of rules with this prefix."),
  "--sensor": given("--sensor", "NAME", "Packets of this sensor."),
  "--curve-key": given("--curve-key", "FILE", "The own key pair (CURVE)."),
  "--curve-server": given(
    "--curve-server",
    "KEY",
    "The receiver's public key (CURVE).",
  ),
});

/** What the parsers read. */
interface Raw {
  calls: InferValue<typeof CALLS>;
  local: InferValue<typeof LOCAL>;
  window: InferValue<typeof WINDOW>;
}

const extcapOptions: OptionGroup<ExtcapSettings> = optionGroup(
  merge(
    object({ calls: CALLS }),
    object({ local: LOCAL }),
    object({ window: WINDOW }),
  ),
  (raw: Raw) => ({ request: requestOf(raw) }),
);

function requestOf(raw: Raw): ExtcapRequest {
  const { calls } = raw;
  if (calls.interfaces) return { kind: "interfaces" };
  const { dlts, config, capture, filter, fifo } = calls;
  if (!dlts && !config && !capture && filter === undefined) {
    throw new UsageError(
      "this is for Wireshark to call: put it, or a link to it, into the extcap folder that Help > About Wireshark > Folders shows",
    );
  }
  const of = findInterface(calls.interface);
  if (dlts) return { kind: "dlts", interface: of };
  if (config) return { kind: "config", interface: of };
  if (capture) {
    if (fifo === undefined) throw new UsageError("--capture needs --fifo");
    return captureOf(of, raw, fifo);
  }
  return { kind: "check", filter: filter ?? "" };
}

function captureOf(
  of: ExtcapInterface,
  raw: Raw,
  fifo: string,
): CaptureRequest {
  const { calls: { filter }, window: { endpoint } } = raw;
  const program = of.value === "nflog-local" ? "dump" : "query";
  const settings = program === "dump" ? localArgs(raw) : windowArgs(raw);
  const args = [
    ...["-w", fifo, "--format", "pcapng", "--log-format", "json"],
    ...filter === undefined || filter === "" ? [] : ["--filter", filter],
    ...settings,
  ];
  const problem = program === "query" && (endpoint ?? "") === ""
    ? "--endpoint is missing: the receiver's --buffer-interface"
    : undefined;
  return { kind: "capture", fifo, program, args, problem };
}

function findInterface(name: string | undefined): ExtcapInterface {
  const found = EXTCAP_INTERFACES.find(({ value }) => value === name);
  if (found !== undefined) return found;
  const names = EXTCAP_INTERFACES.map(({ value }) => value).join(" or ");
  const problem = name === undefined
    ? "--extcap-interface is missing"
    : `--extcap-interface: there is no ${quoteValue(name)}`;
  throw new UsageError(`${problem}: name ${names}`);
}

function localArgs({ local }: Raw): string[] {
  const { groups = "0", snaplen, fixChecksums, segment } = local;
  return [
    ...snaplen === undefined ? [] : ["-s", snaplen],
    ...fixChecksums ? ["--fix-checksums"] : [],
    ...segment ? ["--segment"] : [],
    groups,
  ];
}

function windowArgs({ window }: Raw): string[] {
  const { endpoint = "", ...selection } = window;
  const args = Object.entries(selection).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [name, value]
  );
  return [...args, endpoint];
}

const MODE = commandMode("extcap", [extcapOptions]);

/** What the extcap program is told to do. */
export type ExtcapCommand = CommandOf<typeof MODE>;

/** `nflog-extcap`. */
export const EXTCAP_DEFINITION: CommandDefinition<ExtcapCommand> =
  defineCommand({
    name: "nflog-extcap",
    brief:
      "Shows NFLOG groups and a receiver's window as interfaces in Wireshark.",
    description: [
      "Wireshark and tshark call it when it lies, or a link to it, in the extcap folder that Help > About Wireshark > Folders " +
      "shows, such as Debian's /usr/lib/x86_64-linux-gnu/wireshark/extcap; Wireshark 4.2 and later have a personal folder too. Nobody else " +
      "needs to. Groups of this host need CAP_NET_ADMIN, a window needs no right.",
    ],
    examples: [
      "--extcap-interfaces",
      "--extcap-interface nflog-local --extcap-config",
      "--extcap-interface nflog-local --capture --fifo /tmp/fifo --groups 5",
    ],
    modes: [MODE],
  });

/**
 * Reads the command line of `nflog-extcap`.
 *
 * @param args The arguments, without the program's name.
 * @returns The command.
 * @throws {UsageError} If it is not right.
 */
export function parseExtcapCommand(args: readonly string[]): ExtcapCommand {
  return parseCommand(EXTCAP_DEFINITION, args);
}
