import assert from "node:assert/strict";
import { ReceiverLedger } from "../../lib/metrics/receiver_ledger.ts";
import type { Precision } from "../../lib/pcap/file_header.ts";
import { validateRecords } from "../../lib/pcap/record.ts";
import {
  type CaptureFormat,
  makeCaptureEncoder,
} from "../../lib/roles/capture_encoder.ts";
import type { Chunk } from "../../lib/roles/chunk.ts";
import { runReceive } from "../../lib/roles/receive.ts";
import { encodeFrame } from "../../lib/wire/frame.ts";
import { toHex } from "../pcap/packets.ts";
import { COMPRESSING } from "../wire/codecs.ts";
import {
  anyPackets,
  compressFrame,
  DETAILS,
  makeBuilder,
  type SeenPacket,
} from "../wire/frames.ts";
import { FakeClock, FakeLogger, FakeMessage } from "./fakes.ts";

interface Outcome {
  messages: FakeMessage[];
  chunks: Chunk[];
  ledger: ReceiverLedger;
  logger: FakeLogger;
}

async function receive(
  frames: Uint8Array[],
  precision: Precision = "microseconds",
  { format = "pcap", room }: { format?: CaptureFormat; room?: number } = {},
): Promise<Outcome> {
  const messages = frames.map((bytes) => new FakeMessage(bytes, room));
  const chunks: Chunk[] = [];
  const ledger = new ReceiverLedger();
  const logger = new FakeLogger();
  await runReceive({
    encoder: makeCaptureEncoder(format, { precision }),
    messages: ReadableStream.from(messages),
    output: { offer: (chunk) => void chunks.push(chunk) },
    ledger,
    logger,
    monotonic: new FakeClock().now,
  });
  return { messages, chunks, ledger, logger };
}

/** A frame of packets, numbered and counted as the `sent` packets before it say. */
function frameOf(packets: SeenPacket[], sent = 0): Uint8Array {
  return encodeFrame(makeBuilder(packets).build(), {
    ...DETAILS,
    totals: { ...DETAILS.totals, sent },
  });
}

const FINE = anyPackets(2);

Deno.test("runReceive() writes the records as they came, and gives each message back once, when they are written", async () => {
  const frame = frameOf(FINE);
  const { chunks, messages, ledger } = await receive([frame]);
  const [chunk] = chunks;
  assert(chunk !== undefined);
  assert.equal(chunk.bytes.buffer, frame.buffer);
  assert.equal(chunk.packets, FINE.length);
  assert.equal(toHex(chunk.bytes), toHex(makeBuilder(FINE).build().records));
  assert.equal(messages[0]?.disposed, 0);
  chunk.release(0);
  assert.equal(messages[0]?.disposed, 1);
  const { received, received_bytes, received_frames } = ledger.totals;
  assert.deepEqual([received, received_bytes, received_frames], [
    FINE.length,
    frame.length,
    1,
  ]);
});

Deno.test("runReceive() takes no message while it is told to wait", async () => {
  const waits: PromiseWithResolvers<void>[] = [];
  const messages = [0, 2].map((sent) => new FakeMessage(frameOf(FINE, sent)));
  const chunks: Chunk[] = [];
  const done = runReceive({
    encoder: makeCaptureEncoder("pcap", {}),
    messages: ReadableStream.from(messages),
    output: { offer: (chunk) => void chunks.push(chunk) },
    patience: {
      wait: () => {
        const wait = Promise.withResolvers<void>();
        waits.push(wait);
        return wait.promise;
      },
    },
    ledger: new ReceiverLedger(),
    logger: new FakeLogger(),
    monotonic: new FakeClock().now,
  });
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  assert.equal(chunks.length, 1);
  waits[0]?.resolve();
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  assert.equal(chunks.length, 2);
  waits[1]?.resolve();
  await done;
});

Deno.test("runReceive() gives a compressed message back at once: what is written is a copy", async () => {
  for (const codec of COMPRESSING) {
    const frame = compressFrame(frameOf(FINE), codec);
    const { chunks, messages, ledger } = await receive([frame]);
    assert.equal(messages[0]?.disposed, 1);
    chunks[0]?.release(0);
    assert.equal(messages[0]?.disposed, 1);
    validateRecords(chunks[0]?.bytes ?? new Uint8Array(1), FINE.length);
    assert.equal(ledger.totals.received_bytes, frame.length);
  }
});

Deno.test("runReceive() writes nanoseconds where they are asked for, from a copy", async () => {
  const frame = frameOf(FINE);
  const { chunks, messages } = await receive([frame], "nanoseconds");
  assert.equal(messages[0]?.disposed, 1);
  const bytes = chunks[0]?.bytes ?? new Uint8Array(0);
  const fraction = new DataView(bytes.buffer, bytes.byteOffset)
    .getUint32(4, true);
  assert.equal(fraction, FINE[0]?.nanoseconds);
  chunks[0]?.release(0);
  assert.equal(messages[0]?.disposed, 1);
});

Deno.test("runReceive() writes what grows over a message that has room, and gives that back when it is written", async () => {
  const frame = frameOf(FINE);
  for (const format of ["pcapng", "nflog"] as const) {
    const [copy] = (await receive([frame], "nanoseconds", { format })).chunks;
    const memory = new Uint8Array(2 * frame.length);
    memory.set(frame, frame.length);
    const message = memory.subarray(frame.length);
    const { chunks: [chunk], messages } = await receive(
      [message],
      "nanoseconds",
      { format, room: frame.length },
    );
    assert.equal(chunk?.bytes.buffer, memory.buffer);
    assert.deepEqual(chunk?.bytes, copy?.bytes);
    assert.equal(messages[0]?.disposed, 0);
    chunk?.release(0);
    assert.equal(messages[0]?.disposed, 1);
  }
});

Deno.test("runReceive() changes no message that is not its own to change, and none that was unpacked", async () => {
  const frame = frameOf(FINE);
  const before = frame.slice();
  for (const format of ["pcap", "pcapng", "nflog"] as const) {
    await receive([frame], "nanoseconds", { format });
    assert.deepEqual(frame, before);
    const packed = compressFrame(frame, "deflate");
    const wanted = packed.slice();
    await receive([packed], "nanoseconds", { format, room: 0 });
    assert.deepEqual(packed, wanted);
  }
});

Deno.test("runReceive() writes nothing of a frame without packets, and books it", async () => {
  const last = encodeFrame(makeBuilder([]).build(), {
    ...DETAILS,
    last: true,
    totals: { ...DETAILS.totals, sent: 40 },
  });
  const { chunks, messages, ledger } = await receive([frameOf(FINE), last]);
  assert.equal(chunks.length, 1);
  assert.equal(messages[1]?.disposed, 1);
  const [sensor] = ledger.sensors.values();
  assert.equal(sensor?.finished, true);
  assert.equal(ledger.totals.lost_in_transit, 40 - FINE.length);
});

Deno.test("runReceive() refuses bad frames whole, counts and logs each, and goes on", async () => {
  const good = frameOf(FINE);
  const cut = good.subarray(0, good.length - 1);
  const newer = good.slice();
  newer[4] = 2;
  const { chunks, messages, ledger, logger } = await receive([
    new Uint8Array(0),
    good,
    cut,
    new TextEncoder().encode("GET / HTTP/1.1"),
    newer,
    good.slice(),
  ]);
  assert.equal(chunks.length, 2);
  assert.equal(ledger.totals.rejected_frames, 4);
  assert.equal(ledger.totals.received, 2 * FINE.length);
  assert.deepEqual(messages.map(({ disposed }) => disposed), [
    1,
    0,
    1,
    1,
    1,
    0,
  ]);
  assert.deepEqual(
    logger.lines.map(({ level, properties }) => [level, properties["kind"]]),
    [
      ["warn", "empty"],
      ["warn", "truncated"],
      ["warn", "content"],
      ["warn", "version"],
    ],
  );
});

Deno.test("runReceive() takes frames of several senders and keeps them apart", async () => {
  const batch = makeBuilder(FINE).build();
  const frames = ["a", "b", "a"].map((sensor, index) =>
    encodeFrame(batch, {
      ...DETAILS,
      sensor,
      totals: {
        ...DETAILS.totals,
        sent: index === 2 ? FINE.length + 3 : 0,
      },
    })
  );
  const { ledger } = await receive(frames);
  assert.deepEqual(
    [...ledger.sensors.values()].map(({ sensor, totals }) => [
      sensor,
      totals.received,
      totals.lost_in_transit,
    ]),
    [["a", 2 * FINE.length, 3], ["b", FINE.length, 0]],
  );
});

Deno.test("runReceive() fails when its messages do", async () => {
  const failing = new ReadableStream<FakeMessage>({
    pull(controller): void {
      controller.error(new Error("Cannot receive: ENOTSOCK"));
    },
  });
  const run = runReceive({
    encoder: makeCaptureEncoder("pcap"),
    messages: failing,
    output: { offer: () => {} },
    ledger: new ReceiverLedger(),
    logger: new FakeLogger(),
    monotonic: new FakeClock().now,
  });
  await assert.rejects(run, /ENOTSOCK/);
});
