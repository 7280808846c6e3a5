import type { ValueParser } from "@optique/core/valueparser";
import { formatQuantity, parseQuantity, type Quantity } from "./quantity.ts";
import { MAX_SIZE, MEBIBYTE } from "./size.ts";
import { valueParser } from "./value_parser.ts";

const RATE: Quantity = {
  name: "rate",
  units: {
    "B/s": 1,
    "KiB/s": 2 ** 10,
    "MiB/s": MEBIBYTE,
    "GiB/s": 2 ** 30,
  },
  bareUnit: "MiB/s",
  baseUnit: "B/s",
  advice:
    "a number of MiB/s, such as 5 or 0.5, or one with its unit, such as 512KiB/s; 0 disables it",
};

/**
 * Rates whose bare numbers are mebibytes a second, as in the Python original; 0 is taken, for "no limit".
 *
 * @returns The parser; its values are whole bytes a second.
 */
export function mebibytesPerSecond(): ValueParser<"sync", number> {
  return valueParser({
    metavar: "MiB/s",
    placeholder: 0,
    read: (input) => parseQuantity(input, RATE, { min: 0, max: MAX_SIZE }),
    format: (value) => formatQuantity(value, RATE),
  });
}
