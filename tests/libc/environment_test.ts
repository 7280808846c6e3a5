import assert from "node:assert/strict";
import { runCommand } from "../helpers/process.ts";

const CHILD = new URL("./environment_child.ts", import.meta.url).pathname;

Deno.test("readEnvironment() reads what is set, without a permission for it", async () => {
  const text = await runCommand({
    program: Deno.execPath(),
    args: ["run", "--quiet", "--no-prompt", "--allow-ffi", CHILD],
    env: { FULL: "/run/ä b", EMPTY: "" },
  });
  assert.deepEqual(JSON.parse(text), { FULL: "/run/ä b", EMPTY: "" });
});
