import type { DocEntry } from "@optique/core/doc";
import type { Message } from "@optique/core/message";
import type { CommandDefinition } from "./command.ts";
import { describeCommand } from "./help_page.ts";
import { formatPlainMessage } from "./plain_message.ts";

/** Keeps `deno fmt` from widening every row to the longest one. */
const KEEP_START = "<!-- deno-fmt-ignore-start -->";
const KEEP_END = "<!-- deno-fmt-ignore-end -->";

/**
 * Writes the options of a program as a Markdown table: option, default, meaning; section titles stand in rows of their own.
 *
 * @param definition The program.
 * @returns The synopsis and the table, with a line break at the end.
 */
export function formatOptionTable<C>(definition: CommandDefinition<C>): string {
  const { sections } = describeCommand(definition);
  const rows = sections.flatMap(({ title, entries }) => [
    ...title === undefined ? [] : [`| **${escapeCell(title)}** | | |`],
    ...entries.map(formatRow),
  ]);
  return ["| option | default | meaning |", "| --- | --- | --- |", ...rows]
    .map((row) => `${row}\n`).join("");
}

/**
 * Replaces the option tables in a Markdown text: what stands between `<!-- options:PROGRAM -->` and `<!-- /options -->`.
 *
 * @param markdown The text.
 * @param definitions The programs whose tables may stand in it.
 * @returns The text with new tables.
 * @throws {SyntaxError} If a marker has no end or names no program.
 */
export function updateOptionTables(
  markdown: string,
  definitions: readonly CommandDefinition<unknown>[],
): string {
  const start = /<!-- options:([\w-]+) -->\n/g;
  const end = "<!-- /options -->";
  const parts: string[] = [];
  let position = 0;
  for (const match of markdown.matchAll(start)) {
    const [marker, name = ""] = match;
    const definition = definitions.find((program) => program.name === name);
    const close = markdown.indexOf(end, match.index);
    const next = markdown.indexOf("<!-- options:", match.index + 1);
    if (definition === undefined) {
      throw new SyntaxError(`Cannot write options of ${name}: no such program`);
    }
    if (close < 0 || next >= 0 && next < close) {
      throw new SyntaxError(
        `Cannot write options of ${name}: no ${end} behind`,
      );
    }
    parts.push(
      markdown.slice(position, match.index + marker.length),
      `${KEEP_START}\n\n${formatOptionTable(definition)}\n${KEEP_END}\n`,
    );
    position = close;
  }
  return parts.join("") + markdown.slice(position);
}

function formatRow(entry: DocEntry): string {
  const { term, description, default: fallback } = entry;
  const names = term.type === "option"
    ? `${term.names.join(", ")}${
      term.metavar === undefined ? "" : ` ${term.metavar}`
    }`
    : term.type === "argument"
    ? term.metavar
    : "";
  return `| \`${escapeCell(names)}\` | ${formatCell(fallback)} | ${
    formatCell(description)
  } |`;
}

function formatCell(message: Message | undefined): string {
  return escapeCell(
    message?.map((term) =>
      term.type === "text" ? term.text : formatPlainMessage([term])
    ).join("") ?? "",
  );
}

/** A bar would end a cell, also between backticks; braces and angle brackets are fine. */
function escapeCell(text: string): string {
  return text.replace(/[|]/g, "\\|").replace(/</g, "&lt;");
}
