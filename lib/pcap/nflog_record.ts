import { type PacketBatch, RUN } from "../packet.ts";
import { NFLOG_TLV, NFLOG_TYPE, RECORD } from "./constants.ts";
import type { Precision } from "./file_header.ts";
import { type NflogTemplate, templateOf } from "./nflog_template.ts";

/** How to write records of link type NFLOG. */
export interface NflogEncodeOptions {
  /**
   * Unit of the fraction of a second.
   *
   * @default {"microseconds"}
   */
  precision?: Precision;
  /**
   * Gives memory of the asked size at least; it need not be zero. One that gives the same memory again makes a result valid only until the
   * next one.
   *
   * @default {(size) => new Uint8Array(size)}
   */
  allocate?: (size: number) => Uint8Array;
}

/** Largest packet that an attribute's length of 16 bits can tell; the kernel logs no more either. */
const MAX_PAYLOAD = 0xffff - NFLOG_TLV.SIZE;
/** What the attribute adds to a packet: its header and padding. */
const MAX_GROWTH = NFLOG_TLV.SIZE + 3;

/**
 * Writes the packets of a batch as the records of a classic pcap file of link type NFLOG: with the attributes of the kernel.
 *
 * An interface is an index there, which says something on the host that logged the packet only: those that are known by name are left out,
 * those called "if3" and the like keep their number. A packet of more than 65531 bytes is cut, and keeps its original length.
 *
 * @param batch The batch; its records must be right (see `validateRecords`). It is copied.
 * @param options How to write.
 * @returns Little-endian records, in memory of `allocate`: newly made unless that says otherwise.
 *
 * @example A packet of group 5
 * ```ts
 * import assert from "node:assert/strict";
 * import { BatchBuilder, plainContext } from "../batch_builder.ts";
 * import { encodeNflogRecords } from "./mod.ts";
 *
 * const builder = new BatchBuilder(new Uint8Array(1000));
 * const data = Uint8Array.of(0x45, 0, 0, 0);
 * const packet = { seconds: 1, nanoseconds: 0, originalLength: 4, data };
 * builder.add(packet, plainContext(5, "clock"));
 * const records = encodeNflogRecords(builder.build());
 * assert.deepEqual([...records.subarray(16)], [0, 0, 0, 5, 8, 0, 9, 0, 0x45, 0, 0, 0]);
 * ```
 */
export function encodeNflogRecords(
  batch: PacketBatch,
  options: NflogEncodeOptions = {},
): Uint8Array {
  const { precision = "microseconds", allocate } = options;
  const used = batch.contexts.map(templateOf);
  const size = maxSize(batch, used);
  const target = allocate === undefined ? new Uint8Array(size) : allocate(size);
  const writer = new NflogWriter(batch, target, precision === "nanoseconds");
  const { runs } = batch;
  for (let run = 0; run < runs.length; run += RUN.WORDS) {
    const template = used[runs[run + RUN.CONTEXT] ?? 0];
    if (template === undefined) {
      throw new RangeError(
        `Cannot write a batch: a run's context is ${runs[run + RUN.CONTEXT]}`,
      );
    }
    writer.writeRun(template, runs[run + RUN.PACKETS] ?? 0);
  }
  return target.subarray(0, writer.offset);
}

function maxSize(batch: PacketBatch, used: readonly NflogTemplate[]): number {
  const { runs } = batch;
  let size = batch.records.byteLength + batch.packets * MAX_GROWTH;
  for (let run = 0; run < runs.length; run += RUN.WORDS) {
    const template = used[runs[run + RUN.CONTEXT] ?? 0];
    size += (template?.bytes.length ?? 0) * (runs[run + RUN.PACKETS] ?? 0);
  }
  return size;
}

/** The loop over all packets, with what it remembers from run to run. */
class NflogWriter {
  #batch: PacketBatch;
  #source: DataView;
  #target: Uint8Array;
  #view: DataView;
  #isNano: boolean;
  #packet = 0;
  #from = 0;
  #to = 0;

  constructor(batch: PacketBatch, target: Uint8Array, isNano: boolean) {
    this.#batch = batch;
    this.#source = viewOf(batch.records);
    this.#target = target;
    this.#view = viewOf(target);
    this.#isNano = isNano;
  }

  get offset(): number {
    return this.#to;
  }

  writeRun(template: NflogTemplate, packets: number): void {
    const source = this.#source;
    const { records } = this.#batch;
    const { bytes } = template;
    const end = this.#packet + packets;
    for (; this.#packet < end; this.#packet++) {
      const from = this.#from;
      const body = this.#to + RECORD.SIZE;
      const captured = source.getUint32(from + RECORD.CAPTURED, true);
      const original = source.getUint32(from + RECORD.ORIGINAL, true);
      const length = Math.min(captured, MAX_PAYLOAD);
      this.#target.set(bytes, body);
      const data = from + RECORD.SIZE;
      const at = this.#writePayload(
        records.subarray(data, data + length),
        body + bytes.length,
      );
      this.#writeTimes(template, from);
      const size = at - body;
      this.#view.setUint32(this.#to + RECORD.CAPTURED, size, true);
      this.#view.setUint32(
        this.#to + RECORD.ORIGINAL,
        size + original - length,
        true,
      );
      this.#from = data + captured;
      this.#to = at;
    }
  }

  /** Writes the payload's attribute, none for nothing as the kernel does, and returns the offset after it. */
  #writePayload(payload: Uint8Array, at: number): number {
    const { length } = payload;
    if (length === 0) return at;
    const view = this.#view;
    view.setUint16(at + NFLOG_TLV.LENGTH, NFLOG_TLV.SIZE + length, true);
    view.setUint16(at + NFLOG_TLV.TYPE, NFLOG_TYPE.PAYLOAD, true);
    const end = at + NFLOG_TLV.SIZE + (length + 3 & ~3);
    view.setUint32(end - 4, 0, true);
    this.#target.set(payload, at + NFLOG_TLV.SIZE);
    return end;
  }

  #writeTimes(template: NflogTemplate, from: number): void {
    const view = this.#view;
    const seconds = this.#source.getUint32(from + RECORD.SECONDS, true);
    const microseconds = this.#source.getUint32(from + RECORD.FRACTION, true);
    const rest = this.#batch.nanoseconds?.[this.#packet] ?? 0;
    const fraction = this.#isNano ? microseconds * 1000 + rest : microseconds;
    view.setUint32(this.#to + RECORD.SECONDS, seconds, true);
    view.setUint32(this.#to + RECORD.FRACTION, fraction, true);
    if (template.time < 0) return;
    // Two numbers of 64 bits, whose high halves the template has as zero.
    const at = this.#to + RECORD.SIZE + template.time;
    view.setUint32(at + 4, seconds, false);
    view.setUint32(at + 12, microseconds, false);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
