import assert from "node:assert/strict";
import {
  PcapDestination,
  type PcapDestinationOptions,
} from "../../lib/roles/pcap_destination.ts";
import { FakeOutput } from "./fake_output.ts";
import { LogRecorder } from "./log_recorder.ts";
import {
  HEADER,
  NumberedChunks,
  range,
  readStream,
} from "./numbered_chunks.ts";

const RECORD_SIZE = 116;

function open(
  output: FakeOutput,
  options: Partial<PcapDestinationOptions> = {},
): PcapDestination {
  const header = (): Uint8Array => HEADER;
  const logger = new LogRecorder();
  return new PcapDestination(output.opened, { header, logger, ...options });
}

Deno.test("PcapDestination writes the header before anything is offered, and each chunk at once", () => {
  const output = new FakeOutput();
  const chunks = new NumberedChunks();
  const destination = open(output);
  assert.deepEqual(output.streams, [HEADER]);
  destination.offer(chunks.make(3));
  assert.equal(chunks.held, 0);
  assert.deepEqual(readStream(output.streams[0] ?? HEADER), {
    numbers: [0, 1, 2],
    rest: 0,
  });
  assert.deepEqual(destination.counters, {
    written: 3,
    written_bytes: 3 * RECORD_SIZE,
    stalled_dropped: 0,
    stalled_dropped_bytes: 0,
    queued: 0,
    queued_bytes: 0,
    queued_bytes_peak: 0,
    readers: 1,
    unread_bytes: 0,
  });
});

Deno.test("PcapDestination goes on in the middle of a packet after a short write, wherever that was cut", () => {
  for (let cut = 0; cut <= HEADER.length + 3 * RECORD_SIZE; cut++) {
    const output = new FakeOutput();
    output.room = cut;
    const chunks = new NumberedChunks();
    const destination = open(output);
    destination.offer(chunks.make(2));
    destination.offer(chunks.make(1));
    output.makeRoom(Infinity);
    const [stream = HEADER] = output.streams;
    assert.deepEqual(readStream(stream), { numbers: [0, 1, 2], rest: 0 });
    assert.equal(destination.counters.written, 3);
    assert.equal(chunks.held, 0);
  }
});

Deno.test("PcapDestination tries a full output again with each MiB that comes, before it is told of room", () => {
  const output = new FakeOutput();
  output.room = HEADER.length;
  const chunks = new NumberedChunks();
  const destination = open(output);
  const mebibyte = Math.ceil(1024 * 1024 / RECORD_SIZE);
  destination.offer(chunks.make(1));
  output.room = Infinity;
  destination.offer(chunks.make(mebibyte - 2));
  assert.equal(destination.counters.written, 0);
  destination.offer(chunks.make(2));
  assert.equal(destination.counters.written, mebibyte + 1);
  assert.equal(chunks.held, 0);
});

Deno.test("PcapDestination tells how much waits for a reader, and writes it when asked to", () => {
  const output = new FakeOutput();
  output.room = HEADER.length;
  const chunks = new NumberedChunks();
  const destination = open(output);
  destination.offer(chunks.make(3));
  assert.equal(destination.waiting, 3 * RECORD_SIZE);
  output.state = "waiting for a reader";
  assert.equal(destination.waiting, 0);
  output.state = "writing";
  output.room = Infinity;
  destination.pump();
  assert.equal(destination.waiting, 0);
  assert.equal(destination.counters.written, 3);
});

Deno.test("PcapDestination gives a new reader a header and the packet whole that the last one got a part of, wherever that was cut", () => {
  for (let cut = 0; cut < HEADER.length + 3 * RECORD_SIZE; cut++) {
    const output = new FakeOutput();
    output.room = cut;
    const chunks = new NumberedChunks();
    const destination = open(output);
    destination.offer(chunks.make(3));
    output.cut();
    const whole = Math.max(0, Math.floor((cut - HEADER.length) / RECORD_SIZE));
    assert.equal(destination.counters.written, whole);
    assert.equal(destination.counters.queued, 3 - whole);
    output.makeRoom(Infinity);
    const [first = HEADER, second = HEADER] = output.streams;
    assert.deepEqual(readStream(first).numbers, range(0, whole));
    assert.deepEqual(readStream(second), { numbers: range(whole, 3), rest: 0 });
    assert.equal(destination.counters.written_bytes, 3 * RECORD_SIZE);
    assert.equal(chunks.held, 0);
  }
});

Deno.test("PcapDestination drops the rest of a cut chunk that does not know where its packets begin", () => {
  const output = new FakeOutput();
  output.room = HEADER.length + RECORD_SIZE + 5;
  const chunks = new NumberedChunks();
  const destination = open(output);
  destination.offer(chunks.make(3, { bounds: "unknown" }));
  destination.offer(chunks.make(2));
  output.cut();
  output.makeRoom(Infinity);
  assert.deepEqual(readStream(output.streams[1] ?? HEADER).numbers, [3, 4]);
  const { written, stalled_dropped, stalled_dropped_bytes } =
    destination.counters;
  assert.deepEqual({ written, stalled_dropped, stalled_dropped_bytes }, {
    written: 2,
    stalled_dropped: 3,
    stalled_dropped_bytes: 3 * RECORD_SIZE,
  });
});

Deno.test("PcapDestination finds the reader gone when it writes, and begins anew with the same chunk", () => {
  const output = new FakeOutput();
  const chunks = new NumberedChunks();
  const destination = open(output);
  destination.offer(chunks.make(1));
  output.broken = true;
  destination.offer(chunks.make(2));
  const [first = HEADER, second = HEADER] = output.streams;
  assert.deepEqual(readStream(first), { numbers: [0], rest: 0 });
  assert.deepEqual(readStream(second), { numbers: [1, 2], rest: 0 });
  assert.equal(destination.counters.readers, 2);
});

Deno.test("PcapDestination writes no packet between the end of a stream and the next header", () => {
  const output = new FakeOutput();
  const chunks = new NumberedChunks();
  const destination = open(output);
  output.room = 0;
  output.cut();
  output.room = Infinity;
  // The output has not said that there is room: a write now would come before the header.
  destination.offer(chunks.make(1));
  assert.equal(output.streams[1]?.length, 0);
  output.makeRoom(Infinity);
  assert.deepEqual(readStream(output.streams[1] ?? HEADER).numbers, [0]);
});

Deno.test("PcapDestination drops the oldest chunks when too much waits, but none that is partly written", () => {
  const output = new FakeOutput();
  output.room = HEADER.length + 10;
  const chunks = new NumberedChunks();
  const outputBuffer = 3 * (RECORD_SIZE + 512);
  const destination = open(output, { outputBuffer });
  for (let turn = 0; turn < 10; turn++) destination.offer(chunks.make(1));
  assert.equal(destination.counters.stalled_dropped, 7);
  assert.equal(destination.counters.queued, 3);
  assert.equal(chunks.held, 3);
  output.makeRoom(Infinity);
  const [stream = HEADER] = output.streams;
  assert.deepEqual(readStream(stream), { numbers: [0, 8, 9], rest: 0 });
});

Deno.test("PcapDestination drops a chunk that is bigger than all that may wait", () => {
  const output = new FakeOutput();
  output.room = HEADER.length;
  const chunks = new NumberedChunks();
  const destination = open(output, { outputBuffer: 1000 });
  destination.offer(chunks.make(20));
  assert.equal(destination.counters.stalled_dropped, 20);
  assert.equal(chunks.held, 0);
});

Deno.test("PcapDestination keeps a chunk that is written in the background until that is done", () => {
  const output = new FakeOutput();
  output.background = true;
  const chunks = new NumberedChunks();
  const destination = open(output, { outputBuffer: 0 });
  output.finishWrite();
  destination.offer(chunks.make(2));
  destination.offer(chunks.make(1));
  assert.equal(chunks.held, 1);
  output.finishWrite(RECORD_SIZE + 1);
  output.finishWrite();
  assert.equal(chunks.held, 0);
  assert.deepEqual(readStream(output.streams[0] ?? HEADER).numbers, [0, 1]);
  assert.equal(destination.counters.written, 2);
  assert.equal(destination.counters.stalled_dropped, 1);
});

Deno.test("PcapDestination.flush() waits until all is written", async () => {
  const output = new FakeOutput();
  output.room = 0;
  const chunks = new NumberedChunks();
  const destination = open(output);
  destination.offer(chunks.make(1));
  const flushed = destination.flush(60_000);
  output.makeRoom(Infinity);
  assert.equal(await flushed, true);
  assert.equal(await destination.flush(60_000), true);
});

Deno.test("PcapDestination.flush() gives up at its bound, and at once while nobody reads", async () => {
  const output = new FakeOutput();
  output.room = 0;
  const chunks = new NumberedChunks();
  const destination = open(output);
  destination.offer(chunks.make(1));
  assert.equal(await destination.flush(1), false);
  const flushed = destination.flush(60_000);
  output.state = "waiting for a reader";
  output.cut();
  assert.equal(await flushed, false);
  assert.equal(await destination.flush(60_000), false);
});

Deno.test("PcapDestination.close() counts what was not written as dropped, and says what of the last packet is too much", async () => {
  const output = new FakeOutput();
  output.room = HEADER.length + RECORD_SIZE + 7;
  const chunks = new NumberedChunks();
  const destination = open(output);
  destination.offer(chunks.make(3));
  destination.offer(chunks.make(1));
  await destination.close();
  await destination.close();
  destination.offer(chunks.make(1));
  assert.equal(output.surplus, 7);
  assert.equal(destination.counters.written, 1);
  assert.equal(destination.counters.stalled_dropped, 4);
  assert.equal(destination.counters.queued, 0);
  assert.equal(chunks.held, 0);
});

Deno.test("PcapDestination drops everything once its output has ended", async () => {
  const output = new FakeOutput();
  output.room = 0;
  const chunks = new NumberedChunks();
  const destination = open(output);
  destination.offer(chunks.make(1));
  output.end();
  await destination.closed;
  destination.offer(chunks.make(1));
  assert.equal(destination.counters.stalled_dropped, 2);
  assert.equal(chunks.held, 0);
});

Deno.test("PcapDestination leaves other work its turn between the parts of a full queue", async () => {
  const output = new FakeOutput();
  output.room = HEADER.length;
  const chunks = new NumberedChunks();
  const destination = open(output);
  for (let turn = 0; turn < 6; turn++) {
    destination.offer(chunks.make(20, { size: 200_000 }));
  }
  output.makeRoom(Infinity);
  assert.ok(destination.counters.queued > 0);
  assert.equal(await destination.flush(60_000), true);
  assert.equal(destination.counters.written, 120);
});

Deno.test("PcapDestination passes an empty chunk", () => {
  const chunks = new NumberedChunks();
  open(new FakeOutput()).offer(chunks.make(0));
  assert.equal(chunks.held, 0);
});
