import assert from "node:assert/strict";
import { TokenBucket } from "../../lib/rate/token_bucket.ts";
import { makeRandom } from "../pcap/packets.ts";

Deno.test("TokenBucket begins full, with a second's worth", () => {
  const bucket = new TokenBucket({ rate: 1000 }, 50);
  assert.equal(bucket.level(50), 1000);
  assert.equal(bucket.fill(50), 1);
  assert.equal(bucket.level(5000), 1000);
});

Deno.test("TokenBucket fills at its rate, to its burst", () => {
  const bucket = new TokenBucket({ rate: 1000, burst: 400 }, 0);
  bucket.take(300);
  assert.equal(bucket.level(0), 100);
  assert.equal(bucket.level(100), 200);
  assert.equal(bucket.level(100), 200);
  assert.equal(bucket.level(1000), 400);
});

Deno.test("TokenBucket goes into debt for what is larger than it", () => {
  const bucket = new TokenBucket({ rate: 100 }, 0);
  bucket.take(1100);
  assert.equal(bucket.level(0), -1000);
  assert.equal(bucket.level(10_000), 0);
  assert.equal(bucket.level(10_010), 1);
});

Deno.test("TokenBucket is not filled by a clock that goes back", () => {
  const bucket = new TokenBucket({ rate: 1000 }, 1000);
  bucket.take(1000);
  assert.equal(bucket.level(0), 0);
  assert.equal(bucket.level(1000), 0);
});

Deno.test("TokenBucket lets no more than its rate, a burst and an item pass in any time", () => {
  const random = makeRandom(4);
  const rate = 10_000;
  const bucket = new TokenBucket({ rate }, 0);
  const passed: [number, number][] = [];
  let now = 0;
  while (now < 20_000) {
    now += random(30);
    const size = 1 + random(3000);
    if (bucket.level(now) <= 0) continue;
    bucket.take(size);
    passed.push([now, size]);
  }
  for (let from = 0; from < passed.length; from += 7) {
    const start = passed[from]?.[0] ?? 0;
    let sum = 0;
    for (const [time, size] of passed.slice(from)) {
      sum += size;
      assert(sum <= rate * (time - start) / 1000 + rate + 3000);
    }
  }
  const all = passed.reduce((sum, [, size]) => sum + size, 0);
  assert(all > rate * now / 1000, "it lets less than its rate pass");
});
