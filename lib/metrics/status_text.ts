/** Counters of a program, by name. */
export type Totals = Readonly<Record<string, number>>;

const MEBIBYTE = 1024 * 1024;

/** Counters of packets that could not be delivered, in the order of the way they go. */
const LOSSES: readonly string[] = [
  "kernel_dropped",
  "rate_dropped",
  "queue_dropped",
  "lost_in_transit",
  "stalled_dropped",
];

/** What comes in and what goes out: counters of packets, the first that a program has; its bytes are beside it. */
const DIRECTIONS: readonly (readonly [string, readonly string[]])[] = [
  ["in", ["received", "captured"]],
  ["out", ["written", "sent"]],
];

/**
 * Says on one line how a program fares: what goes in and out a second, and what was lost since it started.
 *
 * @param now Its totals.
 * @param before Its totals some time ago.
 * @param milliseconds How long ago; above 0.
 * @returns Such as `in 1200 packets/s, 1.3 MiB/s; out 1200 packets/s, 1.2 MiB/s; lost 0`.
 */
export function formatStatus(
  now: Totals,
  before: Totals,
  milliseconds: number,
): string {
  const rate = (name: string): number =>
    ((now[name] ?? 0) - (before[name] ?? 0)) * 1000 / milliseconds;
  const parts = DIRECTIONS.flatMap(([direction, names]) => {
    const name = names.find((candidate) => now[candidate] !== undefined);
    if (name === undefined) return [];
    const bytes = (rate(`${name}_bytes`) / MEBIBYTE).toFixed(1);
    return [`${direction} ${Math.round(rate(name))} packets/s, ${bytes} MiB/s`];
  });
  return [...parts, formatLosses(now)].join("; ");
}

function formatLosses(totals: Totals): string {
  const lost = LOSSES.filter((name) => (totals[name] ?? 0) > 0);
  const sum = lost.reduce((all, name) => all + (totals[name] ?? 0), 0);
  const details = lost.map((name) => `${name}=${totals[name]}`).join(" ");
  return lost.length === 0 ? "lost 0" : `lost ${sum} (${details})`;
}
