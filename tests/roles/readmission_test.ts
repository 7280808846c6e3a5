import { deepEqual, equal } from "node:assert/strict";
import { awaitVerdict, Readmission } from "../../lib/roles/readmission.ts";
import type { Timers } from "../../lib/roles/timers.ts";
import type { MonitorEvent } from "../../lib/zmq/monitor.ts";
import { FakeWaits } from "./fakes.ts";

/** Timers that ring at once, and remember for how long they were set. */
class FakeTimers implements Timers {
  readonly pauses: number[] = [];
  cancelled = 0;
  ring = true;

  after(milliseconds: number, run: () => void): () => void {
    this.pauses.push(milliseconds);
    if (this.ring) queueMicrotask(run);
    return () => void this.cancelled++;
  }

  every(): () => void {
    throw new Error("not called for");
  }
}

/** A readmission that is let in by the answers of a test. */
function open(answers: (boolean | Error)[], faults: Error[] = []): {
  readmission: Readmission;
  timers: FakeTimers;
  seen: string[];
  ended: AbortController;
} {
  const timers = new FakeTimers();
  const seen: string[] = [];
  const ended = new AbortController();
  const readmission = new Readmission({
    knock(): Promise<boolean> {
      const answer = answers.shift() ?? false;
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve(answer);
    },
    enter(): void {
      const fault = faults.shift();
      if (fault !== undefined) throw fault;
      seen.push("enter");
    },
    timers,
    signal: ended.signal,
    onError: (error) => void seen.push(String(error)),
  });
  return { readmission, timers, seen, ended };
}

Deno.test("a sender that was turned away comes back by itself when its key is allowed, and asks ever less often until then", async () => {
  const refusals = Array.from({ length: 6 }, () => false);
  const { readmission, timers, seen } = open([...refusals, true]);
  readmission.begin();
  readmission.begin();
  await readmission.ended;
  deepEqual(timers.pauses, [1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
  deepEqual(seen, ["enter"]);
});

Deno.test("a sender can be turned away again, and begins anew", async () => {
  const { readmission, timers, seen } = open([true, false, true]);
  readmission.begin();
  await readmission.ended;
  readmission.begin();
  await readmission.ended;
  deepEqual(timers.pauses, [1000, 1000, 2000]);
  deepEqual(seen, ["enter", "enter"]);
});

Deno.test("an error in a try is told, and tried again", async () => {
  const { readmission, seen } = open([new Error("no descriptors"), true]);
  readmission.begin();
  await readmission.ended;
  deepEqual(seen, ["Error: no descriptors", "enter"]);
});

Deno.test("an error in coming back is told, and does not end the tries", async () => {
  const { readmission, seen } = open([true, true], [new Error("no memory")]);
  readmission.begin();
  await readmission.ended;
  deepEqual(seen, ["Error: no memory", "enter"]);
});

Deno.test("Readmission ends at once when told, and does nothing when it was told before", async () => {
  const { readmission, timers, seen, ended } = open([true]);
  timers.ring = false;
  readmission.begin();
  ended.abort();
  await readmission.ended;
  equal(timers.cancelled, 1);
  readmission.begin();
  await readmission.ended;
  deepEqual(timers.pauses, [1000]);
  deepEqual(seen, []);
});

const endpoint = "tcp://192.0.2.9:5555";

Deno.test("awaitVerdict() waits for the other end to let a connection in or turn it away", async () => {
  const delayed: MonitorEvent = {
    kind: "connect-retried",
    endpoint,
    interval: 1,
  };
  const cases: [MonitorEvent, boolean][] = [
    [{ kind: "handshake-succeeded", endpoint }, true],
    [{ kind: "handshake-refused", endpoint, status: 400 }, false],
    [{ kind: "protocol-error", endpoint, reason: "" }, false],
    [{ kind: "stopped", endpoint }, false],
  ];
  for (const [event, verdict] of cases) {
    const waits = new FakeWaits();
    const all: (MonitorEvent | undefined)[] = [delayed, undefined, event];
    const events = { fd: 4, next: (): MonitorEvent | undefined => all.shift() };
    const signal = new AbortController().signal;
    equal(await awaitVerdict(events, { ...waits, signal }), verdict);
    deepEqual(waits.waits, ["fd 4"]);
  }
  const ended = new AbortController();
  const waits = new FakeWaits(() => ended.abort());
  const silent = { fd: 4, next: () => undefined };
  const { signal } = ended;
  equal(await awaitVerdict(silent, { ...waits, signal }), false);
});
