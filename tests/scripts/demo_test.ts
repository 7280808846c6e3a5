import assert from "node:assert/strict";
import { canUseNamespaces } from "../helpers/namespace.ts";
import { type FinishedProcess, RunningProcess } from "../helpers/process.ts";

const DEMO = new URL("../../scripts/demo.sh", import.meta.url).pathname;

async function runDemo(...args: string[]): Promise<FinishedProcess> {
  await using demo = new RunningProcess({
    program: DEMO,
    args,
    env: { DENO: Deno.execPath() },
  });
  return await demo.finish({ timeout: 60_000 });
}

Deno.test("demo.sh shows live packets as tcpdump prints them", {
  ignore: !canUseNamespaces(),
}, async () => {
  const { code, stdout, stderr } = await runDemo();
  const text = new TextDecoder().decode(stdout);
  assert.equal(code, 0, text + stderr);
  assert.equal(text.match(/ICMP echo (request|reply)/g)?.length, 10);
  assert.equal(text.match(/\.9999: UDP, length 11$/gm)?.length, 5);
  assert.match(text, /captured=15 .*kernel_dropped=0/);
  assert.match(text, /received=15 .*written=15/);
});

Deno.test("demo.sh replays a file where no namespace can be made", async () => {
  const { code, stdout, stderr } = await runDemo("--inside", "replay");
  const text = new TextDecoder().decode(stdout);
  assert.equal(code, 0, text + stderr);
  assert.match(text, /tcpdump printed 8 of 8 packets/);
});
