import type { BatchBuilder } from "../batch_builder.ts";
import { type PacketBatch, type PacketContext, RUN } from "../packet.ts";
import { RECORD } from "../pcap/constants.ts";

/**
 * Tells whether a packet is to be kept.
 *
 * @param bytes Where the packet is.
 * @param offset Where its network layer begins.
 * @param length Its length in bytes, as captured.
 * @returns Whether it is.
 */
export type PacketFilter = (
  bytes: Uint8Array,
  offset: number,
  length: number,
) => boolean;

/**
 * Copies the packets of a batch, or some of them, behind those in a builder.
 *
 * What the kernel lost before a packet that is left out is told before the next packet of the same group in the batch.
 *
 * @param batch The packets.
 * @param builder Where they go.
 * @param keep Chooses among them. @default {undefined} All are kept.
 * @returns Whether there was room for all of them, kept or not; when not, nothing changed.
 */
export function appendBatch(
  batch: PacketBatch,
  builder: BatchBuilder,
  keep?: PacketFilter,
): boolean {
  if (!builder.hasRoomFor(batch)) return false;
  const appender = new Appender(batch, builder, keep);
  const { runs, contexts } = batch;
  for (let at = 0; at < runs.length; at += RUN.WORDS) {
    const context = contexts[runs[at + RUN.CONTEXT] ?? 0];
    if (context === undefined) continue;
    appender.lose(context.group, runs[at + RUN.LOST_BEFORE] ?? 0);
    appender.append(context, runs[at + RUN.PACKETS] ?? 0);
  }
  return true;
}

class Appender {
  readonly #batch: PacketBatch;
  readonly #builder: BatchBuilder;
  readonly #keep: PacketFilter | undefined;
  readonly #view: DataView;
  /** Packets that the kernel lost and nobody was told of yet, by group. */
  readonly #lost = new Map<number, number>();
  /** Where the next packet's record begins, and which packet it is. */
  #at = 0;
  #packet = 0;

  constructor(
    batch: PacketBatch,
    builder: BatchBuilder,
    keep: PacketFilter | undefined,
  ) {
    this.#batch = batch;
    this.#builder = builder;
    this.#keep = keep;
    const { buffer, byteOffset, byteLength } = batch.records;
    this.#view = new DataView(buffer, byteOffset, byteLength);
  }

  lose(group: number, packets: number): void {
    if (packets === 0) return;
    this.#lost.set(group, (this.#lost.get(group) ?? 0) + packets);
  }

  /** Appends the kept ones of the next so many packets, neighbours in one go. */
  append(context: PacketContext, packets: number): void {
    for (let left = packets; left > 0;) {
      left -= this.#skip(left);
      const start = this.#at;
      const first = this.#packet;
      const kept = this.#pass(left);
      if (kept > 0) this.#copy(context, { start, first, kept });
      left -= kept;
    }
  }

  /** Passes over packets that are left out, so many at most; tells how many. */
  #skip(most: number): number {
    let count = 0;
    if (this.#keep === undefined) return count;
    for (; count < most && !this.#isKept(); count++) this.#next();
    return count;
  }

  /** Passes over packets that are kept, so many at most; tells how many. */
  #pass(most: number): number {
    let count = 0;
    for (; count < most && this.#isKept(); count++) this.#next();
    return count;
  }

  #isKept(): boolean {
    if (this.#keep === undefined) return true;
    const length = this.#view.getUint32(this.#at + RECORD.CAPTURED, true);
    return this.#keep(this.#batch.records, this.#at + RECORD.SIZE, length);
  }

  #next(): void {
    const length = this.#view.getUint32(this.#at + RECORD.CAPTURED, true);
    this.#at += RECORD.SIZE + length;
    this.#packet++;
  }

  #copy(
    context: PacketContext,
    { start, first, kept }: { start: number; first: number; kept: number },
  ): void {
    const builder = this.#builder;
    const { records, nanoseconds } = this.#batch;
    builder.bytes.set(records.subarray(start, this.#at), builder.end);
    for (let index = 0; nanoseconds !== undefined && index < kept; index++) {
      const rest = nanoseconds[first + index] ?? 0;
      if (rest !== 0) builder.setNanoseconds(builder.packets + index, rest);
    }
    builder.addRun(context, kept, this.#lost.get(context.group) ?? 0);
    this.#lost.delete(context.group);
    builder.end += this.#at - start;
    builder.packets += kept;
  }
}
