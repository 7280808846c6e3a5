import assert from "node:assert/strict";
import { Gathering } from "../../lib/roles/gathering.ts";

const OPTIONS = { stream: 100, target: 1000 };

Deno.test("Gathering never pauses after what comes alone", () => {
  const gathering = new Gathering(OPTIONS);
  for (const found of [0, 1, 99]) {
    assert.equal(gathering.pauseAfter(found), 0);
  }
});

Deno.test("Gathering pauses longer while each look finds little of a stream, up to 20 ms", () => {
  const gathering = new Gathering(OPTIONS);
  const pauses = [1, 2, 3, 4, 5].map(() => gathering.pauseAfter(150));
  assert.deepEqual(pauses, [4, 8, 16, 20, 20]);
});

Deno.test("Gathering pauses shorter while each look finds too much, down to 2 ms", () => {
  const gathering = new Gathering(OPTIONS);
  for (let look = 0; look < 5; look++) gathering.pauseAfter(150);
  const pauses = [1, 2, 3, 4, 5].map(() => gathering.pauseAfter(1500));
  assert.deepEqual(pauses, [10, 5, 2.5, 2, 2]);
});

Deno.test("Gathering keeps to its pause while each look finds what it should", () => {
  const gathering = new Gathering(OPTIONS);
  gathering.pauseAfter(150);
  assert.equal(gathering.pauseAfter(700), 4);
  assert.equal(gathering.pauseAfter(1000), 4);
});

Deno.test("Gathering begins anew after a stream has ended", () => {
  const gathering = new Gathering(OPTIONS);
  for (let look = 0; look < 5; look++) gathering.pauseAfter(150);
  gathering.pauseAfter(1);
  assert.equal(gathering.pauseAfter(150), 4);
});

Deno.test("Gathering finds a pause for any steady rate at which a look finds about its target", () => {
  for (const perMillisecond of [60, 100, 200, 400]) {
    const gathering = new Gathering(OPTIONS);
    let pause = gathering.pauseAfter(OPTIONS.target);
    for (let look = 0; look < 20; look++) {
      pause = gathering.pauseAfter(pause * perMillisecond);
    }
    const found = pause * perMillisecond;
    assert(found >= 500 && found <= 1000, `${found} at ${perMillisecond}`);
  }
});
