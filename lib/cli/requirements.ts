import { UsageError } from "./usage_error.ts";

/** Options by name, with what was written; undefined or false for those that were not given. */
export type GivenOptions = Readonly<Record<string, unknown>>;

/**
 * Refuses options that would do nothing, since the one that they depend on is missing.
 *
 * @param needed The missing option.
 * @param options Those that depend on it.
 * @throws {UsageError} If any of them was given.
 */
export function requireWith(needed: string, options: GivenOptions): void {
  for (const name of namesGiven(options)) {
    throw new UsageError(
      `${name} does nothing without ${needed}: add ${needed}, or leave ${name} out`,
    );
  }
}

/**
 * Refuses options that exclude each other.
 *
 * @param options The options.
 * @throws {UsageError} If more than one of them was given.
 */
export function requireAtMostOne(options: GivenOptions): void {
  const [first, second] = namesGiven(options);
  if (first === undefined || second === undefined) return;
  throw new UsageError(
    `${first} and ${second} exclude each other: leave one out`,
  );
}

/**
 * Refuses one option of a set that only works whole.
 *
 * @param options The options.
 * @throws {UsageError} If some but not all of them were given.
 */
export function requireTogether(options: GivenOptions): void {
  const given = namesGiven(options);
  const missing = Object.keys(options).filter((name) => !given.includes(name));
  const [first] = given;
  if (first === undefined || missing.length === 0) return;
  throw new UsageError(`${first} needs ${missing.join(" and ")} beside it`);
}

function namesGiven(options: GivenOptions): string[] {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name]) => name);
}
