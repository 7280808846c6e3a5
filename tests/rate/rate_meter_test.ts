import assert from "node:assert/strict";
import { RateMeter } from "../../lib/rate/rate_meter.ts";

Deno.test("RateMeter tells bytes a second since its start", () => {
  const meter = new RateMeter(5000);
  meter.add(300);
  meter.add(200);
  assert.equal(meter.bytes, 500);
  assert.equal(meter.elapsed(5250), 250);
  assert.equal(meter.rate(5250), 2000);
  assert.equal(meter.rate(15_000), 50);
});

Deno.test("RateMeter starts anew", () => {
  const meter = new RateMeter(0);
  meter.add(1000);
  meter.restart(100);
  assert.equal(meter.bytes, 0);
  assert.equal(meter.rate(1100), 0);
});

Deno.test("RateMeter tells no endless rate for no time", () => {
  const meter = new RateMeter(7);
  meter.add(10);
  assert.equal(meter.rate(7), 10_000);
});
