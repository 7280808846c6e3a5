import assert from "node:assert/strict";
import { runCommand } from "../helpers/process.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { range } from "./numbered_chunks.ts";

const CHILD = new URL("./full_disk_child.ts", import.meta.url).pathname;
const MOUNT =
  'mount -t tmpfs -o size=1m small "$1" && exec "$2" run -A "$3" "$1"';
const PACKETS = 700;

/** Whether this user may mount a file system of its own; says so once if not. */
function canMount(): boolean {
  if (Deno.uid() === 0) return true;
  // deno-lint-ignore no-console -- a test that is left out must say why
  console.error("ignored: only root can mount a small file system");
  return false;
}

Deno.test({
  name:
    "PcapDestination keeps packets while the disk is full, goes on in the middle of one, and leaves a file of whole packets",
  ignore: !canMount(),
  async fn(): Promise<void> {
    using directory = openTempDir();
    const report = JSON.parse(
      await runCommand({
        program: "unshare",
        args: [
          ...["-m", "sh", "-c", MOUNT, "sh"],
          ...[directory.path, Deno.execPath(), CHILD],
        ],
      }),
    );
    assert.equal(report.full.state, "disk full");
    assert.ok(report.full.queued > 0);
    assert.equal(report.full.written + report.full.queued, PACKETS);
    assert.equal(report.recovered.state, "writing");
    assert.equal(report.recovered.written, PACKETS);
    assert.deepEqual(report.inBetween, { packets: PACKETS, rest: 0 });
    const { written, stalled_dropped } = report.closed;
    assert.equal(written + stalled_dropped, 2 * PACKETS);
    assert.ok(stalled_dropped > 0);
    assert.equal(report.held, 0);
    assert.equal(report.rest, 0);
    assert.deepEqual(report.numbers, range(0, written));
  },
});
