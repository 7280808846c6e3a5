import assert from "node:assert/strict";
import { ServiceNotifier } from "../../lib/roles/service_notifier.ts";
import type { Timers } from "../../lib/roles/timers.ts";

/** Timers that fire when the test says so. */
class HandTimers implements Timers {
  readonly due = new Map<number, () => void>();

  after(): () => void {
    throw new Error("Cannot be: nothing here happens once");
  }

  every(milliseconds: number, run: () => void): () => void {
    this.due.set(milliseconds, run);
    return () => void this.due.delete(milliseconds);
  }
}

Deno.test("ServiceNotifier tells readiness once, then the status, and signs of life from the start", () => {
  const timers = new HandTimers();
  const sent: string[] = [];
  let time = 0;
  let captured = 5;
  const notifier = new ServiceNotifier({
    send: (state) => void sent.push(state),
    totals: () => ({ captured }),
    timers,
    monotonic: () => time,
    watchdog: 3000,
  });
  assert.deepEqual([...timers.due.keys()], [1500]);
  timers.due.get(1500)?.();
  notifier.ready("Sending");
  notifier.ready("Sending");
  time = 5000;
  captured = 1005;
  timers.due.get(5000)?.();
  time = 10_000;
  timers.due.get(5000)?.();
  notifier.stopping();
  assert.deepEqual(sent, [
    "WATCHDOG=1",
    "READY=1\nSTATUS=Sending",
    "STATUS=in 200 packets/s, 0.0 MiB/s; lost 0",
    "STATUS=in 0 packets/s, 0.0 MiB/s; lost 0",
    "STOPPING=1\nSTATUS=Finishing what is in hand",
  ]);
  notifier[Symbol.dispose]();
  notifier[Symbol.dispose]();
  assert.equal(timers.due.size, 0);
});

Deno.test("ServiceNotifier sends no signs of life to a manager that waits for none", () => {
  const timers = new HandTimers();
  using _notifier = new ServiceNotifier({
    send: () => undefined,
    totals: () => ({}),
    timers,
    monotonic: () => 0,
  });
  assert.equal(timers.due.size, 0);
});
