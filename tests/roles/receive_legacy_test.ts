import assert from "node:assert/strict";
import { ReceiverLedger } from "../../lib/metrics/receiver_ledger.ts";
import { makeCaptureEncoder } from "../../lib/roles/capture_encoder.ts";
import type { Chunk } from "../../lib/roles/chunk.ts";
import { runReceive } from "../../lib/roles/receive.ts";
import { encodeFrame } from "../../lib/wire/frame.ts";
import {
  encodeLegacyBatch,
  LegacyPacketEncoder,
} from "../../lib/wire/legacy_encoder.ts";
import { concatenate } from "../pcap/packets.ts";
import { anyPackets, DETAILS, makeBuilder } from "../wire/frames.ts";
import { readGolden } from "../wire/legacy.ts";
import { FakeLogger, FakeMessage } from "./fakes.ts";
import { ManualTimers, settle } from "./rate_fakes.ts";
import { Traffic } from "./traffic.ts";

class Setting {
  readonly timers = new ManualTimers();
  readonly ledger = new ReceiverLedger();
  readonly logger = new FakeLogger();
  readonly chunks: Chunk[] = [];
  readonly messages: FakeMessage[] = [];
  readonly #stream = new TransformStream<FakeMessage, FakeMessage>();
  readonly #writer = this.#stream.writable.getWriter();
  readonly done: Promise<void>;

  constructor() {
    this.done = runReceive({
      encoder: makeCaptureEncoder("pcap"),
      messages: this.#stream.readable,
      output: { offer: (chunk) => void this.chunks.push(chunk) },
      ledger: this.ledger,
      logger: this.logger,
      monotonic: this.timers.now,
      timers: this.timers,
    });
  }

  async take(...messages: Uint8Array[]): Promise<void> {
    for (const bytes of messages) {
      const message = new FakeMessage(bytes.slice());
      this.messages.push(message);
      await this.#writer.write(message);
    }
    await settle();
  }

  async end(): Promise<void> {
    await this.#writer.close();
    await this.done;
    for (const chunk of this.chunks) chunk.release(0);
    assert(this.messages.every(({ disposed }) => disposed === 1));
    assert.equal(this.timers.running, 0);
  }

  get packets(): number[] {
    return this.chunks.map(({ packets }) => packets);
  }

  get written(): Uint8Array {
    return concatenate(this.chunks.map(({ bytes }) => bytes));
  }
}

/** The records of a batch, and the same as messages of the original. */
function singly(
  packets: number,
): { records: Uint8Array; messages: Uint8Array[] } {
  const { records } = new Traffic().builder(packets).build();
  const view = new DataView(records.buffer, records.byteOffset);
  const encoder = new LegacyPacketEncoder({ marked: false });
  const messages = [];
  for (let at = 0; at < records.byteLength;) {
    messages.push(encoder.encode(view, at).slice());
    at += 16 + view.getUint32(at + 8, true);
  }
  return { records, messages };
}

Deno.test("runReceive() writes packets that come singly together, 20 ms later at most", async () => {
  const setting = new Setting();
  const { records, messages } = singly(10);
  await setting.take(...messages.slice(0, 5));
  setting.timers.advance(19);
  await setting.take(...messages.slice(5, 8));
  assert.deepEqual(setting.packets, []);
  setting.timers.advance(1);
  assert.deepEqual(setting.packets, [8]);
  await setting.take(...messages.slice(8));
  await setting.end();
  assert.deepEqual(setting.packets, [8, 2]);
  assert.deepEqual(setting.written, new Uint8Array(records));
});

Deno.test("runReceive() writes at once when much has come", async () => {
  const setting = new Setting();
  const { records, messages } = singly(250);
  await setting.take(...messages);
  assert(setting.packets.length >= 2);
  assert(setting.chunks.every(({ bytes }) => bytes.length < 70_000));
  await setting.end();
  assert.deepEqual(setting.written, new Uint8Array(records));
});

Deno.test("runReceive() keeps the order of what comes from senders old and new", async () => {
  const setting = new Setting();
  const frame = encodeFrame(makeBuilder(anyPackets(2)).build(), DETAILS);
  await setting.take(readGolden("bare0"), readGolden("zlib"), frame);
  await setting.take(readGolden("marked1"));
  await setting.end();
  assert.deepEqual(setting.packets, [5, anyPackets(2).length, 1]);
});

Deno.test("runReceive() shows who sends the original's messages as one unnumbered sender", async () => {
  const setting = new Setting();
  const batch = encodeLegacyBatch(new Traffic().builder(40).build().records);
  await setting.take(readGolden("bare0"), readGolden("marked0"), batch);
  await setting.end();
  const [[key, sensor] = []] = setting.ledger.sensors;
  assert.equal(key, "unnumbered/0000000000000000");
  const totals = sensor?.totals;
  assert.equal(totals?.received, 42);
  assert.equal(totals?.sent, 42);
  assert.equal(totals?.sent_before, 0);
  assert.equal(totals?.lost_in_transit, 0);
  assert.equal(setting.ledger.totals.received, 42);
  assert.equal(setting.ledger.totals.received_frames, 3);
});

Deno.test("runReceive() goes on after every kind of bad message", async () => {
  const setting = new Setting();
  const good = readGolden("bare0");
  const bad = [
    new Uint8Array(0),
    good.subarray(0, 17),
    Uint8Array.of(1, 2, 3),
    Uint8Array.of(0),
    Uint8Array.of(0xf5, 0x4e, 0x46, 0x5a),
    new TextEncoder().encode("hello, is this the receiver?"),
    readGolden("zlib").subarray(0, 50),
  ];
  for (const message of bad) await setting.take(message, good);
  await setting.end();
  assert.equal(setting.ledger.totals.rejected_frames, bad.length);
  assert.equal(setting.ledger.totals.received, bad.length);
});

Deno.test("runReceive() writes IPv4 and IPv6 that take turns for ever", async () => {
  const setting = new Setting();
  const turns = [readGolden("bare2"), readGolden("bare3")];
  for (let turn = 0; turn < 900; turn++) await setting.take(...turns);
  await setting.end();
  const packets = setting.packets.reduce((sum, count) => sum + count, 0);
  assert.equal(packets, 1800);
});
