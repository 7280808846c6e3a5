import assert from "node:assert/strict";
import { SenderLedger } from "../../lib/metrics/sender_ledger.ts";
import { FrameSender } from "../../lib/roles/frame_sender.ts";
import { LegacySender } from "../../lib/roles/legacy_sender.ts";
import { encodeLegacyBatch } from "../../lib/wire/legacy_encoder.ts";
import { MessageDecoder } from "../../lib/wire/message_decoder.ts";
import { decodeFrameHeader } from "../../lib/wire/frame_header_decoder.ts";
import type { FrameHeader } from "../../lib/wire/frame_header.ts";
import { concatenate } from "../pcap/packets.ts";
import { isMissing } from "../wire/codecs.ts";
import { compressFrame } from "../wire/frames.ts";
import { readGolden } from "../wire/legacy.ts";
import { ManualTimers, RecordingOutlet, settle } from "./rate_fakes.ts";
import { ReceivingEnd, RelayBench } from "./relay_bench.ts";
import { numbersOf, packetsOf, Traffic } from "./traffic.ts";

const AT_ONCE = { lowWatermark: 1, highWatermark: 0, watermarkInterval: 1 };

/** A sender of frames or of the original's messages, and what it has sent. */
class Sender {
  readonly outlet = new RecordingOutlet();
  readonly ledger = new SenderLedger();
  readonly sender: FrameSender | LegacySender;
  readonly traffic: Traffic;
  #taken = 0;

  constructor(
    { traffic = new Traffic(), wire = "frames", sensor = "gate" }: {
      traffic?: Traffic;
      wire?: "frames" | "bare" | "marked";
      sensor?: string;
    } = {},
  ) {
    this.traffic = traffic;
    const { outlet, ledger } = this;
    this.sender = wire === "frames"
      ? new FrameSender([outlet], {
        ledger,
        identity: { sensor, instance: 5n },
        now: () => 1,
      })
      : new LegacySender([outlet], { ledger, marked: wire === "marked" });
  }

  /** Sends so many packets in a batch; gives the messages. */
  send(packets: number): Uint8Array[] {
    const builder = this.traffic.builder(packets);
    this.ledger.bookReplayed(builder.build());
    this.sender.send(builder);
    return this.#fresh();
  }

  tell(last: boolean): Uint8Array[] {
    this.sender.sendTotals(last);
    return this.#fresh();
  }

  #fresh(): Uint8Array[] {
    const fresh = this.outlet.messages.slice(this.#taken);
    this.#taken = this.outlet.messages.length;
    return fresh;
  }
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function headersOf(messages: readonly Uint8Array[]): FrameHeader[] {
  return messages.map((message) => decodeFrameHeader(message).header);
}

Deno.test("a compressing relay hands frames on as they are below the low watermark", async () => {
  const relay = new RelayBench({ kind: "compress", instance: 0xabcn });
  const sender = new Sender();
  const messages = [
    ...sender.tell(false),
    ...sender.send(7),
    ...sender.send(3),
  ];
  await relay.take(...messages, ...sender.tell(true));
  await relay.end();
  const sent = relay.drain();
  assert.equal(sent.length, 4);
  for (const [index, header] of headersOf(sent).entries()) {
    const before = headersOf([sender.outlet.messages[index] as Uint8Array])[0];
    const relayTold = {
      relay: 0xabcn,
      relay_rate_dropped: 0,
      relay_queue_dropped: 0,
    };
    assert.deepEqual(header, { ...before, relay: relayTold });
  }
  assert.deepEqual(numbersOf(relay.outlet.batches), upTo(10));
  assert(relay.messages.every(({ disposed }) => disposed === 1));
  const { received, received_frames } = relay.counts;
  const { sent: handedOn, sent_frames } = relay.counts;
  assert.deepEqual([received, received_frames], [10, 4]);
  assert.deepEqual([handedOn, sent_frames], [10, 4]);
});

Deno.test({
  name:
    "a compressing relay compresses above the low watermark, and leaves what is compressed",
  ignore: isMissing("zstd"),
}, async () => {
  const relay = new RelayBench({ kind: "compress", rate: AT_ONCE });
  const sender = new Sender();
  for (let frame = 0; frame < 10; frame++) {
    const [message = new Uint8Array(0)] = sender.send(40);
    await relay.take(
      frame === 5 ? compressFrame(message, "zstd") : message,
    );
    relay.timers.advance(1);
  }
  await relay.end();
  const sent = relay.drain();
  const codecs = headersOf(sent).map(({ codec }) => codec);
  assert.deepEqual(codecs, [
    "none",
    ...Array(4).fill("deflate"),
    "zstd",
    ...Array(4).fill("deflate"),
  ]);
  assert.deepEqual(headersOf(sent).map(({ number }) => number), upTo(10));
  assert.deepEqual(numbersOf(relay.outlet.batches), upTo(400));
  assert(relay.messages.every(({ disposed }) => disposed === 1));
});

Deno.test("a decompressing relay gives back what a compressing one took", async () => {
  const compress = new RelayBench({
    kind: "compress",
    rate: AT_ONCE,
    instance: 1n,
  });
  const decompress = new RelayBench({ kind: "decompress", instance: 2n });
  const sender = new Sender();
  for (let frame = 0; frame < 20; frame++) {
    await compress.take(...sender.send(30));
    compress.timers.advance(1);
  }
  await compress.take(...sender.tell(true));
  await compress.end();
  await decompress.take(...compress.drain());
  await decompress.end();
  const sent = decompress.drain();
  const strip = (message: Uint8Array): Uint8Array => {
    const copy = message.slice();
    copy.fill(0, 96, 120); // what relays say
    return copy;
  };
  assert.deepEqual(sent.map(strip), sender.outlet.messages.map(strip));
  assert(decompress.messages.every(({ disposed }) => disposed === 1));
});

Deno.test("a receiver's ledger adds up through relays that drop", async () => {
  for (const shed of ["flow", "tail"] as const) {
    const timers = new ManualTimers();
    const rate = {
      lowWatermark: 10_000,
      highWatermark: 150_000,
      watermarkInterval: 0,
      shed,
    };
    const first = new RelayBench({
      kind: "compress",
      rate,
      instance: 1n,
      timers,
    });
    const second = new RelayBench({ kind: "decompress", instance: 2n, timers });
    const senders = ["gate", "door"].map((sensor) =>
      new Sender({ sensor, traffic: new Traffic({ flows: 300 }) })
    );
    const end = new ReceivingEnd();
    const pass = async (messages: Uint8Array[]): Promise<void> => {
      await first.take(...messages);
      await second.take(...first.drain());
      end.take(second.drain());
    };
    for (const sender of senders) await pass(sender.tell(false));
    for (let step = 0; step < 400; step++) {
      // The second relay's queue is full for a while, and the first one's.
      second.outlet.room = step > 100 && step < 130 ? 0 : Infinity;
      first.outlet.room = step > 200 && step < 220 ? 0 : Infinity;
      for (const sender of senders) await pass(sender.send(5 + step % 20));
      timers.advance(10);
    }
    await pass(senders.flatMap((sender) => sender.tell(true)));
    await first.end();
    await second.take(...first.drain());
    await second.end();
    end.take(second.drain());
    assert.equal(end.ledger.sensors.size, 2);
    let dropped = 0;
    for (const [index, sensor] of [...end.ledger.sensors.values()].entries()) {
      const totals = sensor.totals;
      const { sent } = senders[index]?.ledger.totals ?? {};
      assert.equal(totals.sent, sent);
      assert.equal(totals.sent_before, 0);
      assert.equal(totals.lost_in_transit, 0, `${shed} ${sensor.sensor}`);
      assert.equal(
        totals.received + totals.relay_rate_dropped +
          totals.relay_queue_dropped,
        totals.sent,
      );
      assert(totals.relay_rate_dropped > 0);
      assert(totals.relay_queue_dropped > 0);
      dropped += totals.relay_rate_dropped + totals.relay_queue_dropped;
      assert(sensor.finished);
    }
    let counted = 0;
    for (const { counts } of [first, second]) {
      assert.equal(
        counts.received,
        counts.sent + counts.rate_dropped + counts.queue_dropped,
      );
      counted += counts.rate_dropped + counts.queue_dropped;
    }
    assert.equal(dropped, counted);
    assert.equal(second.counts.received, first.counts.sent);
    assert.equal(end.ledger.totals.received, second.counts.sent);
  }
});

Deno.test("a compressing relay sheds whole flows of compressed frames too", async () => {
  const rate = {
    lowWatermark: 10_000,
    highWatermark: 100_000,
    watermarkInterval: 0,
  };
  const relay = new RelayBench({ kind: "compress", rate });
  const sender = new Sender({ traffic: new Traffic({ flows: 200 }) });
  for (let step = 0; step < 600; step++) {
    const [message = new Uint8Array(0)] = sender.send(20);
    await relay.take(compressFrame(message, "deflate"));
    relay.timers.advance(10);
  }
  await relay.end();
  const { received, sent, rate_dropped, sent_bytes } = relay.counts;
  assert.equal(received, sent + rate_dropped);
  assert(rate_dropped > received / 2);
  assert(sent_bytes < 100_000 * (6 + 1) + 100_000, `${sent_bytes} bytes`);
  const late = packetsOf(relay.outlet.batches)
    .filter(({ number }) => number > 6000);
  const flows = new Set(late.map(({ flow }) => flow));
  assert(flows.size < 80, `${flows.size} of 200 flows pass`);
});

Deno.test("a compressing relay gathers the original's packets into frames of its own", async () => {
  const relay = new RelayBench({ kind: "compress", instance: 0xfedn });
  const bare = new Sender({ wire: "bare" });
  const { traffic } = bare;
  const marked = new Sender({ wire: "marked", traffic });
  await relay.take(...bare.send(30), ...marked.send(30));
  await relay.take(encodeLegacyBatch(traffic.builder(40).build().records));
  relay.timers.advance(20);
  await relay.take(...bare.send(1));
  await relay.end();
  const end = new ReceivingEnd();
  end.take(relay.drain());
  assert.deepEqual(numbersOf(end.batches), upTo(101));
  const [[key, sensor] = []] = end.ledger.sensors;
  assert.equal(key, "unnumbered/0000000000000fed");
  assert.equal(end.ledger.sensors.size, 1);
  const { sent, captured, received, lost_in_transit } = sensor?.totals ?? {};
  assert.deepEqual([sent, captured, received, lost_in_transit], [
    101,
    101,
    101,
    0,
  ]);
  assert(sensor?.finished);
  assert.deepEqual(end.batches.map(({ packets }) => packets), [100, 1, 0]);
});

Deno.test("a compressing relay cuts the original's batches to the size of frames", async () => {
  const relay = new RelayBench({ kind: "compress" });
  const traffic = new Traffic();
  const records = concatenate(
    upTo(8).map(() => traffic.builder(200).build().records),
  );
  await relay.take(encodeLegacyBatch(records));
  await relay.end();
  const sent = relay.drain();
  assert(sent.every((message) => message.length <= 256 * 1024));
  assert.deepEqual(numbersOf(relay.outlet.batches), upTo(1600));
});

Deno.test("a compressing relay writes the original's messages for an old receiver", async () => {
  const relay = new RelayBench({
    kind: "compress",
    wire: "legacy",
    rate: { ...AT_ONCE, lowWatermark: 100_000, watermarkInterval: 0 },
  });
  const sender = new Sender();
  await relay.take(...sender.tell(false), ...sender.send(10));
  relay.timers.advance(20);
  const singly = relay.drain();
  assert.equal(singly.length, 10);
  assert(singly.every((message) => message[0] === 0));
  for (let frame = 0; frame < 30; frame++) {
    await relay.take(...sender.send(20));
    relay.timers.advance(50);
  }
  await relay.take(...sender.tell(true));
  await relay.end();
  const rest = relay.drain();
  const forms = new Set(rest.map((message) => message[0]));
  assert.deepEqual([...forms], [0, 1]);
  assert.deepEqual(numbersOf(relay.outlet.batches), upTo(610));
  const { received, sent } = relay.counts;
  assert.deepEqual([received, sent], [610, 610]);
});

Deno.test("a decompressing relay turns the original's messages into bare ones", async () => {
  const relay = new RelayBench({ kind: "decompress" });
  await relay.take(
    readGolden("zlib"),
    readGolden("marked0"),
    readGolden("bare1"),
  );
  await relay.end();
  const sent = relay.drain();
  // Ours tell the length of a packet where the original left 0.
  const lengthTold = readGolden("bare2");
  new DataView(lengthTold.buffer).setUint32(8, 29);
  assert.deepEqual(sent, [
    readGolden("bare0"),
    readGolden("bare1"),
    lengthTold,
    readGolden("bare3"),
    readGolden("bare0"),
    readGolden("bare1"),
  ]);
  assert.equal(relay.counts.received, 6);
  assert.equal(relay.counts.sent, 6);
});

Deno.test("a decompressing relay waits a second for room for the original's packets, and then no more", async () => {
  const relay = new RelayBench({ kind: "decompress" });
  const traffic = new Traffic();
  const takeBatch = async (): Promise<void> => {
    const { records } = traffic.builder(100).build();
    await relay.take(encodeLegacyBatch(records));
    for (let turn = 0; turn < 50; turn++) await settle();
  };
  relay.outlet.room = 30;
  relay.timers.every(100, () => {
    if (relay.timers.time <= 300) relay.outlet.room += 25;
  });
  await takeBatch();
  assert.equal(relay.counts.sent, 100);
  relay.outlet.room = 5;
  const before = relay.timers.time;
  await takeBatch();
  assert.equal(relay.timers.time, before + 1000);
  await takeBatch();
  assert.equal(relay.timers.time, before + 1000);
  assert.equal(relay.counts.queue_dropped, 195);
  relay.outlet.room = Infinity;
  await takeBatch();
  await relay.end();
  assert.equal(relay.counts.sent, 205);
  assert.equal(relay.counts.received, 400);
});

for (const kind of ["compress", "decompress"] as const) {
  Deno.test(`a ${kind}ing relay refuses bad messages, counts and logs each, and goes on`, async () => {
    const relay = new RelayBench({ kind });
    const sender = new Sender();
    const bad = [
      new Uint8Array(0),
      Uint8Array.of(1, 2, 3),
      readGolden("bare0").subarray(0, 40),
      sender.outlet.messages[0]?.subarray(0, 100) ?? Uint8Array.of(0xf5),
    ];
    for (const message of bad) await relay.take(message, ...sender.send(2));
    await relay.end();
    assert.equal(relay.counts.rejected_frames, bad.length);
    assert.equal(relay.logger.lines.length, bad.length);
    assert.equal(relay.counts.sent, 2 * bad.length);
    assert(relay.messages.every(({ disposed }) => disposed === 1));
  });
}

Deno.test("a compressing relay fails when compression does", async () => {
  const compressor = {
    isBusy: false,
    compress: () => Promise.reject(new Error("worker is gone")),
  };
  const relay = new RelayBench({ kind: "compress", rate: AT_ONCE, compressor });
  const sender = new Sender();
  await relay.take(...sender.send(5));
  relay.timers.advance(5);
  await relay.take(...sender.send(5));
  await assert.rejects(relay.end(), /worker is gone/);
  assert.equal(relay.timers.running, 0);
});

Deno.test("a relay's messages are read by whoever reads frames", async () => {
  const relay = new RelayBench({ kind: "compress", rate: AT_ONCE });
  const sender = new Sender();
  for (let frame = 0; frame < 5; frame++) {
    await relay.take(...sender.send(30));
    relay.timers.advance(1);
  }
  await relay.end();
  const decoder = new MessageDecoder();
  for (const message of relay.drain()) {
    assert.equal(decoder.decode(message).kind, "frame");
  }
});
