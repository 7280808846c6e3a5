import { text } from "@optique/core/message";
import { isNonEmptyString } from "@optique/core/nonempty";
import type { Suggestion } from "@optique/core/parser";
import type { ValueParser, ValueParserResult } from "@optique/core/valueparser";

/** What a kind of value is called, and how it is read and shown. */
export interface ValueKind<T> {
  /** How help names the value, with its unit: `MiB`, `SECONDS`, `FILE`. */
  metavar: string;
  /** Some valid value, which stands in where the parser needs one before the real one is known. */
  placeholder: T;
  /** Reads the value; throws a SyntaxError or RangeError whose message says what is wrong and what would be right. */
  read: (input: string) => T;
  /** Shows the value, with its unit, such that `read` gives the same value back. */
  format: (value: T) => string;
  /** What a shell may complete to. */
  suggest?: (prefix: string) => readonly Suggestion[];
}

/**
 * Makes a value parser of a reading function that throws.
 *
 * @param kind What it reads.
 * @returns The parser; the message of a SyntaxError or RangeError is for the user, other errors are faults of the program.
 * @throws {TypeError} If the value's name is empty.
 */
export function valueParser<T>(kind: ValueKind<T>): ValueParser<"sync", T> {
  const { metavar, placeholder, read, format, suggest } = kind;
  if (!isNonEmptyString(metavar)) {
    throw new TypeError("Cannot make a value parser: its value has no name");
  }
  return {
    mode: "sync",
    metavar,
    placeholder,
    format,
    parse(input): ValueParserResult<T> {
      try {
        return { success: true, value: read(input) };
      } catch (error) {
        if (error instanceof SyntaxError || error instanceof RangeError) {
          return { success: false, error: [text(error.message)] };
        }
        throw error;
      }
    },
    ...(suggest === undefined ? {} : { suggest }),
  };
}
