import type { PacketBatch } from "../packet.ts";
import { completeChecksums } from "../pcap/checksums.ts";
import { segmentBatch } from "../pcap/segment.ts";
import { NO_PARTS, type PartCounts } from "./part_counts.ts";

/** What is done that the network card of the sending host would have done. */
export interface OffloadOptions {
  /** Whether checksums that were left to the card are completed. */
  fixChecksums: boolean;
  /** Bytes of a packet that TCP segments are cut to, 256 or more; undefined when they stay whole. */
  segmentSize: number | undefined;
}

/** What was done. */
export interface OffloadCounters {
  /** Packets whose checksum was completed; one that was cut as well is only counted there. */
  checksums_completed: number;
  /** Packets that were cut. */
  segmented: number;
  /** Packets that they became. */
  segments: number;
}

/** A batch as the network card would have sent it. */
export interface OffloadedBatch {
  /** The batch. */
  batch: PacketBatch;
  /** Which packets of the batch that was given were cut. */
  parts: PartCounts;
}

/** Completes checksums and cuts segments, as far as it was told to, and counts what it does. */
export class OffloadStage {
  readonly #options: OffloadOptions;
  readonly #counters: OffloadCounters = {
    checksums_completed: 0,
    segmented: 0,
    segments: 0,
  };

  /**
   * Prepares a stage.
   *
   * @param options What is to be done.
   */
  constructor(options: OffloadOptions) {
    this.#options = options;
  }

  /** What was done so far; undefined for a stage that is told to do nothing. */
  get counters(): Readonly<OffloadCounters> | undefined {
    const { fixChecksums, segmentSize } = this.#options;
    const idle = !fixChecksums && segmentSize === undefined;
    return idle ? undefined : { ...this.#counters };
  }

  /**
   * Does what is to be done to the packets of a batch.
   *
   * @param batch The batch; its records must be right (see `validateRecords`), and checksums are completed in place.
   * @returns The batch to go on with: the one that was given, unless a packet was cut.
   */
  apply(batch: PacketBatch): OffloadedBatch {
    const { fixChecksums, segmentSize } = this.#options;
    const counters = this.#counters;
    let made: OffloadedBatch = { batch, parts: NO_PARTS };
    if (segmentSize !== undefined) {
      // First, since the parts get checksums of their own.
      made = segmentBatch(batch, segmentSize);
      for (const count of made.parts.values()) {
        counters.segmented++;
        counters.segments += count;
      }
    }
    if (fixChecksums) {
      counters.checksums_completed += completeChecksums(made.batch.records);
    }
    return made;
  }
}
