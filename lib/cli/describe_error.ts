import { escapeText } from "./escape_text.ts";

/**
 * Says on one line what went wrong, harmless to show.
 *
 * @param error What was thrown.
 * @returns Its message; for what is no error or has none, what there is.
 */
export function describeError(error: unknown): string {
  const message = error instanceof Error
    ? error.message || error.name
    : String(error);
  return escapeText(message.trim().replace(/\s*\n\s*/g, "; "));
}

/**
 * Writes the stack of an error and of those that caused it.
 *
 * @param error What was thrown.
 * @returns Lines, harmless to show, without a line break at the end.
 */
export function formatStack(error: unknown): string {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  for (
    let current = error;
    current !== undefined && !seen.has(current);
    current = current instanceof Error ? current.cause : undefined
  ) {
    const stack = current instanceof Error ? current.stack : undefined;
    const title = seen.size === 0 ? "" : "Caused by: ";
    lines.push(...`${title}${stack ?? String(current)}`.split("\n"));
    seen.add(current);
  }
  return lines.map(escapeText).join("\n");
}
