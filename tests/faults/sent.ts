// What the senders of a scenario say of their packets.
import type { Causes } from "./account.ts";
import { type Checks, type Counts, instanceOf } from "./checks.ts";
import type { Run } from "./run.ts";
import type { Scene } from "./scene.ts";

const DROPS = [
  "kernel_dropped",
  "own_dropped",
  "rate_dropped",
  "queue_dropped",
] as const;

/** Adds up what the senders say; one that was killed is known by what it last told. */
export function countSenders(
  { senders, receivers }: Pick<Scene, "senders" | "receivers">,
  checks: Checks,
): Pick<Causes, typeof DROPS[number]> {
  const sums = {
    kernel_dropped: 0,
    own_dropped: 0,
    rate_dropped: 0,
    queue_dropped: 0,
  };
  const told = new Map<string, Counts>();
  for (const { stats } of receivers) {
    for (const [key, sensor] of Object.entries(stats?.sensors ?? {})) {
      told.set(instanceOf(key), sensor);
    }
  }
  for (const run of senders) {
    const instance = (run.stats ?? run.lastSeen)?.instance ?? "";
    const sensor = told.get(instance);
    const counts: Counts = run.stats?.totals ?? sensor ?? {};
    for (const name of DROPS) sums[name] += counts[name] ?? 0;
    checkSender(run, sensor, checks);
  }
  return sums;
}

/** Checks the equations of a sender that could tell its totals, for each group and for all. */
function checkSender(
  { stats }: Run,
  sensor: Counts | undefined,
  checks: Checks,
): void {
  if (stats === undefined) return;
  const parts = { all: stats.totals, ...stats.groups };
  for (const [group, counts] of Object.entries(parts)) {
    const { captured = NaN, sent = NaN } = counts;
    const { rate_dropped = NaN, queue_dropped = NaN } = counts;
    const sum = sent + rate_dropped + queue_dropped;
    checks.equal(`captured of group ${group}`, captured, sum);
  }
  if (sensor === undefined) return;
  for (const name of ["sent", "captured", ...DROPS]) {
    checks.equal(
      `${name}, as the receiver has it`,
      sensor[name] ?? NaN,
      stats.totals[name] ?? NaN,
    );
  }
}
