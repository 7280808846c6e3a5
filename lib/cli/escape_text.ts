/**
 * What a terminal or a log reader would obey or hide instead of show: control characters, line and paragraph separators, marks that turn
 * the direction of text, and halves of surrogate pairs.
 */
const UNSAFE =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Most characters of a value that an error message repeats. */
const LONGEST_QUOTE = 100;

/**
 * Makes text harmless to show: what a terminal would obey is written as `\uXXXX`.
 *
 * @param text The text, from anybody.
 * @returns The text on one line; unchanged when it was harmless.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(escapeText("gate\x1b[2J\n"), "gate\\u001b[2J\\u000a");
 * ```
 */
export function escapeText(text: string): string {
  return text.replace(
    UNSAFE,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * Puts text between double quotes, harmless to show, for a message or a log line.
 *
 * @param text The text, from anybody.
 * @returns The quoted text; quotes and backslashes in it are escaped as in JSON.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(quoteText('a "b"'), '"a \\"b\\""');
 * ```
 */
export function quoteText(text: string): string {
  return escapeText(JSON.stringify(text));
}

/**
 * Quotes a value that was given on the command line, cutting what is too long to repeat in one line.
 *
 * @param text The value.
 * @returns The quoted text.
 */
export function quoteValue(text: string): string {
  return quoteText(
    text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE)}…`,
  );
}
