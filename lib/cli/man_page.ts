import type { DocEntry, DocPage } from "@optique/core/doc";
import type { Message } from "@optique/core/message";
import type { CommandDefinition } from "./command.ts";
import { describeCommand, formatHelp } from "./help_page.ts";
import { EVERYTHING } from "./multi_call.ts";
import { formatPlainMessage } from "./plain_message.ts";
import { VERSION, type VersionFacts } from "./version.ts";

/** Wide enough for a synopsis to stand on one line. */
const ONE_LINE = 10_000;

/** What the programs that count packets do about signals. */
const SIGNALS: readonly (readonly [string, string])[] = [
  [
    "SIGINT, SIGTERM",
    "Finish what is in hand, print the totals and end; a second one ends at once.",
  ],
  ["SIGUSR1", "Print the totals, write those of --stats-json, and go on."],
];

const EXIT_STATUS: readonly (readonly [string, string])[] = [
  ["0", "All went well."],
  ["1", "Something failed; one line on standard error says what."],
  ["2", "The command line is not one that the program takes."],
];

/** What a manual page says besides what the parser knows. */
export interface ManPageOptions {
  /** Names of the other programs, for "see also". */
  others?: readonly string[];
  /** The version it is about. @default {VERSION} */
  version?: VersionFacts;
}

/**
 * Writes the manual page of a program, for `man`.
 *
 * @param definition The program.
 * @param options What else it says.
 * @returns The page in section 1, as roff source with a line break at its end.
 */
export function formatManPage<C>(
  definition: CommandDefinition<C>,
  { others = [], version = VERSION }: ManPageOptions = {},
): string {
  const { name, brief, description, examples } = definition;
  const page = describeCommand(definition);
  const counts = page.sections.some(({ entries }) =>
    entries.some((entry) => namesOf(entry).includes("--stats-json"))
  );
  return joinLines([
    ...formatTitle(name, brief, version),
    ".SH SYNOPSIS",
    `.B ${escape(name)}`,
    escape(synopsisOf(definition)),
    ".SH DESCRIPTION",
    ...description.flatMap((paragraph) => [".PP", escape(paragraph)]),
    ...formatEntries(page),
    ".SH EXAMPLES",
    ...examples.flatMap((example) => [
      ".EX",
      escape(`${name} ${example}`),
      ".EE",
    ]),
    ...(counts ? [".SH SIGNALS", ...formatTable(SIGNALS)] : []),
    ".SH EXIT STATUS",
    ...formatTable(EXIT_STATUS),
    ...formatSeeAlso([EVERYTHING, ...others].filter((other) => other !== name)),
  ]);
}

/**
 * Writes the manual page of the program that is all programs.
 *
 * @param definitions The programs in it.
 * @param version The version it is about.
 * @returns The page in section 1, as roff source with a line break at its end.
 */
export function formatRolesManPage(
  definitions: readonly CommandDefinition<unknown>[],
  version: VersionFacts = VERSION,
): string {
  const names = definitions.map(({ name }) => name);
  return joinLines([
    ...formatTitle(
      EVERYTHING,
      "All programs of nflog-zmq-pcap-pipe in one.",
      version,
    ),
    ".SH SYNOPSIS",
    `.B ${EVERYTHING.replaceAll("-", "\\-")}`,
    "ROLE [arguments]",
    ".SH DESCRIPTION",
    "It is the program whose name it is called by, through a link, or else the one that its first argument names.",
    ".SH ROLES",
    ...formatTable(
      definitions.map(({ name, brief }) =>
        [name.slice(name.lastIndexOf("-") + 1), brief] as const
      ),
    ),
    ...formatSeeAlso(names),
  ]);
}

function formatTitle(
  name: string,
  brief: string,
  { number, date }: VersionFacts,
): string[] {
  const source = `nflog-zmq-pcap-pipe ${number}`;
  return [
    `.TH ${escape(name.toUpperCase())} 1 "${date}" "${source}" "User Commands"`,
    // Options and file names that are cut in two can not be copied.
    ".nh",
    ".SH NAME",
    `${escape(name)} \\- ${escape(brief.replace(/\.$/, ""))}`,
  ];
}

function synopsisOf<C>(definition: CommandDefinition<C>): string {
  const help = formatHelp(definition, ONE_LINE);
  const usage = /^Usage: \S+ (.*)$/m.exec(help)?.[1];
  return usage ?? "[options]";
}

/** Arguments stand in a section of their own, options below their titles. */
function formatEntries({ sections }: DocPage): string[] {
  const lines: string[] = [];
  let hasOptions = false;
  for (const { title, entries } of sections) {
    if (title === undefined) lines.push(".SH ARGUMENTS");
    else {
      if (!hasOptions) lines.push(".SH OPTIONS");
      hasOptions = true;
      lines.push(`.SS ${escape(title)}`);
    }
    lines.push(...entries.flatMap(formatEntry));
  }
  return lines;
}

function formatEntry(entry: DocEntry): string[] {
  const { term, description, default: fallback } = entry;
  const names = namesOf(entry).map((name) => `\\fB${escape(name)}\\fR`);
  const value = "metavar" in term && term.metavar !== undefined
    ? [`\\fI${escape(term.metavar)}\\fR`]
    : [];
  const hint = textOf(fallback);
  const text = `${textOf(description)}${
    hint === "" ? "" : ` Default: ${hint}.`
  }`;
  return [
    ".TP",
    [names.join(", "), ...value].filter((part) => part !== "").join(" "),
    escape(text),
  ];
}

function namesOf({ term }: DocEntry): readonly string[] {
  return term.type === "option" ? term.names : [];
}

function textOf(message: Message | undefined): string {
  return message?.map((term) =>
    term.type === "text" ? term.text : formatPlainMessage([term])
  ).join("") ?? "";
}

function formatTable(rows: readonly (readonly [string, string])[]): string[] {
  return rows.flatMap(([name, text]) => [
    ".TP",
    `.B ${escape(name)}`,
    escape(text),
  ]);
}

function formatSeeAlso(names: readonly string[]): string[] {
  return [
    ".SH SEE ALSO",
    ...names.map((name, index) =>
      `.BR ${escape(name)} (1)${index < names.length - 1 ? "," : ""}`
    ),
  ];
}

function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** Hyphens must be copied out as what was typed, and no line may be taken for a request. */
function escape(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-")
    .replace(/^([.'])/, "\\&$1");
}
