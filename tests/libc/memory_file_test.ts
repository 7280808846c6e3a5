import assert from "node:assert/strict";
import { openMemoryFile } from "../../lib/libc/memory_file.ts";

Deno.test("openMemoryFile() makes a file that this process can read and that is in no directory", async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(50_000));
  const path = openMemoryFile("test", bytes);
  assert.ok(path);
  assert.match(path, /^\/proc\/self\/fd\/\d+$/);
  assert.deepEqual(await Deno.readFile(path), bytes);
  assert.equal(await Deno.readLink(path), "/memfd:test (deleted)");
});
