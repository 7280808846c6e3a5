// A destination on a real FIFO, with other programs as readers, killed in the middle.
import assert from "node:assert/strict";
import { runCommand, RunningProcess } from "../helpers/process.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { BEGAN, FifoFixture, LEFT } from "./fifo_fixture.ts";
import { range, readStream } from "./numbered_chunks.ts";

/** Chunks that wait at most before a test goes on to offer. */
const HELD = 8;

/** Offers packets as fast as the reader takes them. */
async function offerPaced(fixture: FifoFixture, chunks: number): Promise<void> {
  for (let turn = 0; turn < chunks; turn++) {
    fixture.offer(100, 200 + (turn % 7) * 211);
    await fixture.chunks.untilHeld(HELD);
  }
}

function assertAscending(numbers: readonly number[]): void {
  const first = numbers[0] ?? 0;
  assert.deepEqual(numbers, range(first, first + numbers.length));
}

function assertConserved(fixture: FifoFixture): void {
  const { written, stalled_dropped, queued } = fixture.destination.counters;
  assert.equal(written + stalled_dropped + queued, fixture.chunks.packets);
}

Deno.test("PcapDestination serves programs that are killed in the middle: each got whole packets in order, none twice", async () => {
  await using fixture = await FifoFixture.open();
  let next = 0;
  for (let turn = 0; turn < 8; turn++) {
    await using reader = new RunningProcess({
      program: "cat",
      args: [fixture.path],
    });
    await fixture.log.until(BEGAN, turn + 1);
    await offerPaced(fixture, 20 + turn * 5);
    const { stdout } = await reader.stop("SIGKILL");
    // Starting a program stops this one for a moment: long enough for it to read what the last one left.
    await fixture.log.until(LEFT, turn + 1);
    const { numbers } = readStream(stdout);
    assertAscending(numbers);
    const first = numbers[0] ?? next;
    assert.ok(first >= next, `${first} came again: ${next} was expected`);
    next = first + numbers.length;
    assertConserved(fixture);
  }
  assert.equal(fixture.destination.counters.stalled_dropped, 0);
});

Deno.test("PcapDestination serves programs that end by themselves in the middle of a packet", async () => {
  await using fixture = await FifoFixture.open();
  let next = 0;
  for (const size of [1, 23, 24, 25, 39, 40, 5000, 300_000, 1_500_001]) {
    const reader = runCommand({
      program: "sh",
      args: ["-c", `head -c ${size} "$0" | base64 -w 0`, fixture.path],
    });
    const streams = fixture.destination.counters.readers;
    await fixture.log.until(BEGAN, streams + 1);
    for (let turn = 0; turn < 20; turn++) fixture.offer(100, 1000);
    const bytes = Uint8Array.fromBase64(await reader);
    assert.equal(bytes.length, size);
    await fixture.log.until(LEFT, streams + 1);
    const { numbers } = readStream(bytes);
    assertAscending(numbers);
    assert.ok((numbers[0] ?? next) >= next);
    next = (numbers[0] ?? next) + numbers.length;
    assertConserved(fixture);
  }
});

Deno.test("PcapDestination writes what tcpdump reads while it is written, and after tcpdump was killed what the next one reads", async () => {
  await using fixture = await FifoFixture.open();
  const command = {
    program: "tcpdump",
    args: ["-n", "-t", "-U", "-w", "-", "-r", fixture.path],
  };
  {
    await using reader = new RunningProcess(command);
    await fixture.log.until(BEGAN);
    await offerPaced(fixture, 30);
    await reader.stop("SIGKILL");
    await fixture.log.until(LEFT);
  }
  await using reader = new RunningProcess(command);
  await fixture.log.until(BEGAN, 2);
  await offerPaced(fixture, 30);
  await fixture.destination.flush(20_000);
  await fixture.destination.close();
  const { code, stdout, stderr } = await reader.finish();
  assert.equal(code, 0, stderr);
  const { numbers, rest } = readStream(stdout);
  assert.equal(rest, 0);
  assertAscending(numbers);
  assert.equal(numbers.at(-1), fixture.chunks.packets - 1);
});

Deno.test("PcapDestination lets a program read to the end that comes just before it closes", async () => {
  await using fixture = await FifoFixture.open();
  using directory = openTempDir();
  fixture.offer(1000, 500);
  const reader = runCommand({
    program: "sh",
    args: ["-c", 'cat "$0" > "$1"', fixture.path, directory.join("out")],
  });
  await fixture.log.until(BEGAN);
  assert.equal(await fixture.destination.flush(20_000), true);
  await fixture.destination.close();
  await reader;
  const bytes = await Deno.readFile(directory.join("out"));
  assert.deepEqual(readStream(bytes), { numbers: range(0, 1000), rest: 0 });
});

Deno.test("PcapDestination never waits for a reader that has stopped reading", async () => {
  await using fixture = await FifoFixture.open(2 * 1024 * 1024);
  await using reader = new RunningProcess({
    program: "cat",
    args: [fixture.path],
  });
  await fixture.log.until(BEGAN);
  reader.signal("SIGSTOP");
  // More than pipe and queue hold; nothing is awaited in between.
  for (let turn = 0; turn < 100; turn++) fixture.offer(100, 1000);
  assert.equal(fixture.destination.state, "stalled");
  const { stalled_dropped } = fixture.destination.counters;
  assert.ok(stalled_dropped > 0);
  assertConserved(fixture);
  reader.signal("SIGCONT");
  assert.equal(await fixture.destination.flush(20_000), true);
  await fixture.destination.close();
  const { numbers, rest } = readStream((await reader.finish()).stdout);
  assert.equal(rest, 0);
  assert.equal(numbers.length, fixture.chunks.packets - stalled_dropped);
});
