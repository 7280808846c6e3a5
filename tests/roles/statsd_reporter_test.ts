import assert from "node:assert/strict";
import {
  StatsdCounts,
  type StatsdMetric,
} from "../../lib/metrics/statsd_counts.ts";
import { StatsdReporter } from "../../lib/roles/statsd_reporter.ts";
import { receiverReport } from "../metrics/reports.ts";
import { FakeLogger } from "./fakes.ts";
import { ManualTimers } from "./rate_fakes.ts";

/** A reporter whose numbers and client are a test's. */
class Fixture {
  readonly timers = new ManualTimers();
  readonly logger = new FakeLogger();
  /** What was sent, flush by flush. */
  readonly sent: (readonly StatsdMetric[])[] = [];
  /** What a flush comes to; rejects to fail. */
  outcome: () => Promise<void> = () => Promise.resolve();
  received = 0;
  readonly reporter = new StatsdReporter({
    report: () => ({
      ...receiverReport({}),
      totals: { received: this.received },
    }),
    counts: new StatsdCounts(""),
    client: {
      send: (metrics) => {
        this.sent.push(metrics);
        return this.outcome();
      },
    },
    interval: 10_000,
    timers: this.timers,
    monotonic: () => this.timers.time,
    logger: this.logger,
  });

  /** What each flush said of received packets. */
  get increments(): (number | undefined)[] {
    return this.sent.map((metrics) =>
      metrics.find(({ name }) => name === "received")?.value
    );
  }

  /** Lets an interval pass, and waits until what it began is done. */
  async turn(): Promise<void> {
    this.timers.advance(10_000);
    await this.reporter.flush();
  }
}

Deno.test("StatsdReporter tells increments at each interval, and the last ones at the end", async () => {
  const fixture = new Fixture();
  fixture.received = 5;
  await fixture.turn();
  fixture.received = 7;
  await fixture.turn();
  fixture.received = 8;
  await fixture.reporter[Symbol.asyncDispose]();
  assert.deepEqual(fixture.increments, [5, 2, 1]);
  assert.equal(fixture.timers.running, 0);
});

Deno.test("StatsdReporter keeps increments that could not be sent, and says so once in ten minutes", async () => {
  const fixture = new Fixture();
  fixture.outcome = () => Promise.reject(new Error("ENOTFOUND stats"));
  for (let round = 0; round < 59; round++) {
    fixture.received++;
    await fixture.turn();
  }
  assert.deepEqual(fixture.logger.lines.map(({ message }) => message), [
    "Cannot send counters to statsd: ENOTFOUND stats; they go with the next that can be sent",
  ]);
  fixture.outcome = () => Promise.resolve();
  await fixture.turn();
  assert.equal(fixture.increments.at(-1), 59);
  await fixture.reporter[Symbol.asyncDispose]();
});

Deno.test("StatsdReporter has one flush under way at most, however long it takes", async () => {
  const fixture = new Fixture();
  const { promise, resolve } = Promise.withResolvers<void>();
  fixture.outcome = () => promise;
  fixture.received = 1;
  for (let round = 0; round < 100; round++) fixture.timers.advance(10_000);
  assert.equal(fixture.sent.length, 1);
  resolve();
  await fixture.reporter[Symbol.asyncDispose]();
});

Deno.test("StatsdReporter ends within a second though a flush hangs", async () => {
  const fixture = new Fixture();
  fixture.outcome = () => new Promise<never>(() => {});
  fixture.received = 1;
  fixture.timers.advance(10_000);
  const end = fixture.reporter[Symbol.asyncDispose]();
  fixture.timers.advance(1000);
  await end;
});
