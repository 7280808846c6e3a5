import { type PacketBatch, RUN } from "../packet.ts";
import { LINK_TYPE } from "../pcap/constants.ts";
import { maxPacketsSize, PacketBlockWriter } from "./enhanced_packet.ts";
import {
  type InterfaceMode,
  InterfaceTable,
  type InterfaceTemplate,
} from "./interface_table.ts";
import {
  encodeTableStatistics,
  joinBlocks,
  placeBlocks,
  sizeOf,
} from "./interface_statistics.ts";
import type { SensorLedger } from "./ledger_rows.ts";
import { encodeSectionHeader, type SectionInfo } from "./section_header.ts";
import type { PcapngTime } from "./statistics_block.ts";

/** How a {@linkcode PcapngEncoder} writes. */
export interface PcapngEncoderOptions {
  /**
   * What to tell of the writer.
   *
   * @default {{}}
   */
  section?: SectionInfo;
  /**
   * `each` makes one interface for each sensor, group and network interface, which Wireshark's programs read; `one` makes a single interface,
   * which programs built on libpcap (tcpdump, Suricata, Snort, Zeek) need, and tells sensor and group in the comments.
   *
   * @default {"each"}
   */
  interfaces?: InterfaceMode;
  /**
   * Gives memory for a chunk, of the asked size at least; it need not be zero. One that gives the same memory again makes a chunk valid only
   * until the next one is asked for.
   *
   * @default {(size) => new Uint8Array(size)}
   */
  allocate?: (size: number) => Uint8Array;
}

/**
 * Writes batches as a pcapng file: times in nanoseconds, an interface for each sensor, group and network interface, directions, losses, and
 * what the firewall knew as comments.
 *
 * Interfaces are described just before their first packet. Encode a batch when it is written, not when it is queued: a chunk that is left
 * out may be the one that describes an interface. A new file, or a new reader of a FIFO, begins with {@linkcode start}.
 *
 * @example A file of one packet
 * ```ts
 * import assert from "node:assert/strict";
 * import { BatchBuilder, plainContext } from "../batch_builder.ts";
 * import { PcapngEncoder } from "./mod.ts";
 *
 * const builder = new BatchBuilder(new Uint8Array(1000));
 * const data = Uint8Array.of(0x45, 0);
 * const packet = { seconds: 1, nanoseconds: 5, originalLength: 40, data };
 * builder.add(packet, plainContext(5, "kernel", { prefix: "web" }));
 *
 * const encoder = new PcapngEncoder();
 * const chunks = [encoder.start(), encoder.encode(builder.build(), "gw1")];
 * assert.equal(encoder.interfaceCount, 1);
 * assert(chunks.every((chunk) => chunk.length % 4 === 0));
 * ```
 */
export class PcapngEncoder {
  #section: SectionInfo;
  #mode: InterfaceMode;
  #allocate: (size: number) => Uint8Array;
  #table: InterfaceTable;

  /**
   * Prepares to write.
   *
   * @param options How to write.
   */
  constructor(options: PcapngEncoderOptions = {}) {
    this.#section = options.section ?? {};
    this.#mode = options.interfaces ?? "each";
    this.#allocate = options.allocate ?? ((size) => new Uint8Array(size));
    this.#table = new InterfaceTable(LINK_TYPE.RAW, this.#mode);
  }

  /** Interfaces described so far; programs built on libpcap refuse a file with more than one. */
  get interfaceCount(): number {
    return this.#table.entries.length;
  }

  /**
   * Begins a file: forgets all interfaces and counts.
   *
   * @returns The section header, newly made.
   */
  start(): Uint8Array {
    this.#table = new InterfaceTable(LINK_TYPE.RAW, this.#mode);
    return encodeSectionHeader(this.#section);
  }

  /**
   * Writes a batch.
   *
   * @param batch The batch; its records must be right (see `validateRecords`). It is copied.
   * @param sensor The host that it comes from; sanitized.
   * @returns The blocks, in memory of the encoder's `allocate`: newly made unless that says otherwise.
   */
  encode(batch: PacketBatch, sensor: string): Uint8Array {
    const templates = batch.contexts.map((context) =>
      this.#table.templateOf(sensor, context)
    );
    const blocks = this.#table.takeNewBlocks();
    const size = sizeOf(blocks) + maxPacketsSize(batch, templates);
    const target = this.#allocate(size);
    const at = placeBlocks(blocks, target);
    const writer = new PacketBlockWriter(batch, target, at);
    writeRuns(writer, batch, templates);
    return target.subarray(0, writer.offset);
  }

  /**
   * Ends a file: one block of statistics for each interface.
   *
   * The losses of the ledger go to the first interface of the sensor and group, less those that the interfaces told of already between their
   * packets: so the sum over all interfaces is the ledger's.
   *
   * @param ledger What became of the packets, as far as it is known.
   * @param time When this was counted; when left out, the time of the last packet.
   * @returns The blocks, newly made.
   */
  finish(ledger: readonly SensorLedger[], time?: PcapngTime): Uint8Array {
    const statistics = encodeTableStatistics(this.#table, ledger, time);
    return joinBlocks([...this.#table.takeNewBlocks(), ...statistics]);
  }
}

function writeRuns(
  writer: PacketBlockWriter,
  batch: PacketBatch,
  templates: readonly InterfaceTemplate[],
): void {
  const { runs } = batch;
  for (let run = 0; run < runs.length; run += RUN.WORDS) {
    const template = templates[runs[run + RUN.CONTEXT] ?? 0];
    const packets = runs[run + RUN.PACKETS] ?? 0;
    const lost = runs[run + RUN.LOST_BEFORE] ?? 0;
    if (template === undefined) {
      throw new RangeError(
        `Cannot write a batch: a run's context is ${runs[run + RUN.CONTEXT]}`,
      );
    }
    writer.writeRun(template, packets, lost);
    const { entry } = template;
    entry.delivered += packets;
    entry.lost += lost;
    entry.first = Math.min(entry.first, writer.firstTime);
    entry.last = Math.max(entry.last, writer.lastTime);
  }
}
