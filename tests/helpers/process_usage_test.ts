import assert from "node:assert/strict";
import {
  cpuBetween,
  type ProcessUsage,
  readProcessUsage,
  threadsBetween,
} from "./process_usage.ts";

function usage(
  cpuMilliseconds: number,
  threads: ProcessUsage["threads"],
): ProcessUsage {
  return {
    cpuMilliseconds,
    childrenMilliseconds: 0,
    peakBytes: 0,
    residentBytes: 0,
    threads,
  };
}

Deno.test("readProcessUsage() sees this process work", () => {
  const before = readProcessUsage(Deno.pid);
  const end = performance.now() + 30;
  while (performance.now() < end);
  const after = readProcessUsage(Deno.pid);
  assert.ok(cpuBetween(before, after) > 1);
  assert.ok(after.peakBytes >= after.residentBytes);
  assert.ok(after.residentBytes > 1e6);
  assert.ok(after.threads.length > 0);
});

Deno.test("readProcessUsage() throws for a process that is not there", () => {
  assert.throws(() => readProcessUsage(2 ** 30), Deno.errors.NotFound);
});

Deno.test("cpuBetween() adds up threads, or takes the whole process when one has ended", () => {
  const main = { tid: 1, name: "deno", milliseconds: 5 };
  const worker = { tid: 2, name: "V8", milliseconds: 1.5 };
  const before = usage(0, [main, worker]);
  const later = { ...main, milliseconds: 6 };
  assert.equal(cpuBetween(usage(0, [main]), usage(10, [later, worker])), 2.5);
  assert.equal(cpuBetween(before, usage(10, [later])), 10);
});

Deno.test("threadsBetween() takes threads of one name together", () => {
  const before = usage(0, [{ tid: 2, name: "V8", milliseconds: 1 }]);
  const after = usage(0, [
    { tid: 1, name: "deno", milliseconds: 2 },
    { tid: 2, name: "V8", milliseconds: 2 },
    { tid: 3, name: "V8", milliseconds: 4 },
  ]);
  assert.deepEqual([...threadsBetween(before, after)], [["V8", 5], [
    "deno",
    2,
  ]]);
});
