import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { FrameError } from "../../lib/wire/frame_error.ts";
import { encodeFrame } from "../../lib/wire/frame.ts";
import {
  encodeLegacyBatch,
  LegacyPacketEncoder,
} from "../../lib/wire/legacy_encoder.ts";
import { MessageDecoder } from "../../lib/wire/message_decoder.ts";
import { decodeRecord } from "../../lib/pcap/record.ts";
import type { PacketBatch } from "../../lib/packet.ts";
import { concatenate, generatePackets, makeBatch } from "../pcap/packets.ts";
import { DETAILS } from "./frames.ts";
import { GOLDEN_PACKETS, readGolden } from "./legacy.ts";

const decoder = new MessageDecoder();

function refusal(message: Uint8Array): FrameError | undefined {
  try {
    decoder.decode(message);
  } catch (error) {
    if (error instanceof FrameError) return error;
    throw error;
  }
  return undefined;
}

/** The packets of a batch, one by one. */
function packetsOf(batch: PacketBatch): object[] {
  const { buffer, byteOffset, byteLength } = batch.records;
  const view = new DataView(buffer, byteOffset, byteLength);
  const packets = [];
  for (let at = 0; at < byteLength;) {
    const { nextOffset, ...packet } = decodeRecord(view, at);
    packets.push({ ...packet, data: [...packet.data] });
    at = nextOffset;
  }
  assert.equal(packets.length, batch.packets);
  return packets;
}

const plain = GOLDEN_PACKETS.map((packet) => ({
  ...packet,
  data: [...packet.data],
}));

/** Whole microseconds, which is all that the original tells. */
function generate(count: number, seed: number): PacketBatch {
  return makeBatch(
    generatePackets(count, seed).map((packet) => ({
      ...packet,
      nanoseconds: packet.nanoseconds - packet.nanoseconds % 1000,
    })),
  );
}

/** A message with the mark of a zlib stream before what is compressed. */
function zlibMessage(structures: Uint8Array): Uint8Array {
  return concatenate([Uint8Array.of(1), deflateSync(structures)]);
}

Deno.test("MessageDecoder reads the original's bare messages", () => {
  for (const [index, packet] of plain.entries()) {
    const message = decoder.decode(readGolden(`bare${index}`));
    assert(message.kind === "legacy" && message.form === "bare");
    assert.deepEqual(packetsOf(message.batch), [packet]);
  }
});

Deno.test("MessageDecoder reads the original's marked messages", () => {
  for (const [index, packet] of plain.entries()) {
    const message = decoder.decode(readGolden(`marked${index}`));
    assert(message.kind === "legacy" && message.form === "marked");
    assert.deepEqual(packetsOf(message.batch), [packet]);
  }
});

Deno.test("MessageDecoder reads the original's compressed messages", () => {
  const message = decoder.decode(readGolden("zlib"));
  assert(message.kind === "legacy" && message.form === "zlib");
  assert.deepEqual(packetsOf(message.batch), plain);
  const { runs, contexts } = message.batch;
  assert.deepEqual([...runs], [1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 2, 0]);
  assert.deepEqual(contexts.map(({ protocol }) => protocol), [
    0x0800,
    0x86dd,
    0,
  ]);
});

Deno.test("MessageDecoder tells between which times the original's packets lie, in whatever order", () => {
  const times = GOLDEN_PACKETS.map(({ seconds, nanoseconds }) =>
    seconds * 1_000_000 + nanoseconds / 1000
  );
  for (const [index, time] of times.entries()) {
    for (const form of ["bare", "marked"]) {
      const { span } = decoder.decode(readGolden(`${form}${index}`));
      assert.deepEqual(span, { first: time, last: time });
    }
  }
  const wanted = { first: Math.min(...times), last: Math.max(...times) };
  assert.deepEqual(decoder.decode(readGolden("zlib")).span, wanted);
  const { records } = makeBatch(GOLDEN_PACKETS.toReversed());
  const reversed = decoder.decode(encodeLegacyBatch(records));
  assert.deepEqual(reversed.span, wanted);
});

Deno.test("MessageDecoder reads a message that lies anywhere in a buffer", () => {
  for (const name of ["bare0", "marked1", "zlib"]) {
    const message = readGolden(name);
    const shifted = concatenate([new Uint8Array(3), message]).subarray(3);
    assert.deepEqual(decoder.decode(shifted), decoder.decode(message));
  }
});

Deno.test("LegacyPacketEncoder writes what the original writes", () => {
  const { records } = makeBatch(GOLDEN_PACKETS);
  const view = new DataView(records.buffer, records.byteOffset);
  let at = 0;
  for (const [index, packet] of GOLDEN_PACKETS.entries()) {
    const bare = new LegacyPacketEncoder({ marked: false }).encode(view, at);
    const marked = new LegacyPacketEncoder({ marked: true }).encode(view, at);
    const wanted = readGolden(`bare${index}`);
    // The original's length is 0 where it is not known; ours always is.
    new DataView(wanted.buffer).setUint32(8, packet.originalLength);
    assert.deepEqual(bare, wanted);
    assert.deepEqual(marked, concatenate([Uint8Array.of(0), wanted]));
    at += 16 + packet.data.length;
  }
});

Deno.test("encodeLegacyBatch() writes what the original reads", () => {
  const batch = generate(300, 7);
  const message = decoder.decode(encodeLegacyBatch(batch.records));
  assert(message.kind === "legacy" && message.form === "zlib");
  assert.deepEqual(message.batch.records, batch.records);
  assert.equal(message.batch.packets, 300);
});

Deno.test("packets survive all forms", () => {
  const batch = generate(500, 3);
  const { records } = batch;
  const view = new DataView(records.buffer, records.byteOffset);
  for (const marked of [false, true]) {
    const encoder = new LegacyPacketEncoder({ marked });
    const parts = [];
    for (let at = 0; at < records.length;) {
      const message = decoder.decode(encoder.encode(view, at));
      assert(message.kind === "legacy");
      assert.equal(message.form, marked ? "marked" : "bare");
      parts.push(message.batch.records);
      at += message.batch.records.length;
    }
    assert.deepEqual(concatenate(parts), new Uint8Array(records));
  }
});

Deno.test("MessageDecoder tells frames from the original's messages", () => {
  const batch = makeBatch(generatePackets(20));
  const message = decoder.decode(encodeFrame(batch, DETAILS));
  assert(message.kind === "frame");
  assert.equal(message.header.sensor, "gate");
  assert.deepEqual(message.batch.records, batch.records);
});

Deno.test("MessageDecoder refuses every truncation of the original's messages", () => {
  const names = ["bare0", "bare1", "marked0", "marked1", "zlib"];
  for (const name of names) {
    const message = readGolden(name);
    for (let size = 0; size < message.length; size++) {
      const error = refusal(message.subarray(0, size));
      assert(error, `${name} cut to ${size} bytes was taken`);
    }
    const longer = concatenate([message, new Uint8Array(4)]);
    for (let size = message.length + 1; size <= longer.length; size++) {
      assert(refusal(longer.subarray(0, size)), `${name} with bytes behind`);
    }
  }
});

Deno.test("MessageDecoder refuses every truncation of what was compressed", () => {
  const whole = new Uint8Array(
    readGolden("bare0").length * 2 + 8,
  );
  const one = readGolden("bare0");
  for (const at of [0, one.length + 4]) {
    new DataView(whole.buffer).setUint32(at, one.length);
    whole.set(one, at + 4);
  }
  for (let size = 0; size < whole.length; size++) {
    const error = refusal(zlibMessage(whole.subarray(0, size)));
    if (size === one.length + 4) assert.equal(error, undefined);
    else assert(error, `${size} bytes were taken`);
  }
});

Deno.test("MessageDecoder refuses a zlib stream with any bit wrong", () => {
  const message = readGolden("zlib");
  let same = 0;
  for (let at = 1; at < message.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const broken = message.slice();
      broken[at] = (broken[at] ?? 0) ^ 1 << bit;
      if (refusal(broken) !== undefined) continue;
      // A few bits make no difference: the same bytes stand in another place too.
      const { batch } = decoder.decode(broken);
      assert.deepEqual(packetsOf(batch), plain, `bit ${bit} of byte ${at}`);
      same++;
    }
  }
  assert(same < 5);
});

Deno.test("MessageDecoder refuses numbers that can not be", () => {
  const cases: [string, number, number][] = [
    ["a million microseconds", 4, 1_000_000],
    ["more bytes than there are", 12, 33],
    ["fewer bytes than there are", 12, 28],
    ["four billion bytes", 12, 0xffff_fffe],
  ];
  for (const [name, at, value] of cases) {
    const message = readGolden("bare0");
    new DataView(message.buffer).setUint32(at, value);
    assert(refusal(message), name);
    assert(refusal(concatenate([Uint8Array.of(0), message])), name);
  }
  const padding = readGolden("bare0");
  padding[padding.length - 1] = 1;
  assert.match(refusal(padding)?.message ?? "", /not zero/);
});

Deno.test("MessageDecoder refuses what is nobody's", () => {
  const cases: [string, Uint8Array, string][] = [
    ["an empty message", new Uint8Array(0), "empty"],
    ["text", new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"), "content"],
    ["the mark of no compression alone", Uint8Array.of(0), "truncated"],
    ["the mark of compression alone", Uint8Array.of(1), "compression"],
    ["no packets at all", zlibMessage(new Uint8Array(0)), "content"],
    ["our magic alone", Uint8Array.of(0xf5, 0x4e, 0x46, 0x5a), "truncated"],
    ["the first byte of our magic", Uint8Array.of(0xf5, 0, 0, 0), "content"],
  ];
  for (const [name, message, kind] of cases) {
    assert.equal(refusal(message)?.kind, kind, name);
  }
});

Deno.test("MessageDecoder refuses a bomb of zeros after a look at its start", () => {
  const bomb = zlibMessage(new Uint8Array(256 * 1024 * 1024));
  const start = performance.now();
  const error = refusal(bomb);
  const milliseconds = performance.now() - start;
  assert.equal(error?.kind, "content");
  // To expand the 64 MiB that are allowed takes above 100 ms; this takes one.
  assert(milliseconds < 50, `${milliseconds} ms`);
});

Deno.test("MessageDecoder refuses packets that expand to more than 64 MiB", () => {
  const size = 16 + 65_536;
  const structures = new Uint8Array((4 + size) * 1024);
  const view = new DataView(structures.buffer);
  for (let at = 0; at < structures.length; at += 4 + size) {
    view.setUint32(at, size);
    view.setUint32(at + 4 + 12, 65_536);
  }
  const bomb = zlibMessage(structures);
  assert(bomb.length < 100_000);
  assert.match(refusal(bomb)?.message ?? "", /larger than 67108864 bytes/);
  const most = zlibMessage(structures.subarray(0, (4 + size) * 1023));
  const message = decoder.decode(most);
  assert.equal(message.batch.packets, 1023);
});

Deno.test("MessageDecoder goes on after what it refused", () => {
  for (let at = 0; at < 3; at++) {
    assert(refusal(Uint8Array.of(1, 2, 3)));
    assert.equal(decoder.decode(readGolden("bare0")).batch.packets, 1);
  }
});
