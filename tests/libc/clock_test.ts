import assert from "node:assert/strict";
import { WallClock } from "../../lib/libc/clock.ts";

Deno.test("WallClock.read() gives the wall clock's time", () => {
  using clock = new WallClock();
  const before = Date.now();
  clock.read();
  const milliseconds = clock.seconds * 1000 + clock.nanoseconds / 1e6;
  assert.ok(milliseconds >= before, `${milliseconds} is before ${before}`);
  assert.ok(milliseconds <= Date.now() + 1);
});

Deno.test("WallClock.read() gives a time that another program agrees with", async () => {
  using clock = new WallClock();
  clock.read();
  const first = clock.seconds * 1e9 + clock.nanoseconds;
  const date = new Deno.Command("date", { args: ["+%s %N"] });
  const { stdout } = await date.output();
  const [seconds = 0, nanoseconds = 0] = new TextDecoder().decode(stdout)
    .split(" ").map(Number);
  clock.read();
  const last = clock.seconds * 1e9 + clock.nanoseconds;
  const between = seconds * 1e9 + nanoseconds;
  assert.ok(first <= between && between <= last);
});

Deno.test("WallClock keeps nanoseconds below a second and never goes back here", () => {
  using clock = new WallClock();
  let finest = 0;
  for (let turn = 0; turn < 10_000; turn++) {
    clock.read();
    assert.ok(clock.nanoseconds >= 0 && clock.nanoseconds < 1e9);
    if (clock.nanoseconds % 1000 !== 0) finest++;
  }
  assert.ok(finest > 0, "no time was finer than a microsecond");
});

Deno.test("WallClock closes twice without complaint", () => {
  const clock = new WallClock();
  clock[Symbol.dispose]();
  clock[Symbol.dispose]();
});
