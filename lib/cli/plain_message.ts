import type { Message, MessageTerm } from "@optique/core/message";
import { escapeText, quoteValue } from "./escape_text.ts";

/**
 * Writes one of the parser library's messages as plain text on one line, harmless to show: option names bare, values quoted.
 *
 * @param message The message.
 * @returns Its text, without a period at its end.
 */
export function formatPlainMessage(message: Message): string {
  const text = message.map(formatTerm).join("");
  return escapeText(text.replace(/\s+/g, " ").trim().replace(/\.$/, ""));
}

function formatTerm(term: MessageTerm): string {
  switch (term.type) {
    case "text":
      return term.text;
    case "optionName":
      return term.optionName;
    case "optionNames":
      return term.optionNames.join(", ");
    case "metavar":
      return term.metavar;
    case "value":
      return quoteValue(term.value);
    case "values":
      return term.values.map(quoteValue).join(" ");
    case "envVar":
      return term.envVar;
    case "commandLine":
      return term.commandLine;
    case "url":
      return term.url.href;
    default:
      return " ";
  }
}
