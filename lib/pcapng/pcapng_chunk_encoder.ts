import { roomInPlace } from "../bytes/grow_in_place.ts";
import { type PacketBatch, RUN } from "../packet.ts";
import { LINK_TYPE } from "../pcap/constants.ts";
import { maxPacketsSize, PacketBlockWriter } from "./enhanced_packet.ts";
import { encodeTableStatistics, joinBlocks } from "./interface_statistics.ts";
import { InterfaceTable, type InterfaceTemplate } from "./interface_table.ts";
import type { SensorLedger } from "./ledger_rows.ts";
import type { PcapngEncoderOptions } from "./pcapng_encoder.ts";
import { encodeSectionHeader, type SectionInfo } from "./section_header.ts";
import type { PcapngTime } from "./statistics_block.ts";

/** Numbers that are kept of a run of packets: its interface, its packets, losses before it, the times of its first and last packet. */
const TALLY = {
  INTERFACE: 0,
  PACKETS: 1,
  LOST: 2,
  FIRST: 3,
  LAST: 4,
  SIZE: 5,
} as const;

/** Packets of one batch as blocks, which may be left out of the file, or written into any later stream, but only whole. */
export interface PcapngChunk {
  /** The blocks. */
  readonly bytes: Uint8Array;
  /** So many interfaces must have been described before them. */
  readonly interfaces: number;
  /** What {@linkcode PcapngChunkEncoder.book} adds up. */
  readonly tally: Float64Array;
}

/**
 * Writes batches as pcapng chunks for an output that may drop some of them, and begin a new stream between any two: interfaces keep their
 * numbers from stream to stream and are described apart from packets.
 *
 * @example Two streams, of which the second one gets the packet
 * ```ts
 * import assert from "node:assert/strict";
 * import { BatchBuilder, plainContext } from "../batch_builder.ts";
 * import { PcapngChunkEncoder } from "./mod.ts";
 *
 * const builder = new BatchBuilder(new Uint8Array(1000));
 * const data = Uint8Array.of(0x45, 0);
 * const packet = { seconds: 1, nanoseconds: 5, originalLength: 40, data };
 * builder.add(packet, plainContext(5, "kernel"));
 *
 * const encoder = new PcapngChunkEncoder();
 * encoder.begin();
 * const chunk = encoder.encode(builder.build(), "gw1");
 * encoder.begin();
 * assert.equal(encoder.describeFor(chunk), undefined);
 * encoder.book(chunk, 0, 1);
 * ```
 */
export class PcapngChunkEncoder {
  readonly #section: SectionInfo;
  readonly #allocate: (size: number) => Uint8Array;
  readonly #table: InterfaceTable;
  /** Interfaces that the present stream describes. */
  #described = 0;

  /**
   * Prepares to write.
   *
   * @param options How to write.
   */
  constructor(options: PcapngEncoderOptions = {}) {
    this.#section = options.section ?? {};
    this.#allocate = options.allocate ?? ((size) => new Uint8Array(size));
    this.#table = new InterfaceTable(LINK_TYPE.RAW, options.interfaces);
  }

  /** Interfaces known so far. */
  get interfaceCount(): number {
    return this.#table.entries.length;
  }

  /**
   * Begins a stream: forgets all counts.
   *
   * @returns The section header, and the descriptions of all interfaces known so far; newly made.
   */
  begin(): Uint8Array {
    for (const entry of this.#table.entries) {
      entry.delivered = 0;
      entry.lost = 0;
      entry.first = Infinity;
      entry.last = -Infinity;
    }
    return joinBlocks([
      encodeSectionHeader(this.#section),
      ...this.#describe(0, this.interfaceCount),
    ]);
  }

  /**
   * Writes the packets of a batch.
   *
   * @param batch The batch; its records must be right (see `validateRecords`). It is copied, unless there is room.
   * @param sensor The host that it comes from; sanitized.
   * @param room Bytes before the records that may be written over, and the records too. @default {-1} Neither may be.
   * @returns The blocks: where the records were if there is room for them, else in memory of the encoder's `allocate`, newly made unless that
   * says otherwise.
   */
  encode(batch: PacketBatch, sensor: string, room = -1): PcapngChunk {
    const templates = batch.contexts.map((context) =>
      this.#table.templateOf(sensor, context)
    );
    const size = maxPacketsSize(batch, templates);
    const target = roomInPlace(batch.records, room, size) ??
      this.#allocate(size);
    const writer = new PacketBlockWriter(batch, target, 0);
    const tally = writeRuns(writer, batch, templates);
    const bytes = target.subarray(0, writer.offset);
    return { bytes, interfaces: this.interfaceCount, tally };
  }

  /**
   * Describes the interfaces that a chunk needs and the present stream has not described yet; to be written before the chunk.
   *
   * @param chunk The chunk.
   * @returns The descriptions, newly made; undefined when none is missing.
   */
  describeFor(chunk: PcapngChunk): Uint8Array | undefined {
    if (chunk.interfaces <= this.#described) return undefined;
    return joinBlocks(this.#describe(this.#described, chunk.interfaces));
  }

  /**
   * Counts packets of a chunk that are in the present stream.
   *
   * @param chunk The chunk.
   * @param from Number of the first of them within the chunk.
   * @param to Number of the first one behind them.
   */
  book(chunk: PcapngChunk, from: number, to: number): void {
    const { tally } = chunk;
    let first = 0;
    for (let at = 0; at < tally.length; at += TALLY.SIZE) {
      const end = first + (tally[at + TALLY.PACKETS] ?? 0);
      const packets = Math.min(end, to) - Math.max(first, from);
      const entry = this.#table.entries[tally[at + TALLY.INTERFACE] ?? 0];
      if (packets > 0 && entry !== undefined) {
        entry.delivered += packets;
        if (from <= first) entry.lost += tally[at + TALLY.LOST] ?? 0;
        entry.first = Math.min(entry.first, tally[at + TALLY.FIRST] ?? 0);
        entry.last = Math.max(entry.last, tally[at + TALLY.LAST] ?? 0);
      }
      first = end;
    }
  }

  /**
   * Ends a stream: one block of statistics for each interface; see {@linkcode PcapngEncoder.finish}.
   *
   * @param ledger What became of the packets, as far as it is known.
   * @param time When this was counted; when left out, the time of the last packet.
   * @returns The blocks, newly made.
   */
  finish(ledger: readonly SensorLedger[], time?: PcapngTime): Uint8Array {
    const statistics = encodeTableStatistics(this.#table, ledger, time);
    const missing = this.#describe(this.#described, this.interfaceCount);
    return joinBlocks([...missing, ...statistics]);
  }

  #describe(from: number, to: number): Uint8Array[] {
    this.#described = to;
    return this.#table.entries.slice(from, to).map(({ block }) => block);
  }
}

function writeRuns(
  writer: PacketBlockWriter,
  batch: PacketBatch,
  templates: readonly InterfaceTemplate[],
): Float64Array {
  const { runs } = batch;
  const tally = new Float64Array(runs.length / RUN.WORDS * TALLY.SIZE);
  let at = 0;
  for (let run = 0; run < runs.length; run += RUN.WORDS, at += TALLY.SIZE) {
    const template = templates[runs[run + RUN.CONTEXT] ?? 0];
    const packets = runs[run + RUN.PACKETS] ?? 0;
    const lost = runs[run + RUN.LOST_BEFORE] ?? 0;
    if (template === undefined) {
      throw new RangeError(
        `Cannot write a batch: a run's context is ${runs[run + RUN.CONTEXT]}`,
      );
    }
    writer.writeRun(template, packets, lost);
    tally[at + TALLY.INTERFACE] = template.entry.id;
    tally[at + TALLY.PACKETS] = packets;
    tally[at + TALLY.LOST] = lost;
    tally[at + TALLY.FIRST] = writer.firstTime;
    tally[at + TALLY.LAST] = writer.lastTime;
  }
  return tally;
}
