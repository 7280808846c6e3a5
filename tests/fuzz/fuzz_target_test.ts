// The fuzzing itself: it must find what is wrong, and find it again.
import fc from "fast-check";
import assert from "node:assert/strict";
import {
  type FuzzRun,
  fuzzTarget,
  runFuzz,
  shareCases,
} from "./fuzz_target.ts";

for (const isAsync of [false, true]) {
  const kind = isAsync ? "in turns" : "at once";
  Deno.test(`runFuzz() names the seed and path that give a failing input again, read ${kind}`, async () => {
    const seen: number[] = [];
    const target = fuzzTarget("numbers", {
      inputs: fc.nat(),
      isAsync,
      check(input): void {
        seen.push(input);
        assert(input < 1000, `${input} is too large`);
      },
    });
    const run: FuzzRun = { cases: 1000, seed: 7 };
    const fail = async (run: FuzzRun): Promise<string> => {
      let message = "";
      await assert.rejects(runFuzz(target, run), (error) => {
        message = String(error);
        return true;
      });
      return message;
    };
    const message = await fail(run);
    const [, seed, path] = /seed: (-?\d+), path: "([\d:]+)"/.exec(message) ??
      [];
    assert(seed !== undefined && path !== undefined, message);
    assert.match(message, /Counterexample: \[1000\]/);
    seen.length = 0;
    const again = await fail({ cases: 1000, seed: Number(seed), path });
    assert.match(again, /Counterexample: \[1000\]/);
    assert.equal(seen[0], 1000);
  });
}

Deno.test("runFuzz() reads the same inputs for the same seed, and as many as it is told", async () => {
  const runs: number[][] = [];
  for (const seed of [1, 1, 2]) {
    const seen: number[] = [];
    const check = (input: number): void => void seen.push(input);
    const target = fuzzTarget("numbers", { inputs: fc.nat(), check });
    await runFuzz(target, { cases: 50, seed });
    runs.push(seen);
  }
  const [first, same, other] = runs;
  assert.equal(first?.length, 50);
  assert.deepEqual(same, first);
  assert.notDeepEqual(other, first);
});

Deno.test("shareCases() gives at least as many inputs as it is told to", () => {
  const targets = [1, 1, 0.1].map((share) =>
    fuzzTarget("x", { inputs: fc.nat(), check: () => {}, share })
  );
  const counts = shareCases(1_000_000, targets);
  assert(counts.reduce((sum, count) => sum + count) >= 1_000_000);
  assert.equal(counts[0], counts[1]);
});
