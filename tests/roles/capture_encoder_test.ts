// Captures of every format, through an output that takes as much as it likes and whose readers come and go.
import assert from "node:assert/strict";
import { BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import type { PacketBatch, PacketContext } from "../../lib/packet.ts";
import { PcapError } from "../../lib/pcap/mod.ts";
import { CaptureParser } from "../../lib/pcapng/mod.ts";
import {
  type CaptureEncoder,
  type CaptureFormat,
  makeCaptureEncoder,
} from "../../lib/roles/capture_encoder.ts";
import { endCapture } from "../../lib/roles/end_capture.ts";
import { PcapDestination } from "../../lib/roles/pcap_destination.ts";
import { makeRandom } from "../pcap/packets.ts";
import { canRun, run, withFile } from "../pcap/tools.ts";
import { FakeOutput } from "./fake_output.ts";
import { LogRecorder } from "./log_recorder.ts";

const FORMATS: readonly CaptureFormat[] = ["pcap", "pcapng", "nflog"];
const ROUNDS = 60;
/** What is written as it came, even where nothing may be changed. */
const BORROWED = "pcap microseconds";

/** Batches of numbered packets, of many contexts. */
class NumberedBatches {
  packets = 0;
  readonly #random: (below: number) => number;
  readonly #contexts = new Map<string, PacketContext>();

  constructor(seed: number) {
    this.#random = makeRandom(seed);
  }

  next(longest = 60): PacketBatch {
    const random = this.#random;
    const builder = new BatchBuilder(new Uint8Array(8 * longest + 40_000));
    for (let left = 1 + random(6); left > 0; left--) {
      const data = new Uint8Array(20 + random(longest - 20));
      data.set([0x45, 0, data.length >> 8, data.length]);
      data.fill(this.packets, 8);
      new DataView(data.buffer).setUint32(4, this.packets++);
      const packet = {
        seconds: 1000 + this.packets,
        nanoseconds: random(1_000_000_000),
        originalLength: data.length,
        data,
      };
      const lost = random(5) === 0 ? 1 + random(3) : 0;
      assert(builder.add(packet, this.#context(), lost));
    }
    return builder.build();
  }

  #context(): PacketContext {
    const key = `${this.#random(3)},${this.#random(3)}`;
    let context = this.#contexts.get(key);
    if (context === undefined) {
      const [group, port] = key.split(",");
      context = plainContext(Number(group), "kernel", {
        inputInterface: `eth${port}`,
        prefix: `rule ${key}`,
        protocol: 0x0800,
        family: 2,
        hook: 1,
      });
      this.#contexts.set(key, context);
    }
    return context;
  }
}

/** The numbers of the packets in a stream; the last one may be cut. */
function numbersOf(stream: Uint8Array, format: CaptureFormat): number[] {
  const parser = new CaptureParser();
  parser.push(stream);
  const numbers: number[] = [];
  for (let packet = parser.next(); packet; packet = parser.next()) {
    const { data } = packet;
    // The payload comes last, and its number is 4 bytes from its start.
    const start = format === "nflog" ? startOfPayload(data) : 0;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    numbers.push(view.getUint32(start + 4));
  }
  return numbers;
}

function startOfPayload(record: Uint8Array): number {
  const view = new DataView(record.buffer, record.byteOffset);
  let at = 4;
  while (view.getUint16(at + 2, true) !== 9) {
    at += view.getUint16(at, true) + 3 & ~3;
  }
  return at + 4;
}

function open(
  format: CaptureFormat,
  output: FakeOutput,
): { destination: PcapDestination; encoder: CaptureEncoder } {
  const encoder = makeCaptureEncoder(format);
  const destination = new PcapDestination(output.opened, {
    header: () => encoder.begin(),
    before: (chunk) => encoder.before(chunk),
    logger: new LogRecorder(),
    outputBuffer: 4000,
  });
  return { destination, encoder };
}

for (const format of FORMATS) {
  Deno.test(`every reader gets a ${format} stream that can be read, wherever the one before it left`, () => {
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const random = makeRandom(seed);
      const batches = new NumberedBatches(seed);
      const output = new FakeOutput();
      const { destination, encoder } = open(format, output);
      let released = 0;
      let dropped = 0;
      for (let round = 0; round < 30; round++) {
        const batch = batches.next();
        destination.offer(encoder.encode(batch, {
          sensor: `gw${random(2)}`,
          release(lost): void {
            released += batch.packets;
            dropped += lost;
          },
        }));
        if (random(4) === 0) output.room = random(600);
        if (random(6) === 0) output.cut();
        if (random(2) === 0) output.makeRoom(random(3) * 900);
      }
      output.makeRoom(Infinity);
      const { stalled_dropped, written } = destination.counters;
      assert.equal(released, batches.packets);
      assert.equal(dropped, stalled_dropped);
      const seen = output.streams.flatMap((stream) =>
        numbersOf(stream, format)
      );
      assert.equal(seen.length, written);
      assert.equal(new Set(seen).size, written);
      assert.deepEqual(seen, seen.toSorted((one, other) => one - other));
      const last = output.streams.at(-1) ?? new Uint8Array(0);
      const parser = new CaptureParser();
      parser.push(last);
      while (parser.next() !== undefined);
      parser.end();
    }
  });
}

Deno.test("the statistics of a pcapng stream count what is in this stream, not what was dropped or went to an earlier reader", async () => {
  if (!canRun("capinfos")) return;
  for (let seed = 1; seed <= 8; seed++) {
    const random = makeRandom(seed);
    const batches = new NumberedBatches(seed);
    const output = new FakeOutput();
    const { destination, encoder } = open("pcapng", output);
    for (let round = 0; round < 20; round++) {
      const chunk = encoder.encode(batches.next(), { sensor: "gw" });
      destination.offer(chunk);
      if (random(5) === 0) output.room = random(500);
      if (random(7) === 0) output.cut();
      if (random(3) === 0) output.makeRoom(1000);
    }
    output.makeRoom(Infinity);
    await endCapture(destination, { encoder, ledger: () => [] });
    const last = output.streams.at(-1) ?? new Uint8Array(0);
    const packets = numbersOf(last, "pcapng").length;
    const told = deliveredOf(last);
    assert.equal(told.reduce((sum, count) => sum + count, 0), packets);
    await withFile(last, async (path) => {
      const { code, stdout } = await run("capinfos", "-c", "-I", path);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`Number of packets: +${packets}\\n`));
      const each = [...stdout.matchAll(/Number of packets = (\d+)/g)]
        .map(([, count]) => Number(count));
      assert.deepEqual(each, told);
    });
  }
});

/** isb_usrdeliv of each interface's statistics. */
function deliveredOf(file: Uint8Array): number[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const delivered: number[] = [];
  for (let at = 0; at < file.length; at += view.getUint32(at + 4, true)) {
    if (view.getUint32(at, true) !== 5) continue;
    const id = view.getUint32(at + 8, true);
    for (let option = at + 20; view.getUint16(option, true) !== 0;) {
      if (view.getUint16(option, true) === 8) {
        delivered[id] = Number(view.getBigUint64(option + 4, true));
      }
      option += 4 + (view.getUint16(option + 2, true) + 3 & ~3);
    }
  }
  return delivered;
}

Deno.test("a packet that was cut into parts counts as one, and is written whole", () => {
  for (const format of FORMATS) {
    const batch = new NumberedBatches(3).next();
    const parts = new Map([[0, batch.packets]]);
    const chunk = makeCaptureEncoder(format).encode(batch, {
      sensor: "gw",
      parts,
    });
    assert.equal(chunk.packets, 1);
    const most = chunk.bytes.length;
    assert.deepEqual(chunk.recordsWithin?.(most - 1), { packets: 0, bytes: 0 });
    assert.deepEqual(chunk.recordsWithin?.(most), { packets: 1, bytes: most });
    chunk.release(0);
  }
});

Deno.test("packets written over their own records, with no more room than must be, are the same as in other memory", () => {
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const batches = new NumberedBatches(seed);
    for (const format of FORMATS) {
      for (const precision of ["microseconds", "nanoseconds"] as const) {
        const batch = batches.next(seed % 3 === 0 ? 70_000 : 400);
        const options = { precision };
        const encode = (of: PacketBatch, room?: number): Uint8Array => {
          const encoder = makeCaptureEncoder(format, options);
          return encoder.encode(of, { sensor: "gw", room }).bytes;
        };
        const wanted = encode(batch).slice();
        const before = batch.records.slice();
        /** Writes them with so much room, and tells whether that was enough to write them where they were. */
        const isEnough = (room: number): boolean => {
          const placed = placeRecords(batch, room);
          const written = encode(placed, room);
          assert.deepEqual(written, wanted);
          const inPlace = written.buffer === placed.records.buffer;
          if (!inPlace || room < 0) assert.deepEqual(placed.records, before);
          return inPlace;
        };
        assert.equal(isEnough(-1), `${format} ${precision}` === BORROWED);
        const least = leastThat(isEnough, 120 * batch.packets);
        assert.equal(least === 0, format === "pcap");
      }
    }
  }
});

/** Finds the least number, up to a limit that does, which does as all after it do. */
function leastThat(does: (number: number) => boolean, limit: number): number {
  assert(does(limit));
  let low = 0;
  let high = limit;
  while (low < high) {
    const middle = low + high >> 1;
    if (does(middle)) high = middle;
    else low = middle + 1;
  }
  assert(does(low));
  return low;
}

/** The same batch with its records at the end of memory of their own, behind so many bytes. */
function placeRecords(batch: PacketBatch, room: number): PacketBatch {
  const start = Math.max(room, 0);
  const memory = new Uint8Array(start + batch.records.length).fill(0xee);
  const records = memory.subarray(start);
  records.set(batch.records);
  return { ...batch, records };
}

Deno.test("classic pcap in microseconds borrows the batch's records; everything else is a copy", () => {
  const batch = new NumberedBatches(4).next();
  const encode = (
    format: CaptureFormat,
    precision: "microseconds" | "nanoseconds",
  ) =>
    makeCaptureEncoder(format, { precision })
      .encode(batch, { sensor: "gw" }).bytes.buffer;
  assert.equal(encode("pcap", "microseconds"), batch.records.buffer);
  assert.notEqual(encode("pcap", "nanoseconds"), batch.records.buffer);
  assert.notEqual(encode("pcapng", "microseconds"), batch.records.buffer);
  assert.notEqual(encode("nflog", "microseconds"), batch.records.buffer);
});

Deno.test("memory of copies is used again once they are released, and not before", () => {
  for (const format of ["pcapng", "nflog"] as const) {
    const encoder = makeCaptureEncoder(format);
    const data = new Uint8Array(30_000);
    const builder = new BatchBuilder(new Uint8Array(70_000));
    const packet = { seconds: 1, nanoseconds: 0, originalLength: 30_000, data };
    builder.add(packet, plainContext(5, "kernel"));
    const encode = () => encoder.encode(builder.build(), { sensor: "gw" });
    const first = encode();
    const second = encode();
    assert.notEqual(first.bytes.buffer, second.bytes.buffer);
    first.release(0);
    assert.equal(encode().bytes.buffer, first.bytes.buffer);
    second.release(1);
  }
});

Deno.test("a stream that was cut in the middle of a packet is told from a whole one", () => {
  const encoder = makeCaptureEncoder("pcapng");
  encoder.begin();
  const chunk = encoder.encode(new NumberedBatches(9).next(), { sensor: "g" });
  const before = encoder.before(chunk) ?? new Uint8Array(0);
  const parser = new CaptureParser();
  parser.push(encoder.begin());
  parser.push(before);
  parser.push(chunk.bytes.subarray(0, chunk.bytes.length - 1));
  while (parser.next() !== undefined);
  assert.throws(() => parser.end(), PcapError);
});
