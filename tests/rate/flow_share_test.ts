import assert from "node:assert/strict";
import { FlowShare } from "../../lib/rate/flow_share.ts";
import { makeRandom } from "../pcap/packets.ts";

const HASHES = 2 ** 32;

Deno.test("FlowShare passes all flows at first", () => {
  const flows = new FlowShare();
  assert.equal(flows.share, 1);
  for (const hash of [0, 1, HASHES - 1]) assert(flows.keeps(hash));
});

Deno.test("FlowShare passes fewer flows as the rate asks for, the same ones each time", () => {
  const flows = new FlowShare();
  flows.lower({ allowed: 100, kept: 190, whole: 190 });
  assert.equal(flows.share, 0.5);
  assert(flows.keeps(0));
  assert(flows.keeps(HASHES / 2 - 1));
  assert(!flows.keeps(HASHES / 2));
  flows.lower({ allowed: 100, kept: 80, whole: 190 });
  assert.equal(flows.share, 0.5, "what fits was lowered");
  flows.lower({ allowed: 100, kept: 190, whole: 380 });
  assert.equal(flows.share, 0.25);
  assert(!flows.keeps(HASHES / 2 - 1));
});

Deno.test("FlowShare passes all flows again as soon as they fit", () => {
  const flows = new FlowShare();
  flows.lower({ allowed: 100, kept: 9500, whole: 9500 });
  assert.equal(flows.share, 0.01);
  flows.raise({ allowed: 100, kept: 1, whole: 95 });
  assert.equal(flows.share, 1);
});

Deno.test("FlowShare passes more flows in steps while they do not all fit", () => {
  const flows = new FlowShare();
  flows.lower({ allowed: 100, kept: 9500, whole: 9500 });
  flows.raise({ allowed: 100, kept: 81, whole: 9500 });
  assert.equal(flows.share, 0.01, "there was little room");
  flows.raise({ allowed: 100, kept: 76, whole: 9500 });
  assert.equal(flows.share, 0.0125);
  flows.raise({ allowed: 100, kept: 1, whole: 9500 });
  assert.equal(flows.share, 0.025, "a step is twice at most");
  flows.raise({ allowed: 100, kept: 0, whole: 9500 });
  assert.equal(flows.share, 0.05);
});

Deno.test("FlowShare comes to rest below what is allowed, whatever the sizes of the flows", () => {
  const random = makeRandom(9);
  for (let round = 0; round < 50; round++) {
    const sizes = Array.from({ length: 400 }, () => 1 + random(100));
    const hashes = sizes.map(() => random(HASHES - 1));
    const whole = sizes.reduce((sum, size) => sum + size, 0);
    const allowed = whole / (2 + random(5));
    const flows = new FlowShare();
    const keptNow = (): number =>
      sizes.filter((_, at) => flows.keeps(hashes[at] ?? 0))
        .reduce((sum, size) => sum + size, 0);
    for (let step = 0; step < 20; step++) {
      const rates = { allowed, kept: keptNow(), whole };
      flows.lower(rates);
      flows.raise(rates);
    }
    const kept = keptNow();
    assert(kept <= allowed * 1.1, `${kept} of ${allowed}`);
    assert(kept >= allowed * 0.6, `${kept} of ${allowed}`);
  }
});
