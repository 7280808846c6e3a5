// A destination on a real FIFO. The readers are in this process, so that what happens between two turns of the event loop is the test's choice.
import { pause } from "../../lib/roles/pause.ts";
import assert from "node:assert/strict";
import { runCommand } from "../helpers/process.ts";
import { FifoReader } from "../libc/fifo_reader.ts";
import { BEGAN, FifoFixture, LEFT } from "./fifo_fixture.ts";
import { HEADER, range, readStream } from "./numbered_chunks.ts";

const RECORD_SIZE = 116;

Deno.test("PcapDestination keeps packets for the first reader of a FIFO", async () => {
  await using fixture = await FifoFixture.open();
  assert.equal(fixture.destination.state, "waiting for a reader");
  fixture.offer(3);
  assert.equal(fixture.destination.counters.queued, 3);
  using reader = new FifoReader(fixture.path);
  await fixture.log.until(BEGAN);
  assert.equal(fixture.destination.state, "writing");
  assert.deepEqual(readStream(reader.read()), { numbers: [0, 1, 2], rest: 0 });
});

Deno.test("PcapDestination gives a FIFO's reader the header before there is a packet", async () => {
  await using fixture = await FifoFixture.open();
  using reader = new FifoReader(fixture.path);
  await fixture.log.until(BEGAN);
  assert.deepEqual(reader.read(), HEADER);
});

Deno.test("PcapDestination serves a reader that was there first", async () => {
  await using fixture = await FifoFixture.make();
  using reader = new FifoReader(fixture.path);
  fixture.start();
  fixture.offer(2);
  assert.deepEqual(readStream(reader.read()).numbers, [0, 1]);
});

Deno.test("PcapDestination notices that an idle reader of a FIFO left, and gives the next one a header", async () => {
  await using fixture = await FifoFixture.open();
  {
    using reader = new FifoReader(fixture.path);
    await fixture.log.until(BEGAN);
    fixture.offer(1);
    assert.deepEqual(readStream(reader.read()).numbers, [0]);
  }
  await fixture.log.until(LEFT);
  assert.equal(fixture.destination.state, "waiting for a reader");
  using second = new FifoReader(fixture.path);
  await fixture.log.until(BEGAN, 2);
  fixture.offer(1);
  assert.deepEqual(readStream(second.read()), { numbers: [1], rest: 0 });
});

Deno.test("PcapDestination finds the reader of a FIFO gone when it writes", async () => {
  await using fixture = await FifoFixture.open();
  {
    using _reader = new FifoReader(fixture.path);
    await fixture.log.until(BEGAN);
  }
  fixture.offer(2);
  assert.equal(fixture.destination.counters.queued, 2);
  using second = new FifoReader(fixture.path);
  await fixture.log.until(BEGAN, 2);
  assert.deepEqual(readStream(second.read()), { numbers: [0, 1], rest: 0 });
});

Deno.test("PcapDestination gives a header to a reader of a FIFO that took another's place between two writes", async () => {
  await using fixture = await FifoFixture.open();
  const first = new FifoReader(fixture.path);
  await fixture.log.until(BEGAN);
  fixture.offer(3);
  first.read(HEADER.length + RECORD_SIZE + 7);
  first[Symbol.dispose]();
  using second = new FifoReader(fixture.path);
  // No turn of the event loop since the first reader left: what it left unread is still in the pipe.
  fixture.offer(2);
  assert.deepEqual(readStream(second.read()), {
    numbers: [1, 2, 3, 4],
    rest: 0,
  });
  const { counters } = fixture.destination;
  assert.equal(counters.readers, 2);
  assert.equal(counters.written, 5);
  assert.equal(counters.unread_bytes, 2 * RECORD_SIZE - 7);
});

Deno.test("PcapDestination gives a header to a reader of a FIFO that took another's place while nothing is written", async () => {
  await using fixture = await FifoFixture.open();
  const first = new FifoReader(fixture.path);
  await fixture.log.until(BEGAN);
  fixture.offer(3);
  first[Symbol.dispose]();
  using second = new FifoReader(fixture.path);
  await fixture.log.until(BEGAN, 2);
  assert.deepEqual(readStream(second.read()), { numbers: [0, 1, 2], rest: 0 });
});

Deno.test("PcapDestination goes through many readers of a FIFO, each replaced at once", async () => {
  await using fixture = await FifoFixture.open();
  let reader = new FifoReader(fixture.path);
  await fixture.log.until(BEGAN);
  let next = 0;
  for (let turn = 0; turn < 50; turn++) {
    fixture.offer(2);
    const { numbers } = readStream(reader.read());
    // What the last one left unread comes again.
    assert.deepEqual(numbers, range(next, fixture.chunks.packets));
    next = fixture.chunks.packets;
    fixture.offer(turn % 3);
    reader[Symbol.dispose]();
    reader = new FifoReader(fixture.path);
  }
  reader[Symbol.dispose]();
});

Deno.test("PcapDestination does not disturb a reader of a FIFO when somebody else opens and closes it", async () => {
  await using fixture = await FifoFixture.open();
  using reader = new FifoReader(fixture.path);
  await fixture.log.until(BEGAN);
  fixture.offer(2);
  new FifoReader(fixture.path)[Symbol.dispose]();
  fixture.offer(1);
  await runCommand({ program: "sh", args: ["-c", `: > ${fixture.path}`] });
  fixture.offer(1);
  assert.deepEqual(readStream(reader.read()).numbers, [0, 1, 2, 3]);
  assert.equal(fixture.destination.counters.readers, 1);
});

Deno.test("PcapDestination writes on in the middle of a packet when a slow reader of a FIFO makes room", async () => {
  await using fixture = await FifoFixture.open();
  using reader = new FifoReader(fixture.path);
  await fixture.log.until(BEGAN);
  for (let turn = 0; turn < 40; turn++) fixture.offer(100, 1001);
  assert.equal(fixture.destination.state, "stalled");
  const parts: Uint8Array[] = [];
  while (fixture.chunks.held > 0) {
    parts.push(reader.read());
    await pause(1);
  }
  parts.push(reader.read());
  const { numbers, rest } = readStream(
    Uint8Array.from(parts.flatMap((part) => [...part])),
  );
  assert.deepEqual(numbers, range(0, 4000));
  assert.equal(rest, 0);
  assert.equal(fixture.destination.state, "writing");
});

Deno.test("PcapDestination gives the packet that a FIFO's reader got a part of to the next one, whole", async () => {
  await using fixture = await FifoFixture.open();
  const first = new FifoReader(fixture.path);
  await fixture.log.until(BEGAN);
  for (let turn = 0; turn < 20; turn++) fixture.offer(100, 1001);
  assert.equal(fixture.destination.state, "stalled");
  const got = readStream(first.read());
  assert.ok(got.rest > 0);
  first[Symbol.dispose]();
  await fixture.log.until(LEFT);
  const { written, queued } = fixture.destination.counters;
  assert.equal(written, got.numbers.length);
  assert.equal(written + queued, 2000);
  using second = new FifoReader(fixture.path);
  await fixture.log.until(BEGAN, 2);
  assert.equal(readStream(second.read()).numbers[0], written);
});

Deno.test("PcapDestination gives what a FIFO's reader left unread to the next one, also while another program holds the FIFO open", async () => {
  await using fixture = await FifoFixture.open();
  const first = new FifoReader(fixture.path);
  await fixture.log.until(BEGAN);
  // Keeps the pipe and what is in it alive, as operators do with: sleep infinity > fifo
  using _holder = await Deno.open(fixture.path, { write: true });
  fixture.offer(2);
  first[Symbol.dispose]();
  await fixture.log.until(LEFT);
  using second = new FifoReader(fixture.path);
  await fixture.log.until(BEGAN, 2);
  assert.deepEqual(readStream(second.read()), { numbers: [0, 1], rest: 0 });
  assert.equal(
    fixture.destination.counters.unread_bytes,
    HEADER.length + 2 * RECORD_SIZE,
  );
});

Deno.test("PcapDestination counts packets as written when a FIFO's reader has read them, and gives their memory back then", async () => {
  await using fixture = await FifoFixture.open();
  using reader = new FifoReader(fixture.path);
  await fixture.log.until(BEGAN);
  fixture.offer(2);
  fixture.offer(3);
  const counts = (): number[] => {
    const { written, queued, queued_bytes } = fixture.destination.counters;
    return [written, queued, queued_bytes];
  };
  assert.deepEqual(counts(), [0, 5, 5 * RECORD_SIZE]);
  reader.read(HEADER.length + 3 * RECORD_SIZE);
  assert.deepEqual(counts(), [2, 3, 3 * RECORD_SIZE]);
  assert.equal(fixture.chunks.held, 1);
  reader.read();
  await fixture.chunks.untilHeld(0);
  assert.deepEqual(counts(), [5, 0, 0]);
});

Deno.test("PcapDestination waits until the reader of another's stream is done with it", async () => {
  await using fixture = await FifoFixture.make();
  const old = new FifoReader(fixture.path);
  await Deno.writeTextFile(fixture.path, "the end of an old stream", {
    create: false,
  });
  fixture.start();
  fixture.offer(1);
  assert.equal(fixture.destination.state, "waiting for a reader");
  assert.equal(
    new TextDecoder().decode(old.read()),
    "the end of an old stream",
  );
  old[Symbol.dispose]();
  // The next reader comes, as the one of old had to, only when there is a writer again.
  const reader = new Deno.Command("cat", {
    args: [fixture.path],
    stdout: "piped",
  }).spawn();
  await fixture.log.until(BEGAN);
  await fixture.destination.close();
  const { stdout } = await reader.output();
  assert.deepEqual(readStream(stdout), { numbers: [0], rest: 0 });
});

Deno.test("PcapDestination says so when the FIFO is removed, and goes on when it is made again", async () => {
  await using fixture = await FifoFixture.open();
  await Deno.remove(fixture.path);
  await fixture.log.until(
    /^error Cannot write .*: there is no FIFO any more; make it again with: mkfifo .*: open: ENOENT; packets wait/,
  );
  assert.equal(fixture.destination.state, "failing");
  fixture.offer(1);
  await runCommand({ program: "mkfifo", args: [fixture.path] });
  using reader = new FifoReader(fixture.path);
  await fixture.log.until(/^info Writing to .* works again/);
  assert.deepEqual(readStream(reader.read()).numbers, [0]);
});

Deno.test("PcapDestination drops the oldest packets while nobody reads a FIFO, and says so", async () => {
  await using fixture = await FifoFixture.open(10_000);
  for (let turn = 0; turn < 100; turn++) fixture.offer(1);
  const { counters } = fixture.destination;
  assert.equal(counters.stalled_dropped + counters.queued, 100);
  assert.equal(fixture.log.count(/^warn Dropping the oldest packets/), 1);
  using reader = new FifoReader(fixture.path);
  await fixture.log.until(BEGAN);
  const { numbers } = readStream(reader.read());
  assert.deepEqual(numbers, range(counters.stalled_dropped, 100));
});
