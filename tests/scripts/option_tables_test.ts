import assert from "node:assert/strict";
import { openTempDir } from "../helpers/temp_dir.ts";
import { run } from "../pcap/tools.ts";

const SCRIPT = new URL("../../scripts/option_tables.ts", import.meta.url);
const MARKERS = "# T\n\n<!-- options:nflog-zmq-send -->\n<!-- /options -->\n";

Deno.test("scripts/option_tables.ts fails when README is stale, and mends it", async () => {
  using directory = openTempDir();
  const readme = directory.join("README.md");
  await Deno.writeTextFile(readme, MARKERS);
  const script = (...args: string[]): ReturnType<typeof run> =>
    run(
      "sh",
      "-c",
      'cd "$1" && shift && exec "$@"',
      "sh",
      directory.path,
      Deno.execPath(),
      ...["run", "--quiet", "--allow-read=README.md"],
      ...["--allow-write=README.md", SCRIPT.pathname, ...args],
    );
  const stale = await script("--check");
  assert.equal(stale.code, 1);
  assert.match(stale.stderr, /^The option tables of README\.md are stale: run/);
  assert.equal(await Deno.readTextFile(readme), MARKERS);
  assert.equal((await script()).code, 0);
  assert.match(await Deno.readTextFile(readme), /^\| `--zmq-buffer COUNT` /m);
  const fresh = await script("--check");
  assert.deepEqual([fresh.code, fresh.stderr], [0, ""]);
  assert.equal((await script("--bogus")).code, 2);
});
