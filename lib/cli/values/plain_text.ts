import type { ValueParser } from "@optique/core/valueparser";
import { escapeText, quoteValue } from "../escape_text.ts";
import { valueParser } from "./value_parser.ts";

/** What a text is for. */
export interface PlainTextOptions {
  /** How help names it: `NAME`. */
  metavar: string;
  /** What it is, for messages: `sensor name`. */
  name: string;
  /** Most bytes of UTF-8. @default {255} */
  maxBytes?: number;
  /** Whether control characters and such are let through. @default {false} */
  anyCharacter?: boolean;
}

/**
 * A text that is not empty.
 *
 * @param options What it is for.
 * @returns The parser; its values are the text as it was given.
 */
export function plainText(
  options: PlainTextOptions,
): ValueParser<"sync", string> {
  const { metavar, name, maxBytes = 255, anyCharacter = false } = options;
  return valueParser({
    metavar,
    placeholder: metavar,
    read(input): string {
      const problem = `Cannot use ${name} ${quoteValue(input)}`;
      if (input === "") throw new SyntaxError(`${problem}: it is empty`);
      if (!anyCharacter && escapeText(input) !== input) {
        throw new SyntaxError(`${problem}: it has control characters`);
      }
      const size = new TextEncoder().encode(input).length;
      if (size > maxBytes) {
        throw new RangeError(
          `${problem}: it has ${size} bytes, ${maxBytes} are allowed`,
        );
      }
      return input;
    },
    format: (value) => value,
  });
}
