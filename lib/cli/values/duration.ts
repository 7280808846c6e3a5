import type { ValueParser } from "@optique/core/valueparser";
import {
  formatQuantity,
  parseQuantity,
  type Quantity,
  type QuantityLimits,
} from "./quantity.ts";
import { valueParser } from "./value_parser.ts";

/** Milliseconds in a second. */
export const SECOND = 1000;

/** Most milliseconds that any duration can be: 24 days, which a timer can hold. */
export const MAX_DURATION = 24 * 24 * 3600 * SECOND;

const DURATION: Quantity = {
  name: "duration",
  units: {
    ms: 1,
    s: SECOND,
    min: 60 * SECOND,
    m: 60 * SECOND,
    h: 3600 * SECOND,
    d: 24 * 3600 * SECOND,
  },
  bareUnit: "s",
  baseUnit: "ms",
  advice:
    "a number of seconds, such as 30 or 0.5, or one with its unit, such as 200ms, 5m or 1h",
};

/**
 * Durations whose bare numbers are seconds, as in the Python original; `ms`, `m`, `h` and `d` may be said.
 *
 * @param limits Least, most and step, in milliseconds.
 * @returns The parser; its values are whole milliseconds.
 */
export function seconds(
  limits: QuantityLimits = { min: 1, max: MAX_DURATION },
): ValueParser<"sync", number> {
  return valueParser({
    metavar: "SECONDS",
    placeholder: limits.min,
    read: (input) => parseDuration(input, limits),
    format: formatDuration,
  });
}

/**
 * Reads a duration: seconds, or a number with its unit.
 *
 * @param input What was written.
 * @param limits Least, most and step, in milliseconds.
 * @returns Whole milliseconds.
 * @throws {SyntaxError} If it is no duration.
 * @throws {RangeError} If it is outside the limits.
 */
export function parseDuration(input: string, limits: QuantityLimits): number {
  return parseQuantity(input, DURATION, limits);
}

/**
 * Writes a duration, in seconds where it can.
 *
 * @param milliseconds The duration.
 * @returns The number and its unit.
 */
export function formatDuration(milliseconds: number): string {
  return formatQuantity(milliseconds, DURATION);
}
