// Batches of packets of made-up connections, for the tests of rate control: numbered, and with real IP headers.
import { type BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import type { PacketBatch } from "../../lib/packet.ts";
import { decodeRecord } from "../../lib/pcap/record.ts";
import { makeFrameBuilder } from "../../lib/roles/builder_pool.ts";
import { makeRandom } from "../pcap/packets.ts";

const CONTEXTS = [plainContext(5, "kernel"), plainContext(6, "kernel")];
const HEADERS = 28;

/** Makes UDP packets of so many connections; each carries its number, and words that repeat. */
export class Traffic {
  readonly #random = makeRandom(77);
  readonly #flows: number;
  #next = 0;

  constructor({ flows = 50 }: { flows?: number } = {}) {
    this.#flows = flows;
  }

  /** Packets made so far. */
  get packets(): number {
    return this.#next;
  }

  /** A packet of 60 to 1200 bytes. */
  packet(): Uint8Array {
    const number = this.#next++;
    const data = new Uint8Array(60 + this.#random(1140));
    const view = new DataView(data.buffer);
    const flow = this.#random(this.#flows);
    const back = this.#random(2) === 0;
    const ends = [0x0a000000 + flow, 0xc0000201];
    const ports = [1024 + flow, 53];
    if (back) [ends, ports].forEach((pair) => pair.reverse());
    view.setUint8(0, 0x45);
    view.setUint16(2, data.length);
    view.setUint8(9, 17);
    view.setUint32(12, ends[0] ?? 0);
    view.setUint32(16, ends[1] ?? 0);
    view.setUint16(20, ports[0] ?? 0);
    view.setUint16(22, ports[1] ?? 0);
    view.setUint32(HEADERS, number);
    for (let at = HEADERS + 4; at < data.length; at++) {
      data[at] = at % 16 < 8 ? 65 + at % 26 : this.#random(256);
    }
    return data;
  }

  /** A builder with so many packets, of two groups. */
  builder(packets: number): BatchBuilder {
    const builder = makeFrameBuilder();
    for (let index = 0; index < packets; index++) {
      const data = this.packet();
      const packet = {
        seconds: 1_700_000_000,
        nanoseconds: this.#next * 1000,
        originalLength: data.length,
        data,
      };
      const context = CONTEXTS[this.#random(8) === 0 ? 1 : 0];
      if (context === undefined || !builder.add(packet, context)) {
        throw new Error("no room");
      }
    }
    return builder;
  }
}

/** The packets of some batches: their numbers, in order. */
export function numbersOf(batches: readonly PacketBatch[]): number[] {
  return packetsOf(batches).map(({ number }) => number);
}

/** The connection of each packet, the same in both directions, and its number. */
export function packetsOf(
  batches: readonly PacketBatch[],
): { number: number; flow: number }[] {
  return batches.flatMap(({ records }) => {
    const view = new DataView(
      records.buffer,
      records.byteOffset,
      records.byteLength,
    );
    const packets = [];
    for (let at = 0; at < records.byteLength;) {
      const { data, nextOffset } = decodeRecord(view, at);
      const own = new DataView(data.buffer, data.byteOffset, data.byteLength);
      const flow = Math.max(own.getUint16(20), own.getUint16(22)) - 1024;
      packets.push({ number: own.getUint32(HEADERS), flow });
      at = nextOffset;
    }
    return packets;
  });
}
