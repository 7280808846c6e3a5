import assert from "node:assert/strict";
import {
  encodeFileHeader,
  type Precision,
} from "../../lib/pcap/file_header.ts";
import { PcapDecoderStream } from "../../lib/pcap/pcap_decoder_stream.ts";
import {
  PcapEncoderStream,
  recordsForPrecision,
} from "../../lib/pcap/pcap_encoder_stream.ts";
import { PcapError } from "../../lib/pcap/pcap_error.ts";
import { PcapParser } from "../../lib/pcap/pcap_parser.ts";
import { encodeRecord } from "../../lib/pcap/record.ts";
import {
  collect,
  concatenate,
  generatePackets,
  makeBatch,
  streamOf,
} from "./packets.ts";

const PACKETS = generatePackets(20);
const EXPECTED = PACKETS.map((packet) => ({
  ...packet,
  linkType: 101,
  littleEndian: true,
}));

function makeFile(littleEndian = true): Uint8Array {
  const format = { littleEndian, precision: "nanoseconds" } as const;
  const records = PACKETS.map((packet) => encodeRecord(packet, format));
  return concatenate([encodeFileHeader(format), ...records]);
}

Deno.test("PcapEncoderStream writes a header, then each batch's own records", async () => {
  const batch = makeBatch(PACKETS);
  const empty = makeBatch([]);
  const batches = ReadableStream.from([batch, empty, batch]);
  const chunks = await Array.fromAsync(
    batches.pipeThrough(new PcapEncoderStream()),
  );
  assert.equal(chunks.length, 3);
  assert.deepEqual(chunks[0], encodeFileHeader());
  assert.equal(chunks[1], batch.records);
});

Deno.test("PcapEncoderStream writes a header even when no batch comes", async () => {
  const none = ReadableStream.from<never>([]);
  const stream = none.pipeThrough(new PcapEncoderStream());
  assert.deepEqual(await Array.fromAsync(stream), [encodeFileHeader()]);
});

Deno.test("what PcapEncoderStream writes PcapDecoderStream reads", async () => {
  const precisions: Precision[] = ["microseconds", "nanoseconds"];
  for (const precision of precisions) {
    const batches = ReadableStream.from([makeBatch(PACKETS)]);
    const packets = await Array.fromAsync(
      batches.pipeThrough(new PcapEncoderStream({ precision }))
        .pipeThrough(new PcapDecoderStream()),
    );
    const unit = precision === "nanoseconds" ? 1 : 1000;
    assert.deepEqual(
      packets,
      EXPECTED.map((packet) => ({
        ...packet,
        nanoseconds: packet.nanoseconds - packet.nanoseconds % unit,
      })),
    );
  }
});

Deno.test("recordsForPrecision() copies for nanoseconds and leaves the batch as it was", () => {
  const batch = makeBatch(PACKETS);
  const before = batch.records.slice();
  const records = recordsForPrecision(batch, "nanoseconds");
  assert.deepEqual(batch.records, before);
  assert.notEqual(records.buffer, batch.records.buffer);
});

Deno.test("PcapDecoderStream reads a file cut at any byte, in both byte orders", async () => {
  for (const littleEndian of [true, false]) {
    const file = makeFile(littleEndian);
    const expected = EXPECTED.map((packet) => ({ ...packet, littleEndian }));
    for (let cut = 0; cut <= file.length; cut += 1) {
      const parts = streamOf(file.subarray(0, cut), file.subarray(cut));
      const { items, error } = await collect(
        parts.pipeThrough(new PcapDecoderStream()),
      );
      assert.equal(error, undefined);
      assert.deepEqual(items, expected, `cut at ${cut}`);
    }
  }
});

Deno.test("PcapDecoderStream reads a file in chunks of any size, and its packets stay as they are", async () => {
  const file = makeFile();
  for (const size of [1, 2, 3, 5, 7, 16, 17, 100, 1000]) {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < file.length; at += size) {
      chunks.push(file.slice(at, at + size));
    }
    const packets = await Array.fromAsync(
      streamOf(...chunks).pipeThrough(new PcapDecoderStream()),
    );
    assert.deepEqual(packets, EXPECTED, `chunks of ${size}`);
  }
});

Deno.test("PcapDecoderStream delivers every packet before a truncation, then one error", async () => {
  const file = makeFile();
  const ends: number[] = [24];
  for (const { data } of PACKETS) {
    ends.push((ends.at(-1) ?? 0) + 16 + data.length);
  }
  for (let length = 0; length < file.length; length++) {
    const { items, error } = await collect(
      streamOf(file.subarray(0, length)).pipeThrough(new PcapDecoderStream()),
    );
    const whole = ends.filter((end) => end <= length).length - 1;
    assert.equal(items.length, Math.max(whole, 0), `length ${length}`);
    if (ends.includes(length)) assert.equal(error, undefined);
    else {
      assert(error instanceof PcapError, `length ${length}`);
      assert.equal(error.offset, whole < 0 ? length : ends[whole]);
    }
  }
});

Deno.test("PcapDecoderStream tells where in the file a bad record lies", async () => {
  const good = encodeRecord(PACKETS[1] ?? assert.fail());
  const bad = good.slice();
  new DataView(bad.buffer).setUint32(4, 1_000_000, true);
  const file = concatenate([encodeFileHeader(), good, bad, good]);
  for (const size of [file.length, 10]) {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < file.length; at += size) {
      chunks.push(file.subarray(at, at + size));
    }
    const { items, error } = await collect(
      streamOf(...chunks).pipeThrough(new PcapDecoderStream()),
    );
    assert.equal(items.length, 1);
    assert(error instanceof PcapError);
    assert.equal(error.offset, 24 + good.length);
    assert.match(error.message, new RegExp(`at byte ${24 + good.length}`));
  }
});

Deno.test("PcapDecoderStream takes no more than it is asked for", async () => {
  let pulled = 0;
  const file = makeFile();
  const source = new ReadableStream<Uint8Array>({
    pull(controller): void {
      pulled++;
      controller.enqueue(pulled === 1 ? file : file.subarray(24));
    },
  }, { highWaterMark: 0 });
  const reader = source.pipeThrough(new PcapDecoderStream()).getReader();
  for (let n = 0; n < 10; n++) await reader.read();
  assert(pulled <= 2, `${pulled} chunks pulled for half a chunk of packets`);
  await reader.cancel();
});

Deno.test("PcapDecoderStream cancels its source when it is cancelled", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(makeFile().slice(0, 500)),
    cancel: resolve,
  }, { highWaterMark: 0 });
  const reader = source.pipeThrough(new PcapDecoderStream()).getReader();
  await reader.read();
  await reader.cancel("enough");
  await promise;
});

Deno.test("PcapParser does not copy a chunk that ends with a record", () => {
  const file = makeFile();
  const parser = new PcapParser();
  parser.push(file);
  let packet = parser.next();
  assert.equal(packet?.data.buffer, file.buffer);
  while (packet !== undefined) packet = parser.next();
  parser.end();
});
