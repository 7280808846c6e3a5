import assert from "node:assert/strict";
import { SenderLedger } from "../../lib/metrics/sender_ledger.ts";
import { SensorLedger } from "../../lib/metrics/sensor_ledger.ts";
import { type FrameOutlet, FrameSender } from "../../lib/roles/frame_sender.ts";
import { ContextReader } from "../../lib/wire/context_codec.ts";
import { decodeFrame, type Frame } from "../../lib/wire/frame.ts";
import { makeRandom } from "../pcap/packets.ts";
import { anyPackets, makeBuilder, readBatch } from "../wire/frames.ts";

/** A socket with room for some messages. */
class FakeOutlet implements FrameOutlet {
  readonly frames: Frame[] = [];
  bytes = 0;
  room: number;

  constructor(room = Infinity) {
    this.room = room;
  }

  get hasRoom(): boolean {
    return this.room > 0;
  }

  trySend(message: Uint8Array): boolean {
    if (this.room === 0) return false;
    this.room--;
    this.bytes += message.length;
    this.frames.push(decodeFrame(message.slice(), new ContextReader()));
    return true;
  }
}

function makeSender(
  ...outlets: FakeOutlet[]
): { sender: FrameSender; ledger: SenderLedger } {
  const ledger = new SenderLedger();
  const identity = { sensor: "gate", instance: 0x1234n };
  const now = (): number => 1_700_000_000_000_001;
  return {
    sender: new FrameSender(outlets, { ledger, identity, now }),
    ledger,
  };
}

/** Batches of packets that are all of one group. */
function batchOf(packets: number): ReturnType<typeof makeBuilder> {
  const [first] = anyPackets(2);
  if (first === undefined) throw new Error("no packet");
  return makeBuilder(Array.from({ length: packets }, () => first));
}

function packetsOf(outlet: FakeOutlet): number[] {
  return outlet.frames.map(({ header }) => header.packets);
}

Deno.test("FrameSender.send() sends a frame that says who, where, when and how much", () => {
  const outlet = new FakeOutlet();
  const { sender, ledger } = makeSender(outlet);
  const packets = anyPackets(5);
  const builder = makeBuilder(packets);
  ledger.bookReplayed(builder.build());
  assert(sender.send(builder));
  assert(sender.send(builder));
  const [first, second] = outlet.frames;
  assert(first !== undefined && second !== undefined);
  assert.deepEqual(readBatch(first.batch), packets);
  assert.equal(first.header.sensor, "gate");
  assert.equal(first.header.instance, 0x1234n);
  assert.equal(first.header.madeAt, 1_700_000_000_000_001);
  assert.equal(first.header.last, false);
  assert.deepEqual([first.header.number, second.header.number], [0, 1]);
  assert.deepEqual(
    [first.header.totals.sent, second.header.totals.sent],
    [0, packets.length],
  );
  assert.equal(first.header.totals.captured, packets.length);
  assert.equal(first.groups.size, 0);
  assert.equal(ledger.totals.sent, 2 * packets.length);
  assert.equal(ledger.sentFrames, 2);
  assert.equal(ledger.sentBytes, outlet.bytes);
});

Deno.test("FrameSender.send() takes its endpoints in turn, each with numbers of its own", () => {
  const outlets = [new FakeOutlet(), new FakeOutlet(), new FakeOutlet()];
  const { sender } = makeSender(...outlets);
  for (let packets = 1; packets <= 7; packets++) sender.send(batchOf(packets));
  assert.deepEqual(outlets.map(packetsOf), [[1, 4, 7], [2, 5], [3, 6]]);
  const headers = outlets.map(({ frames }) =>
    frames.map(({ header }) => header)
  );
  assert.deepEqual(
    headers.map((lane) => lane.map(({ lane, number }) => [lane, number])),
    [[[0, 0], [0, 1], [0, 2]], [[1, 0], [1, 1]], [[2, 0], [2, 1]]],
  );
  assert.deepEqual(
    headers.map((lane) => lane.map(({ totals }) => totals.sent)),
    [[0, 1, 5], [0, 2], [0, 3]],
  );
});

Deno.test("FrameSender.send() passes over an endpoint that is stuck, and comes back to it", () => {
  const outlets = [new FakeOutlet(), new FakeOutlet(1), new FakeOutlet()];
  const { sender, ledger } = makeSender(...outlets);
  for (let packets = 1; packets <= 6; packets++) {
    assert(sender.send(batchOf(packets)));
  }
  assert.deepEqual(outlets.map(packetsOf), [[1, 4, 6], [2], [3, 5]]);
  outlets.forEach((outlet) => outlet.room = Infinity);
  sender.send(batchOf(7));
  assert.deepEqual(outlets.map(packetsOf), [[1, 4, 6], [2, 7], [3, 5]]);
  assert.equal(ledger.totals.queue_dropped, 0);
  assert.equal(outlets[1]?.frames[1]?.header.totals.sent, 2);
});

Deno.test("FrameSender.send() drops and counts when all endpoints are stuck", () => {
  const outlets = [new FakeOutlet(1), new FakeOutlet(1)];
  const { sender, ledger } = makeSender(...outlets);
  assert(sender.hasRoom);
  sender.send(batchOf(1));
  sender.send(batchOf(2));
  assert(!sender.hasRoom);
  assert(!sender.send(batchOf(10)));
  assert(!sender.send(batchOf(20)));
  const { sent, queue_dropped } = ledger.totals;
  assert.deepEqual([sent, queue_dropped], [3, 30]);
  outlets.forEach((outlet) => outlet.room = Infinity);
  sender.send(batchOf(4));
  const header = outlets[0]?.frames[1]?.header;
  assert.equal(header?.number, 1);
  assert.deepEqual([header?.totals.sent, header?.totals.queue_dropped], [
    1,
    30,
  ]);
});

Deno.test("FrameSender.sendTotals() tells every endpoint what it missed, and the groups", () => {
  const outlets = [new FakeOutlet(), new FakeOutlet()];
  const { sender, ledger } = makeSender(...outlets);
  Object.assign(ledger.group(7), { captured: 9, kernel_dropped: 3 });
  sender.send(batchOf(5));
  sender.sendTotals(false);
  sender.sendTotals(true);
  for (const [index, { frames }] of outlets.entries()) {
    const [totals, last] = frames.slice(-2);
    assert(totals !== undefined && last !== undefined);
    assert.equal(totals.header.packets, 0);
    assert.equal(totals.header.last, false);
    assert.equal(last.header.last, true);
    assert.equal(last.header.totals.sent, index === 0 ? 5 : 0);
    assert.equal(last.header.totals.kernel_dropped, 3);
    assert.deepEqual(last.groups.get(7), ledger.group(7));
  }
  // They take no turn.
  sender.send(batchOf(6));
  assert.equal(outlets[1]?.frames.at(-1)?.header.packets, 6);
});

Deno.test("FrameSender.sendTotals() passes over an endpoint that is stuck", () => {
  const outlets = [new FakeOutlet(0), new FakeOutlet()];
  const { sender, ledger } = makeSender(...outlets);
  sender.sendTotals(false);
  assert.deepEqual(outlets.map(({ frames }) => frames.length), [0, 1]);
  assert.equal(ledger.sentFrames, 1);
});

Deno.test("what FrameSender says and what SensorLedger books agree, whatever is stuck or lost", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = makeRandom(seed);
    const outlets = [new FakeOutlet(0), new FakeOutlet(0)];
    const { sender, ledger } = makeSender(...outlets);
    let offered = 0;
    for (let turn = 0; turn < 50; turn++) {
      for (const outlet of outlets) outlet.room += random(3);
      const packets = 1 + random(9);
      offered += packets;
      sender.send(batchOf(packets));
      if (random(5) === 0) sender.sendTotals(false);
    }
    outlets.forEach((outlet) => outlet.room = 1);
    sender.sendTotals(true);
    const { sent, queue_dropped } = ledger.totals;
    assert.equal(offered, sent + queue_dropped, `seed ${seed}`);
    const receiver = new SensorLedger("gate", 0x1234n);
    let received = 0;
    for (const { header } of outlets.flatMap(({ frames }) => frames)) {
      if (!header.last && random(3) === 0) continue;
      receiver.book(header, 0);
      received += header.packets;
    }
    const totals = receiver.totals;
    assert.equal(totals.sent, sent, `seed ${seed}`);
    assert.equal(totals.received, received);
    assert.equal(
      sent,
      totals.sent_before + received + totals.lost_in_transit,
    );
    assert.equal(totals.queue_dropped, queue_dropped);
  }
});
