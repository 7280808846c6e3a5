import { text } from "@optique/core/message";
import type { ValueParser } from "@optique/core/valueparser";
import { quoteValue } from "../escape_text.ts";
import { valueParser } from "./value_parser.ts";

/**
 * One word of a fixed set.
 *
 * @param meanings What each word stands for; the words, joined by `|`, are the value's name in help.
 * @returns The parser; its values are what the words stand for.
 * @throws {TypeError} If there is no word.
 */
export function keyword<const T>(
  meanings: Readonly<Record<string, T>>,
): ValueParser<"sync", T> {
  const entries = Object.entries(meanings);
  const [first] = entries;
  if (first === undefined) {
    throw new TypeError("Cannot make a keyword parser: it has no words");
  }
  const words = entries.map(([word]) => word);
  return valueParser({
    metavar: words.join("|"),
    placeholder: first[1],
    read(input): T {
      const found = entries.find(([word]) => word === input);
      if (found !== undefined) return found[1];
      throw new SyntaxError(
        `Cannot use ${quoteValue(input)}: write ${words.join(" or ")}`,
      );
    },
    format: (value) =>
      entries.find(([, meaning]) => meaning === value)?.[0] ?? String(value),
    suggest: (prefix) =>
      words.filter((word) => word.startsWith(prefix)).map((word) => ({
        kind: "literal",
        text: word,
        description: [text(word)],
      })),
  });
}
