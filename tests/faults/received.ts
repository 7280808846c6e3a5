// What the receivers of a scenario say of the packets that were sent to them.
import type { Stats } from "../helpers/programs.ts";
import type { Causes } from "./account.ts";
import {
  type Checks,
  type Counts,
  groupsOf,
  instanceOf,
  sumOf,
} from "./checks.ts";
import type { Run } from "./run.ts";
import type { Scene } from "./scene.ts";

/** Picks what is needed of a receiver's totals. */
export function totalsOf({ totals }: Stats): Record<
  "received" | "stalled_dropped" | "written" | "lost_in_transit",
  number
> {
  const { received = NaN, written = NaN } = totals;
  const { stalled_dropped = NaN, lost_in_transit = NaN } = totals;
  return { received, written, stalled_dropped, lost_in_transit };
}

/** Adds up what the receivers say, and what was lost between one run and the next. */
export function countReceivers(
  { receivers }: Pick<Scene, "receivers">,
  delivered: readonly number[],
  checks: Checks,
): Pick<
  Causes,
  "relay_dropped" | "lost_in_transit" | "stalled_dropped" | "lost_between_runs"
> {
  const sums = {
    relay_dropped: 0,
    lost_in_transit: 0,
    stalled_dropped: 0,
    lost_between_runs: 0,
  };
  /** Packets that each sender had sent to the runs so far: what those runs know, or delivered if they could not tell. */
  const known = new Map<string, number>();
  for (const [index, { stats }] of receivers.entries()) {
    if (stats === undefined) {
      // Whom they came from does not matter where there is one sender; elsewhere runs are not killed.
      const [first = ""] = instancesAfter(receivers, index);
      known.set(first, (known.get(first) ?? 0) + (delivered[index] ?? 0));
      continue;
    }
    const { lost_in_transit, stalled_dropped } = totalsOf(stats);
    sums.lost_in_transit += lost_in_transit;
    sums.stalled_dropped += stalled_dropped;
    for (const [key, sensor] of Object.entries(stats.sensors ?? {})) {
      checkSensor(key, sensor, checks);
      const instance = instanceOf(key);
      const { sent = NaN, sent_before = NaN } = sensor;
      sums.lost_between_runs += sent_before - (known.get(instance) ?? 0);
      known.set(instance, sent);
      sums.relay_dropped += (sensor["relay_rate_dropped"] ?? 0) +
        (sensor["relay_queue_dropped"] ?? 0);
    }
    checkSums(stats, checks);
  }
  return sums;
}

/** Senders that a later run heard of. */
function instancesAfter(receivers: readonly Run[], index: number): string[] {
  return receivers.slice(index + 1).flatMap(({ stats }) =>
    Object.keys(stats?.sensors ?? {}).map(instanceOf)
  );
}

function checkSensor(key: string, sensor: Counts, checks: Checks): void {
  const { sent = NaN, sent_before = NaN, received = NaN } = sensor;
  const { lost_in_transit = NaN, written = NaN, stalled_dropped = NaN } =
    sensor;
  const relays = (sensor["relay_rate_dropped"] ?? 0) +
    (sensor["relay_queue_dropped"] ?? 0);
  checks.equal(
    `sent of ${key}`,
    sent,
    sent_before + received + lost_in_transit + relays,
  );
  checks.equal(`received of ${key}`, received, written + stalled_dropped);
  checkGroups(key, sensor, { checks, relays });
}

/** Checks the groups of a sensor: each by itself, and that they add up to the sensor. */
function checkGroups(
  key: string,
  sensor: Counts,
  { checks, relays }: { checks: Checks; relays: number },
): void {
  const groups = groupsOf(sensor);
  for (const [group, counts] of Object.entries(groups)) {
    const { sent = NaN, sent_before = NaN, received = NaN } = counts;
    const { lost_in_transit = NaN, written = NaN, stalled_dropped = NaN } =
      counts;
    const whose = `group ${group} of ${key}`;
    const arrived = sent_before + received + lost_in_transit;
    checks.equal(`sent of ${whose}`, sent, arrived);
    checks.equal(`received of ${whose}`, received, written + stalled_dropped);
  }
  // What was sent is told of groups in frames of their own: all of it is when the sender has said its last word.
  const counted = ["received", "written", "stalled_dropped"];
  const told = ["sent", "captured", "queue_dropped"];
  const names = isEnded(sensor) ? [...counted, ...told] : counted;
  const parts = Object.values(groups);
  for (const name of names) {
    const whole = sensor[name] ?? NaN;
    checks.equal(`${name} of groups of ${key}`, sumOf(parts, name), whole);
  }
  if (!isEnded(sensor)) return;
  // Relays do not tell by group: what they dropped is among what a group lost.
  const { lost_in_transit = NaN, sent_before = NaN } = sensor;
  const lost = sumOf(parts, "lost_in_transit");
  const before = sumOf(parts, "sent_before");
  const whole = sent_before + lost_in_transit + relays;
  checks.equal(`not received of groups of ${key}`, before + lost, whole);
  // Where a sender was heard of late, what is missing up to the first totals of its groups counts as sent before.
  if (sent_before > 0 && before >= sent_before) return;
  checks.equal(`sent_before of groups of ${key}`, before, sent_before);
}

function isEnded({ state }: Counts): boolean {
  return `${state}` === "ended";
}

/** Checks that the parts add up to the whole. */
function checkSums({ totals, sensors = {} }: Stats, checks: Checks): void {
  for (const name of ["received", "lost_in_transit", "written"]) {
    const sum = sumOf(Object.values(sensors), name);
    checks.equal(`${name} of all sensors`, sum, totals[name] ?? NaN);
  }
}
