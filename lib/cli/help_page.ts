import { type DocEntry, type DocPage, formatDocPage } from "@optique/core/doc";
import { lineBreak, type Message, text } from "@optique/core/message";
import { getDocPage } from "@optique/core/parser";
import type { Usage } from "@optique/core/usage";
import type { CommandDefinition } from "./command.ts";

/** Title of the section that the options of every program stand in, last of all. */
const GENERAL = "General";

/** Options of every program that are not its parser's, since they end it. */
const META_ENTRIES: readonly DocEntry[] = [
  {
    term: { type: "option", names: ["-h", "--help"] },
    description: [text("Print this help and end.")],
  },
  {
    term: { type: "option", names: ["--version"] },
    description: [
      text("Print the version, and those of the libraries in use, and end."),
    ],
  },
  {
    term: { type: "option", names: ["--completion"], metavar: "SHELL" },
    description: [
      text(
        "Print a script that completes the options of this program, for bash, zsh, fish, nu or pwsh, and end.",
      ),
    ],
  },
];

/** How the help page looks; names of options that are longer than their columns get a line of their own. */
const LAYOUT = {
  termWidth: 28,
  showDefault: { prefix: " Default: ", suffix: "." },
} as const;

/**
 * Describes a program: what help, README and manual are written from. The arguments stand first, in a section without a title.
 *
 * @param definition The program.
 * @returns Its synopsis, its options with defaults and units, by section, and its examples.
 */
export function describeCommand<C>(definition: CommandDefinition<C>): DocPage {
  const { name, brief, description, examples, parser } = definition;
  const { sections = [] } = getDocPage(parser) ?? {};
  const general = sections.find(({ title }) => title === GENERAL);
  return {
    brief: [text(brief)],
    usage: shortenUsage(parser.usage),
    description: joinLines(description),
    sections: [
      ...sections.filter(({ title }) => title === undefined),
      ...sections.filter(({ title }) =>
        title !== undefined && title !== GENERAL
      ),
      {
        title: GENERAL,
        entries: [...general?.entries ?? [], ...META_ENTRIES],
      },
    ],
    examples: joinLines(examples.map((example) => `${name} ${example}`)),
  };
}

/**
 * Writes the help page of a program.
 *
 * @param definition The program.
 * @param columns Width of the page in characters, 60 or more.
 * @returns The page, with a line break at its end.
 */
export function formatHelp<C>(
  definition: CommandDefinition<C>,
  columns: number,
): string {
  const page = formatDocPage(definition.name, describeCommand(definition), {
    ...LAYOUT,
    maxWidth: columns,
    sectionOrder: () => 0,
  });
  return `${page.replace(/[ \t]+$/gm, "").trimEnd()}\n`;
}

function joinLines(lines: readonly string[]): Message {
  return lines.flatMap((line, index) =>
    index === 0 ? [text(line)] : [lineBreak(), text(line)]
  );
}

/** Makes `[options] SOURCE ENDPOINT...` of a usage that lists every option. */
function shortenUsage(usage: Usage): Usage {
  const [first] = usage;
  const branches = first?.type === "exclusive" ? first.terms : [usage];
  const main = branches.at(-1) ?? [];
  return [
    { type: "literal", value: "[options]" },
    ...main.filter(({ type }) => type === "argument" || type === "multiple"),
  ];
}
