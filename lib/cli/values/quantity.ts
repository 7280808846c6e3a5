import { quoteValue } from "../escape_text.ts";

/** A number with a unit. */
export interface Quantity {
  /** What it is, for messages: `size`. */
  readonly name: string;
  /** How many base units one of each unit is. */
  readonly units: Readonly<Record<string, number>>;
  /** The unit of a number that has none. */
  readonly bareUnit: string;
  /** The base unit, which any value can be shown in. */
  readonly baseUnit: string;
  /** What to write, for messages: `a number of MiB, such as 64 or 0.5, or one with its unit, such as 512KiB`. */
  readonly advice: string;
}

/** Which values of a quantity are taken, in base units. */
export interface QuantityLimits {
  /** The least. */
  readonly min: number;
  /** The most. */
  readonly max: number;
  /** Values are rounded to multiples of it. @default {1} */
  readonly step?: number;
}

/**
 * Reads a number with or without a unit; case does not matter, a space may stand between the two.
 *
 * @param input What was written.
 * @param quantity What it stands for.
 * @param limits Which values are taken.
 * @returns The value in base units.
 * @throws {SyntaxError} If it is no number or has another unit.
 * @throws {RangeError} If it is outside the limits.
 */
export function parseQuantity(
  input: string,
  quantity: Quantity,
  limits: QuantityLimits,
): number {
  const problem = `Cannot read ${quantity.name} ${quoteValue(input)}`;
  const match = /^([0-9]+(?:\.[0-9]*)?|\.[0-9]+) ?([a-z/]*)$/i.exec(input);
  if (match === null) {
    throw new SyntaxError(`${problem}: write ${quantity.advice}`);
  }
  const [, digits, unit] = match;
  const wanted = (unit || quantity.bareUnit).toLowerCase();
  const known = Object.entries(quantity.units);
  const factor = known.find(([name]) => name.toLowerCase() === wanted)?.[1];
  if (factor === undefined) {
    const names = known.map(([name]) => name).join(", ");
    throw new SyntaxError(`${problem}: its unit is none of ${names}`);
  }
  const { min, max, step = 1 } = limits;
  const value = Math.round(Number(digits) * factor / step) * step;
  if (value >= min && value <= max) return value;
  const from = formatQuantity(min, quantity);
  const to = formatQuantity(max, quantity);
  throw new RangeError(`${problem}: it must be from ${from} to ${to}`);
}

/**
 * Writes a quantity so that it reads back the same: in the unit of bare numbers where that is short, else in the base unit.
 *
 * @param value The value in base units.
 * @param quantity What it stands for.
 * @returns The number and its unit.
 */
export function formatQuantity(value: number, quantity: Quantity): string {
  const { units, bareUnit, baseUnit } = quantity;
  const number = value / (units[bareUnit] ?? 1);
  const short = Number(number.toFixed(3)) === number;
  return short ? `${number} ${bareUnit}` : `${value} ${baseUnit}`;
}
