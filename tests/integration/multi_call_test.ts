// nflog-zmq, the program that is all programs, from its source.
import assert from "node:assert/strict";
import { ROLES } from "../../lib/cli/multi_call.ts";
import { runCommand, RunningProcess } from "../helpers/process.ts";
import type { CommandLine } from "../helpers/process.ts";

const FILE = new URL("../../cmd/nflog_zmq.ts", import.meta.url).pathname;

function command(...args: string[]): CommandLine {
  return {
    program: Deno.execPath(),
    args: ["run", "--quiet", "--no-prompt", "-P=all", FILE, ...args],
  };
}

for (const name of ROLES) {
  Deno.test(`nflog-zmq is ${name} when its first argument says so`, async () => {
    const help = await runCommand(command(name, "--help"));
    assert.match(help, new RegExp(`^Usage: ${name} \\[options\\]`, "m"));
  });
}

Deno.test("nflog-zmq has its own help and version, and refuses what it does not know", async () => {
  assert.match(await runCommand(command("--help")), /^Usage: nflog-zmq ROLE/);
  assert.match(await runCommand(command("--version")), /^nflog-zmq 0\.\d+\./);
  await using unknown = new RunningProcess(command("bogus"));
  const { code, stderr } = await unknown.finish();
  assert.equal(code, 2);
  assert.match(stderr, /^nflog-zmq: Cannot be "bogus": choose send, .*\n$/);
});
