import { type PacketBatch, RUN } from "../packet.ts";
import { RECORD } from "./constants.ts";
import {
  partLength,
  type PartTarget,
  planSegments,
  type SegmentPlan,
  writePart,
} from "./segment_plan.ts";

/** A batch in which no TCP segment is too large, and how many were. */
export interface SegmentedBatch {
  /** The batch: the one that was given when nothing had to be cut, else a new one that borrows only its contexts. */
  batch: PacketBatch;
  /** Packets that were cut. */
  cut: number;
  /** Into how many parts each of them was, by its number in the batch that was given, in ascending order. */
  parts: ReadonlyMap<number, number>;
}

/** Smallest MTU that is accepted: what every IPv4 link must carry (RFC 791), and more than the largest headers of IPv4 and TCP. */
export const MIN_MTU = 256;

const NOT_CUT: ReadonlyMap<number, number> = new Map();

/**
 * Cuts TCP segments that are larger than a packet on the wire into such as were on the wire: the kernel hands them to the network card, and
 * gets them from it, in one piece of up to 64 KiB and more (GSO, GRO).
 *
 * The parts have lengths, sequence numbers, flags and both checksums of their own, as a network card makes them; where exactly it cut is
 * not known. A segment whose checksum is wrong stays as it is, as do fragments and packets that were cut short. So do large UDP datagrams:
 * whether one is several that were put together (UDP GSO), and of which size, can not be told.
 *
 * @param batch The batch; its records must be right (see `validateRecords`).
 * @param mtu Bytes of a packet with its IP header that is not too large, {@linkcode MIN_MTU} at least.
 * @returns The batch to go on with.
 * @throws {RangeError} When the MTU is too small.
 *
 * @example A batch without large packets
 * ```ts
 * import assert from "node:assert/strict";
 * import { BatchBuilder } from "../batch_builder.ts";
 * import { segmentBatch } from "./mod.ts";
 *
 * const batch = new BatchBuilder(new Uint8Array(1000)).build();
 * assert.equal(segmentBatch(batch, 1500).batch, batch);
 * ```
 */
export function segmentBatch(batch: PacketBatch, mtu: number): SegmentedBatch {
  if (!(mtu >= MIN_MTU)) {
    throw new RangeError(
      `Cannot cut packets: the MTU is ${mtu}, below ${MIN_MTU}`,
    );
  }
  const { byteLength } = batch.records;
  const plans = planBatch(batch, mtu);
  if (plans.size === 0) return { batch, cut: 0, parts: NOT_CUT };
  let size = byteLength;
  let packets = batch.packets;
  const counts = new Map<number, number>();
  for (const [packet, plan] of plans) {
    const { ipHeader, leftOut, tcpHeader, parts } = plan;
    size += (parts - 1) * (RECORD.SIZE + ipHeader - leftOut + tcpHeader);
    packets += parts - 1;
    counts.set(packet, parts);
  }
  const cutter = new Cutter(batch, new Uint8Array(size), packets);
  return { batch: cutter.cut(plans), cut: plans.size, parts: counts };
}

/** Finds the packets that are to be cut, by their number. */
function planBatch(batch: PacketBatch, mtu: number): Map<number, SegmentPlan> {
  const { records } = batch;
  const view = viewOf(records);
  const plans = new Map<number, SegmentPlan>();
  let at = 0;
  for (let packet = 0; packet < batch.packets; packet++) {
    const captured = view.getUint32(at + RECORD.CAPTURED, true);
    const start = at + RECORD.SIZE;
    if (
      captured > mtu && captured === view.getUint32(at + RECORD.ORIGINAL, true)
    ) {
      const plan = planSegments(view, { start, captured }, mtu);
      if (plan !== undefined) plans.set(packet, plan);
    }
    at = start + captured;
  }
  return plans;
}

/** Copies a batch packet by packet, some in parts. */
class Cutter {
  #batch: PacketBatch;
  #source: DataView;
  #to: PartTarget;
  #nanoseconds: Uint16Array | undefined;
  #runs: Uint32Array;
  #from = 0;
  #packet = 0;
  #written = 0;

  constructor(batch: PacketBatch, target: Uint8Array, packets: number) {
    this.#batch = batch;
    this.#source = viewOf(batch.records);
    this.#to = { source: batch.records, target, view: viewOf(target), at: 0 };
    this.#runs = batch.runs.slice();
    if (batch.nanoseconds !== undefined) {
      this.#nanoseconds = new Uint16Array(packets);
    }
  }

  cut(plans: ReadonlyMap<number, SegmentPlan>): PacketBatch {
    const runs = this.#runs;
    for (let run = 0; run < runs.length; run += RUN.WORDS) {
      const before = this.#written;
      const end = this.#packet + (runs[run + RUN.PACKETS] ?? 0);
      for (; this.#packet < end; this.#packet++) {
        this.#writePacket(plans.get(this.#packet));
      }
      runs[run + RUN.PACKETS] = this.#written - before;
    }
    return {
      packets: this.#written,
      // Padding behind a packet that was cut is gone.
      records: this.#to.target.subarray(0, this.#to.at),
      nanoseconds: this.#nanoseconds,
      runs,
      contexts: this.#batch.contexts,
    };
  }

  #writePacket(plan: SegmentPlan | undefined): void {
    const { source, target } = this.#to;
    const from = this.#from;
    const record = this.#source.getUint32(from + RECORD.CAPTURED, true);
    this.#from = from + RECORD.SIZE + record;
    if (plan === undefined) {
      target.set(source.subarray(from, this.#from), this.#to.at);
      this.#to.at += RECORD.SIZE + record;
      this.#count();
      return;
    }
    for (let part = 0; part < plan.parts; part++) {
      this.#writePart(plan, part, from);
    }
  }

  #writePart(plan: SegmentPlan, part: number, from: number): void {
    const { source, target, view, at } = this.#to;
    const length = partLength(plan, part);
    target.set(source.subarray(from, from + RECORD.SIZE), at);
    view.setUint32(at + RECORD.CAPTURED, length, true);
    view.setUint32(at + RECORD.ORIGINAL, length, true);
    this.#to.at = at + RECORD.SIZE;
    writePart(plan, part, this.#to);
    this.#to.at += length;
    this.#count();
  }

  #count(): void {
    if (this.#nanoseconds !== undefined) {
      const rest = this.#batch.nanoseconds?.[this.#packet] ?? 0;
      this.#nanoseconds[this.#written] = rest;
    }
    this.#written++;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
