// A destination on the standard output of a program: a pipe, a file, a pipe whose reader goes.
import assert from "node:assert/strict";
import { RunningProcess } from "../helpers/process.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { range, readStream } from "./numbered_chunks.ts";

const CHILD = new URL("./stdout_child.ts", import.meta.url).pathname;
const NONBLOCK = 0o4000;

interface Result {
  stdout: Uint8Array;
  stderr: string;
}

/** Runs a shell line in which `child N` is the program. */
async function shell(line: string, ...args: string[]): Promise<Result> {
  const child = 'child() { "$0" run --allow-all --quiet "$@"; }; ';
  await using running = new RunningProcess({
    program: "sh",
    args: [
      "-c",
      child.replace('"$@"', `'${CHILD}' "$@"`) + line,
      Deno.execPath(),
      ...args,
    ],
  });
  const { code, stdout, stderr } = await running.finish();
  assert.equal(code, 0, stderr);
  return { stdout, stderr };
}

Deno.test("PcapDestination writes to the pipe of standard output, however slowly it is read", async () => {
  const { stdout, stderr } = await shell("child 50 | dd bs=512 2> /dev/null");
  assert.deepEqual(readStream(stdout), { numbers: range(0, 5000), rest: 0 });
  const { written, flushed, state } = JSON.parse(stderr);
  assert.deepEqual({ written, flushed, state }, {
    written: 5000,
    flushed: true,
    state: "writing",
  });
});

Deno.test("PcapDestination ends quietly when the reader of standard output goes", async () => {
  const { stdout, stderr } = await shell("child 100 | head -c 2000");
  assert.deepEqual(readStream(stdout).numbers, [0]);
  const report = JSON.parse(stderr);
  assert.equal(report.state, "closed");
  assert.equal(report.held, 0);
  assert.equal(report.written + report.stalled_dropped, 100 * 100);
});

Deno.test("PcapDestination notices that the reader of standard output goes while nothing is written", async () => {
  const { stderr } = await shell("child 1 wait | head -c 2000 > /dev/null");
  assert.equal(JSON.parse(stderr).state, "closed");
});

Deno.test("PcapDestination leaves the pipe that standard output is as blocking as it was", async () => {
  const { stdout, stderr } = await shell(
    "{ child 1 > /dev/stdout; cat /proc/self/fdinfo/1 >&2; } | cat",
  );
  assert.deepEqual(readStream(stdout).numbers.length, 100);
  const [, flags = ""] = /flags:\s+([0-7]+)/.exec(stderr) ?? [];
  assert.equal(Number.parseInt(flags, 8) & NONBLOCK, 0, stderr);
});

Deno.test("PcapDestination writes to the file that standard output is, after what is there", async () => {
  using directory = openTempDir();
  const path = directory.join("out.pcap");
  await shell('{ echo first; child 20; } > "$1"', path);
  const bytes = await Deno.readFile(path);
  const before = new TextEncoder().encode("first\n");
  assert.deepEqual(bytes.subarray(0, before.length), before);
  assert.deepEqual(readStream(bytes.subarray(before.length)), {
    numbers: range(0, 2000),
    rest: 0,
  });
});

Deno.test("PcapDestination writes to a terminal", async () => {
  using directory = openTempDir();
  const report = directory.join("report");
  const line = `'${Deno.execPath()}' run -A -q '${CHILD}' 3 2> '${report}'`;
  // A terminal changes line ends, so what arrives is no capture; all of it arrives, though.
  await using running = new RunningProcess({
    program: "script",
    args: ["-qec", line, "/dev/null"],
  });
  const { code, stdout } = await running.finish();
  assert.equal(code, 0);
  assert.ok(stdout.length > 300_000);
  const { written, flushed } = JSON.parse(await Deno.readTextFile(report));
  assert.deepEqual({ written, flushed }, { written: 300, flushed: true });
});
