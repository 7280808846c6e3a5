import { deepEqual } from "node:assert/strict";
import { runCommand } from "../helpers/process.ts";

const CHILD = new URL("./process_seal_child.ts", import.meta.url).pathname;

Deno.test("attack: code in a sealed process starts no program and listens nowhere, by Deno or by libc, in any thread", async () => {
  const printed = await runCommand({
    program: Deno.execPath(),
    args: ["run", "--quiet", "--allow-all", "--cached-only", CHILD],
  });
  deepEqual(JSON.parse(printed), {
    before: { listen: "done", run: "done", shell: 7 },
    sealed: true,
    after: { listen: "PermissionDenied", run: "PermissionDenied", shell: 127 },
    // Twice is fine, and a machine that is not known is left alone.
    elsewhere: false,
    rights: "1",
    threads: ["2"],
  });
});
