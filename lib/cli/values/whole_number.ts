import type { ValueParser } from "@optique/core/valueparser";
import { quoteValue } from "../escape_text.ts";
import { valueParser } from "./value_parser.ts";

/** Which whole numbers are taken, and how help names them. */
export interface WholeNumberOptions {
  /** What is counted: `PACKETS`, `COUNT`. */
  metavar: string;
  /** The least. @default {1} */
  min?: number;
  /** The most. @default {4294967295} */
  max?: number;
}

/**
 * Whole decimal numbers.
 *
 * @param options What is counted, and the limits.
 * @returns The parser.
 */
export function wholeNumber(
  options: WholeNumberOptions,
): ValueParser<"sync", number> {
  const { metavar, min = 1, max = 0xffffffff } = options;
  return valueParser({
    metavar,
    placeholder: min,
    read(input): number {
      const problem = `Cannot read number ${quoteValue(input)}`;
      const advice = `write a whole number from ${min} to ${max}`;
      if (!/^[0-9]+$/.test(input)) {
        throw new SyntaxError(`${problem}: ${advice}`);
      }
      const value = Number(input);
      if (value < min || value > max) {
        throw new RangeError(`${problem}: ${advice}`);
      }
      return value;
    },
    format: String,
  });
}
