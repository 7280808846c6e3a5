import assert from "node:assert/strict";
import { OrderedQueue } from "../../lib/roles/ordered_queue.ts";
import { makeRandom } from "../pcap/packets.ts";

Deno.test("OrderedQueue emits in the order in which things were begun", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = makeRandom(seed);
    const emitted: number[] = [];
    const queue = new OrderedQueue<number>((value) => emitted.push(value));
    const open: (() => void)[] = [];
    for (let value = 0; value < 100; value++) {
      if (random(3) === 0) queue.push(value);
      else {
        const place = queue.begin();
        open.push(() => place.fill(value));
      }
      if (random(2) === 0) open.splice(random(open.length), 1)[0]?.();
    }
    while (open.length > 0) open.splice(random(open.length), 1)[0]?.();
    assert.deepEqual(emitted, emitted.map((_, index) => index));
    assert.equal(emitted.length, 100);
    assert.equal(queue.length, 0);
  }
});

Deno.test("OrderedQueue emits at once what nothing goes before", () => {
  const emitted: string[] = [];
  const queue = new OrderedQueue<string>((value) => emitted.push(value));
  queue.push("a");
  assert.deepEqual(emitted, ["a"]);
  const place = queue.begin();
  queue.push("c");
  assert.deepEqual(emitted, ["a"]);
  assert.equal(queue.length, 2);
  place.fill("b");
  assert.deepEqual(emitted, ["a", "b", "c"]);
});

Deno.test("OrderedQueue wakes who waits when it is short enough", async () => {
  const queue = new OrderedQueue<number>(() => {});
  await queue.whenBelow(1);
  const places = [queue.begin(), queue.begin(), queue.begin()];
  await queue.whenBelow(4);
  let woken = false;
  const waiting = queue.whenBelow(2).then(() => woken = true);
  places[0]?.fill(0);
  await Promise.resolve();
  assert(!woken);
  places[1]?.fill(1);
  await waiting;
  assert.equal(queue.length, 1);
});
