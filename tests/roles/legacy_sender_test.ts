import assert from "node:assert/strict";
import { SenderLedger } from "../../lib/metrics/sender_ledger.ts";
import { LegacySender } from "../../lib/roles/legacy_sender.ts";
import { runCompressionTask } from "../../lib/roles/compress_task.ts";
import { makeFrameBuilder } from "../../lib/roles/builder_pool.ts";
import { plainContext } from "../../lib/batch_builder.ts";
import { GOLDEN_PACKETS, readGolden } from "../wire/legacy.ts";
import { RecordingOutlet } from "./rate_fakes.ts";
import { numbersOf, Traffic } from "./traffic.ts";

function open(
  outlets: RecordingOutlet[],
  options: { marked?: boolean; patient?: boolean } = {},
): { sender: LegacySender; ledger: SenderLedger } {
  const ledger = new SenderLedger();
  const sender = new LegacySender(outlets, {
    marked: false,
    ledger,
    ...options,
  });
  return { sender, ledger };
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

Deno.test("LegacySender sends what the original sends, a message a packet", () => {
  for (const marked of [false, true]) {
    const outlet = new RecordingOutlet();
    const { sender } = open([outlet], { marked });
    const builder = makeFrameBuilder();
    for (const packet of GOLDEN_PACKETS) {
      assert(builder.add(packet, plainContext(5, "kernel")));
    }
    const sent = sender.send(builder);
    assert.equal(sent, outlet.bytes);
    const wanted = GOLDEN_PACKETS.map(({ originalLength }, index) => {
      const message = readGolden(`${marked ? "marked" : "bare"}${index}`);
      const view = new DataView(message.buffer, marked ? 1 : 0);
      view.setUint32(8, originalLength);
      return message;
    });
    assert.deepEqual(outlet.messages, wanted);
  }
});

Deno.test("LegacySender takes its endpoints in turn, and passes over those that are full", () => {
  const outlets = [new RecordingOutlet(), new RecordingOutlet()];
  const { sender, ledger } = open(outlets);
  sender.send(new Traffic().builder(10));
  assert.deepEqual(outlets.map(({ messages }) => messages.length), [5, 5]);
  outlets.forEach((outlet, index) => outlet.room = index * 7);
  sender.send(new Traffic().builder(10));
  assert.deepEqual(outlets.map(({ messages }) => messages.length), [5, 12]);
  const { sent, queue_dropped, sent_frames, sent_bytes } = ledger.totals;
  assert.deepEqual([sent, queue_dropped, sent_frames], [17, 3, 17]);
  const bytes = outlets.reduce((sum, outlet) => sum + outlet.bytes, 0);
  assert.equal(sent_bytes, bytes);
});

Deno.test("LegacySender books each packet under its group", () => {
  const outlet = new RecordingOutlet();
  outlet.room = 30;
  const { sender, ledger } = open([outlet]);
  const builder = new Traffic().builder(50);
  ledger.bookReplayed(builder.build());
  sender.send(builder);
  for (const { captured, sent, queue_dropped } of ledger.groups.values()) {
    assert.equal(captured, sent + queue_dropped);
  }
  assert.equal(ledger.groups.size, 2);
  assert.equal(ledger.totals.sent, 30);
});

Deno.test("LegacySender lets packets wait where they can", () => {
  const outlet = new RecordingOutlet();
  const { sender, ledger } = open([outlet], { patient: true });
  const builder = new Traffic().builder(25);
  outlet.room = 10;
  sender.send(builder);
  builder.reset();
  builder.bytes.fill(0);
  assert.equal(outlet.messages.length, 10);
  outlet.room = 10;
  assert(!sender.hasRoom);
  assert.equal(outlet.messages.length, 20);
  outlet.room = 100;
  assert(sender.hasRoom);
  assert.deepEqual(numbersOf(outlet.batches), upTo(25));
  const { sent, queue_dropped } = ledger.totals;
  assert.deepEqual([sent, queue_dropped], [25, 0]);
});

Deno.test("LegacySender counts what still waits at the end as dropped", () => {
  const outlet = new RecordingOutlet();
  const { sender, ledger } = open([outlet], { patient: true });
  outlet.room = 10;
  sender.send(new Traffic().builder(25));
  sender.sendTotals(false);
  assert.equal(ledger.totals.queue_dropped, 0);
  // Whoever does not wait until there is room again has it dropped.
  sender.send(new Traffic().builder(7));
  sender.sendTotals(true);
  assert.equal(ledger.totals.sent, 10);
  assert.equal(ledger.totals.queue_dropped, 22);
  assert.equal(outlet.messages.length, 10);
});

Deno.test("LegacySender sends a compressed batch as one message", () => {
  const outlet = new RecordingOutlet();
  const { sender, ledger } = open([outlet], { marked: true });
  const packed = sender.pack(new Traffic().builder(40));
  const { bytes, start, end } = packed;
  const method = { kind: "legacy", level: 6 } as const;
  const task = { buffer: bytes.buffer, start, end, method };
  const result = runCompressionTask(task);
  assert.equal(sender.sendPacked(packed, result), outlet.bytes);
  assert.equal(outlet.messages.length, 1);
  assert.deepEqual(numbersOf(outlet.batches), upTo(40));
  outlet.room = 0;
  assert.equal(sender.sendPacked(packed, result), 0);
  const { sent, queue_dropped } = ledger.totals;
  assert.deepEqual([sent, queue_dropped], [40, 40]);
});
