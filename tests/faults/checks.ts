// Equations of a scenario's account.

/** Packets by name. */
export type Counts = Readonly<Record<string, number>>;

/** Notes equations that do not hold. */
export class Checks {
  /** What did not hold, one line each. */
  readonly faults: string[] = [];

  /** Notes if two numbers are not the same. */
  equal(what: string, left: number, right: number): void {
    if (left !== right) this.faults.push(`${what}: ${left} is not ${right}`);
  }
}

/** Gives the run of a sender that a receiver has as `<sensor name>/<instance>`. */
export function instanceOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

/** Gives what a receiver knows of a sensor's groups, which stands among its numbers. */
export function groupsOf(sensor: Counts): Readonly<Record<string, Counts>> {
  const { groups = {} } = sensor as unknown as {
    groups?: Readonly<Record<string, Counts>>;
  };
  return groups;
}

/** Adds up one number of several. */
export function sumOf(parts: Iterable<Counts>, name: string): number {
  let sum = 0;
  for (const part of parts) sum += part[name] ?? NaN;
  return sum;
}
