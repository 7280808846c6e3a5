// A program that was not told to use the network by Deno can not, though its permission set has it.
import assert from "node:assert/strict";
import { RunningProcess } from "../helpers/process.ts";

const CHILD = new URL("./network_child.ts", import.meta.url).pathname;

/** Runs the child with the receiver's permissions; gives what it says of its attempts. */
async function attempts(...options: string[]): Promise<string> {
  await using child = new RunningProcess({
    program: Deno.execPath(),
    args: [
      ...["run", "--quiet", "--no-prompt", "--cached-only", "-P=recv", CHILD],
      ...[...options, "ipc:///nowhere", "/nowhere"],
    ],
  });
  const { stderr } = await child.finish();
  return /Tried (.*)$/m.exec(stderr)?.[1] ?? stderr;
}

for (const options of [[], ["--http", "0"]]) {
  Deno.test(`a receiver ${options.join(" ")} gives the network up once it listens`, async () => {
    assert.equal(
      await attempts(...options),
      "listen=NotCapable connect=NotCapable",
    );
  });
}

Deno.test("a receiver that tells a statsd server keeps the network", async () => {
  const tried = await attempts("--statsd", "127.0.0.1:9");
  assert.equal(tried, "listen=opened connect=ConnectionRefused");
});
