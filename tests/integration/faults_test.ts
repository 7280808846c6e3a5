// The faults that take little time, with the programs themselves; `deno task faults` tries all of them.
import assert from "node:assert/strict";
import { FAULTS } from "../faults/faults.ts";
import { canUseNamespaces } from "../helpers/namespace.ts";

const ignore = !canUseNamespaces();

for (const fault of FAULTS.filter(({ quick }) => quick)) {
  Deno.test({
    name: `every packet is accounted for: ${fault.title}`,
    ignore,
  }, async () => {
    const { account } = await fault.run();
    assert.deepEqual(account.faults, []);
    assert.equal(account.difference, 0, JSON.stringify(account));
  });
}
