import assert from "node:assert/strict";
import { Patience } from "../../lib/roles/patience.ts";

/** A queue that shrinks by itself, or with help, while somebody waits. */
class FakeQueue {
  amount = 0;
  /** How much it shrinks in a millisecond. */
  speed = 0;
  paused = 0;
  helped = 0;
  readonly patience = new Patience({
    waiting: () => this.amount,
    crowd: 100,
    pause: (milliseconds) => {
      this.paused += milliseconds;
      this.amount = Math.max(this.amount - this.speed * milliseconds, 0);
      return Promise.resolve();
    },
    help: () => this.helped++,
  });
}

Deno.test("Patience does not wait while little waits", () => {
  const queue = new FakeQueue();
  for (const amount of [0, 50, 99]) {
    queue.amount = amount;
    assert.equal(queue.patience.wait(), undefined);
  }
  assert.equal(queue.paused, 0);
});

Deno.test("Patience waits until less waits, and helps at each look", async () => {
  const queue = new FakeQueue();
  queue.amount = 110;
  queue.speed = 2;
  await queue.patience.wait();
  assert.equal(queue.paused, 6);
  assert.equal(queue.amount, 98);
  assert.equal(queue.helped, 3);
});

Deno.test("Patience ends after 50 ms in all, until less than half of what is much waits", async () => {
  const queue = new FakeQueue();
  queue.amount = 100;
  await queue.patience.wait();
  assert.equal(queue.paused, 50);
  assert.equal(queue.patience.wait(), undefined);
  // Nearly empty is not enough: somebody too slow would be waited for again and again.
  for (const amount of [99, 50, 100]) {
    queue.amount = amount;
    assert.equal(queue.patience.wait(), undefined);
  }
  queue.amount = 49;
  assert.equal(queue.patience.wait(), undefined);
  queue.amount = 100;
  await queue.patience.wait();
  assert.equal(queue.paused, 100);
});
