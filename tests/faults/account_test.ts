// The account itself: it must find what does not add up, or its zeros would mean nothing.
import assert from "node:assert/strict";
import type { BenchTable } from "../bench/section.ts";
import { CAUSES, type Causes } from "./account.ts";
import { Checks } from "./checks.ts";
import { faultTable } from "./fault_table.ts";
import { countReceivers } from "./received.ts";
import type { Run } from "./run.ts";
import { countSenders } from "./sent.ts";

const SENDER = "00000000000000aa";

/** A run with totals of our own making, or without any when it was killed. */
function fakeRun(stats: unknown): Run {
  return { stats, lastSeen: { instance: SENDER } } as Run;
}

const SENT = {
  instance: SENDER,
  totals: {
    captured: 100,
    sent: 90,
    rate_dropped: 4,
    queue_dropped: 6,
    kernel_dropped: 7,
    own_dropped: 0,
  },
};

/** A receiver that knows one sender of one group, which it knows otherwise where it is told so. */
function received(
  sensor: Record<string, number>,
  groups: Record<string, Record<string, number>> = { 5: {} },
): Run {
  const { received = 0, lost_in_transit = 0 } = sensor;
  const outcome = { written: received, stalled_dropped: 0 };
  const told = { ...SENT.totals, ...outcome, ...sensor };
  const parts = Object.entries(groups).map(([group, counts]) => [
    group,
    { ...told, ...counts },
  ]);
  const state = "ended";
  const known = { ...told, state, groups: Object.fromEntries(parts) };
  return fakeRun({
    totals: { received, lost_in_transit, ...outcome },
    sensors: { [`a/${SENDER}`]: known },
  });
}

Deno.test("the account adds up what senders dropped, and takes a killed one at its last word", () => {
  const receivers = [received({ sent: 90, received: 90 })];
  for (const stats of [SENT, undefined]) {
    const checks = new Checks();
    const counts = countSenders(
      { senders: [fakeRun(stats)], receivers },
      checks,
    );
    assert.deepEqual(counts, {
      kernel_dropped: 7,
      own_dropped: 0,
      rate_dropped: 4,
      queue_dropped: 6,
    });
    assert.deepEqual(checks.faults, []);
  }
});

Deno.test("the account finds a sender whose counts do not add up, or are told otherwise", () => {
  const checks = new Checks();
  const totals = { ...SENT.totals, sent: 89 };
  const receivers = [received({ sent: 90, received: 90 })];
  countSenders({ senders: [fakeRun({ ...SENT, totals })], receivers }, checks);
  assert.deepEqual(checks.faults, [
    "captured of group all: 100 is not 99",
    "sent, as the receiver has it: 90 is not 89",
  ]);
});

Deno.test("the account finds what was lost between two runs of a receiver, killed or not", () => {
  const before = { sent: 30, sent_before: 0, received: 30, lost_in_transit: 0 };
  const after = { sent: 90, sent_before: 50, received: 38, lost_in_transit: 2 };
  for (const first of [received(before), fakeRun(undefined)]) {
    const checks = new Checks();
    const counts = countReceivers(
      { receivers: [first, received(after)] },
      [30, 38],
      checks,
    );
    assert.equal(counts.lost_between_runs, 20);
    assert.equal(counts.lost_in_transit, 2);
    assert.deepEqual(checks.faults, []);
  }
});

Deno.test("the account finds a receiver whose counts do not add up", () => {
  const checks = new Checks();
  const wrong = { sent: 90, sent_before: 0, received: 88, lost_in_transit: 1 };
  countReceivers({ receivers: [received(wrong)] }, [88], checks);
  assert.deepEqual(checks.faults, [
    `sent of a/${SENDER}: 90 is not 89`,
    `sent of group 5 of a/${SENDER}: 90 is not 89`,
  ]);
});

Deno.test("the account finds groups that do not add up to their sensor", () => {
  const checks = new Checks();
  const right = { sent: 90, sent_before: 0, received: 89, lost_in_transit: 1 };
  const nothing = {
    ...{ sent: 0, sent_before: 0, received: 0, lost_in_transit: 0 },
    ...{ written: 0, captured: 0, queue_dropped: 0 },
  };
  const groups = { 5: { lost_in_transit: 0, sent: 89 }, 7: nothing };
  countReceivers({ receivers: [received(right, groups)] }, [89], checks);
  assert.deepEqual(checks.faults, [
    `sent of groups of a/${SENDER}: 89 is not 90`,
    `not received of groups of a/${SENDER}: 0 is not 1`,
  ]);
});

Deno.test("faultTable() has a column for each cause there is, and says what was wrong", () => {
  const none = Object.fromEntries(CAUSES.map((cause) => [cause, 0])) as Causes;
  const account = {
    logged: 10,
    delivered: 7,
    causes: { ...none, queue_dropped: 2 },
    difference: 1,
    faults: ["one is not two"],
    gaps: [],
  };
  const table: BenchTable = faultTable([
    { fault: { title: "bad" }, outcome: { account }, seconds: 1.2 },
    { fault: { title: "worse" }, outcome: undefined, seconds: 0 },
  ]);
  assert.deepEqual(table.columns.slice(3, -2), ["queue_dropped"]);
  assert.deepEqual(table.rows[0], ["bad", 10, 7, 2, 1, 1]);
  assert.deepEqual(table.notes, [
    "bad: WRONG: one is not two",
    "worse: FAILED",
  ]);
});
