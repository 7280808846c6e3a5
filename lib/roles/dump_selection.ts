import type { PacketBatch } from "../packet.ts";
import { RECORD } from "../pcap/constants.ts";
import { cutRecords } from "../pcap/cut_records.ts";
import { appendBatch } from "../rate/append_batch.ts";
import { BatchBuilder } from "../batch_builder.ts";
import { sliceBatch } from "../slice_batch.ts";

/** A filter as a dump uses it: the part of libpcap's that tests stand in for. */
export interface DumpFilter {
  /** Says where the next packets are; borrowed until the next call. */
  use(memory: Uint8Array<ArrayBuffer>): void;
  /** Tells whether the packet at an offset there matches. */
  matches(offset: number, captured: number, original: number): boolean;
}

/** Which packets are dumped, and how much of them. */
export interface SelectionOptions {
  /** Packets after which there are enough; undefined for no end. */
  maxPackets: number | undefined;
  /** Bytes kept of each packet, 1 or more. */
  snaplen: number;
  /** Matches the packets that are wanted; undefined when all are. */
  filter: DumpFilter | undefined;
}

/** What was selected so far, in packets. */
export interface SelectionCounters {
  /** Packets that the filter did not match. */
  filtered: number;
  /** Packets that came in the same batch behind the last one wanted. */
  surplus: number;
  /** Packets that were selected. */
  dumped: number;
}

/** Selects packets: captured = filtered + surplus + dumped. */
export class DumpSelection {
  readonly #options: SelectionOptions;
  readonly #counters: SelectionCounters = {
    filtered: 0,
    surplus: 0,
    dumped: 0,
  };

  /**
   * Prepares to select.
   *
   * @param options What.
   */
  constructor(options: SelectionOptions) {
    this.#options = options;
  }

  /** What was selected so far; a copy. */
  get counters(): SelectionCounters {
    return { ...this.#counters };
  }

  /** Whether as many packets were selected as were asked for. */
  get isDone(): boolean {
    const { maxPackets = Infinity } = this.#options;
    return this.#counters.dumped >= maxPackets;
  }

  /**
   * Selects packets of a batch.
   *
   * @param batch The batch; its records must be right (see `validateRecords`).
   * @returns A batch of those that are wanted, maybe of none: the one given, a part of it, or a copy.
   */
  select(batch: PacketBatch): PacketBatch {
    const { maxPackets = Infinity } = this.#options;
    const counters = this.#counters;
    const matching = this.#filter(batch);
    counters.filtered += batch.packets - matching.packets;
    const wanted = Math.min(matching.packets, maxPackets - counters.dumped);
    counters.surplus += matching.packets - wanted;
    counters.dumped += wanted;
    return sliceBatch(matching, 0, wanted);
  }

  /**
   * Cuts packets to the length that is kept of them.
   *
   * @param batch The batch.
   * @returns The batch itself where no packet is longer, else a copy.
   */
  cut(batch: PacketBatch): PacketBatch {
    return cutRecords(batch, this.#options.snaplen);
  }

  #filter(batch: PacketBatch): PacketBatch {
    const { filter } = this.#options;
    if (filter === undefined || batch.packets === 0) return batch;
    const { records } = batch;
    const { buffer, byteOffset, byteLength } = records;
    const view = new DataView(buffer, byteOffset, byteLength);
    filter.use(records as Uint8Array<ArrayBuffer>);
    // A batch of many runs is crowded already: the builder takes any number when it is empty.
    const builder = new BatchBuilder(new Uint8Array(byteLength));
    appendBatch(batch, builder, (_bytes, offset, length) => {
      const header = offset - RECORD.SIZE;
      const original = view.getUint32(header + RECORD.ORIGINAL, true);
      return filter.matches(offset, length, original);
    });
    return builder.build();
  }
}
