import { RUN } from "../packet.ts";
import { RECORD } from "../pcap/constants.ts";
import type { BatchManifest } from "./batch_sender.ts";

/** Goes through the packets of a batch, and can stop between two. */
export class RecordCursor {
  /** The records. */
  readonly view: DataView;
  readonly #batch: BatchManifest;
  #offset = 0;
  #run = 0;
  /** Packets of the run that are left. */
  #left: number;

  /**
   * Begins at the first packet.
   *
   * @param records The records of a batch; borrowed.
   * @param batch Which packets they are; borrowed.
   */
  constructor(records: Uint8Array, batch: BatchManifest) {
    const { buffer, byteOffset, byteLength } = records;
    this.view = new DataView(buffer, byteOffset, byteLength);
    this.#batch = batch;
    this.#left = batch.runs[RUN.PACKETS] ?? 0;
  }

  /** Whether all packets were gone through. */
  get isAtEnd(): boolean {
    return this.#run >= this.#batch.runs.length;
  }

  /** Where the packet's record begins in {@linkcode view}. */
  get offset(): number {
    return this.#offset;
  }

  /** NFLOG group of the packet. */
  get group(): number {
    const { runs, contexts } = this.#batch;
    return contexts[runs[this.#run + RUN.CONTEXT] ?? 0]?.group ?? 0;
  }

  /** Goes on to the next packet. */
  next(): void {
    this.#offset += RECORD.SIZE +
      this.view.getUint32(this.#offset + RECORD.CAPTURED, true);
    if (--this.#left > 0) return;
    this.#run += RUN.WORDS;
    this.#left = this.#batch.runs[this.#run + RUN.PACKETS] ?? 0;
  }

  /**
   * Copies the batch, which may then go.
   *
   * @returns A cursor at the same packet; it borrows nothing.
   */
  copy(): RecordCursor {
    const { buffer, byteOffset, byteLength } = this.view;
    const records = new Uint8Array(buffer, byteOffset, byteLength).slice();
    const { packets, runs, contexts } = this.#batch;
    const batch = { packets, runs: runs.slice(), contexts };
    const cursor = new RecordCursor(records, batch);
    cursor.#offset = this.#offset;
    cursor.#run = this.#run;
    cursor.#left = this.#left;
    return cursor;
  }
}
