import assert from "node:assert/strict";
import { BuilderPool } from "../../lib/roles/builder_pool.ts";
import { PatientPool } from "../../lib/roles/patient_pool.ts";

Deno.test("PatientPool gives builders at once, or when it has waited", async () => {
  const waits: Promise<void>[] = [];
  const pool = new PatientPool(new BuilderPool(1), {
    wait: () => waits.shift(),
  });
  const first = pool.take();
  assert(!(first instanceof Promise));
  pool.give(first);
  const { promise, resolve } = Promise.withResolvers<void>();
  waits.push(promise);
  const later = pool.take();
  assert(later instanceof Promise);
  resolve();
  assert.equal(await later, first);
});
