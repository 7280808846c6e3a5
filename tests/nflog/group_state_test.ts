import assert from "node:assert/strict";
import { SenderLedger } from "../../lib/metrics/sender_ledger.ts";
import { GroupStates } from "../../lib/nflog/group_state.ts";

Deno.test("GroupStates gives one state a group, on the counts it was given", () => {
  const ledger = new SenderLedger();
  const states = new GroupStates((group) => ledger.group(group));
  const state = states.of(5);
  assert.equal(state.nextSequence, 0);
  state.nextSequence = 7;
  assert.equal(states.of(5), state);
  assert.equal(states.of(6).nextSequence, 0);
  state.totals.captured++;
  assert.equal(ledger.group(5).captured, 1);
  assert.equal(ledger.group(6).captured, 0);
});
