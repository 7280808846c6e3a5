import type { ValueParser } from "@optique/core/valueparser";
import {
  formatQuantity,
  parseQuantity,
  type Quantity,
  type QuantityLimits,
} from "./quantity.ts";
import { valueParser } from "./value_parser.ts";

/** Bytes in a mebibyte. */
export const MEBIBYTE = 2 ** 20;

/** Most bytes that any size can be: 1 TiB. */
export const MAX_SIZE = 2 ** 40;

const UNITS = {
  B: 1,
  KiB: 2 ** 10,
  MiB: MEBIBYTE,
  GiB: 2 ** 30,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
};

const SIZE_IN_MEBIBYTES: Quantity = {
  name: "size",
  units: UNITS,
  bareUnit: "MiB",
  baseUnit: "B",
  advice:
    "a number of MiB, such as 64 or 0.5, or one with its unit, such as 512KiB",
};

const SIZE_IN_BYTES: Quantity = {
  ...SIZE_IN_MEBIBYTES,
  bareUnit: "B",
  advice:
    "a number of bytes, such as 1000000, or one with its unit, such as 64MiB",
};

const SIZE_IN_MEGABYTES: Quantity = {
  ...SIZE_IN_MEBIBYTES,
  bareUnit: "MB",
  advice:
    "a number of megabytes, such as 100, or one with its unit, such as 64MiB",
};

/**
 * Sizes whose bare numbers are mebibytes, as in the Python original; `KiB`, `GiB` and others may be said.
 *
 * @param limits Least and most, in bytes.
 * @returns The parser; its values are whole bytes.
 */
export function mebibytes(
  limits: QuantityLimits = { min: 1, max: MAX_SIZE },
): ValueParser<"sync", number> {
  return sizes("MiB", SIZE_IN_MEBIBYTES, limits);
}

/**
 * Sizes whose bare numbers are bytes.
 *
 * @param limits Least and most, in bytes.
 * @returns The parser; its values are whole bytes.
 */
export function bytes(
  limits: QuantityLimits = { min: 1, max: MAX_SIZE },
): ValueParser<"sync", number> {
  return sizes("BYTES", SIZE_IN_BYTES, limits);
}

/**
 * Sizes whose bare numbers are millions of bytes, as tcpdump's `-C` has them.
 *
 * @param limits Least and most, in bytes.
 * @returns The parser; its values are whole bytes.
 */
export function megabytes(
  limits: QuantityLimits = { min: 1, max: MAX_SIZE },
): ValueParser<"sync", number> {
  return sizes("MB", SIZE_IN_MEGABYTES, limits);
}

function sizes(
  metavar: string,
  quantity: Quantity,
  limits: QuantityLimits,
): ValueParser<"sync", number> {
  return valueParser({
    metavar,
    placeholder: limits.min,
    read: (input) => parseQuantity(input, quantity, limits),
    format: (value) => formatQuantity(value, quantity),
  });
}
