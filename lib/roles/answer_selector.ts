import type { BatchBuilder } from "../batch_builder.ts";
import { type PacketBatch, type PacketContext, RUN } from "../packet.ts";
import { RECORD } from "../pcap/constants.ts";
import { recordTime } from "../pcap/time_span.ts";
import type { TimeRange } from "./query_time.ts";

/** Chooses packets by their bytes: a compiled expression of pcap-filter(7). */
export interface ByteFilter extends Disposable {
  /** Says where the next packets are. */
  use(memory: Uint8Array<ArrayBuffer>): void;
  /** Tells whether a packet matches: its offset there, its captured and its original length. */
  matches(offset: number, captured: number, original: number): boolean;
}

/** Which packets of a message are chosen. */
export interface Selection extends TimeRange {
  /** Chooses by bytes. */
  readonly filter: ByteFilter | undefined;
  /** The NFLOG group. */
  readonly group: number | undefined;
  /** The log prefix. */
  readonly prefix: string | undefined;
}

/** What may still be chosen. */
export interface Quota {
  /** Packets. */
  packets: number;
  /** Bytes of records. */
  bytes: number;
}

/** What goes into a batch besides the records. */
export interface SelectorOptions {
  /** Whether the contexts of the packets are wanted. */
  contexts: boolean;
  /** Whether what their times have below a microsecond is. */
  nanoseconds: boolean;
  /** The time in milliseconds, of a clock that nobody sets. */
  monotonic: () => number;
}

/** Why choosing ended: nothing is left; the builder is full; the quota is used up; the time is over. */
export type SelectOutcome = "done" | "full" | "limit" | "late";

/** The clock is asked after so many packets, less one: a power of two, less one. */
const CLOCK_MASK = 63;

/** Chooses packets of one batch after the other and copies them, neighbours in one go. It can stop anywhere, and go on. */
export class PacketSelector {
  readonly #selection: Selection;
  readonly #options: SelectorOptions;
  #batch: PacketBatch | undefined;
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Whether the times of the present batch must be looked at. */
  #timed = false;
  /** Where the next packet's record begins, and which packet it is. */
  #at = 0;
  #packet = 0;
  /** Where the chosen packets begin that are not copied yet, and the first of them. */
  #start = 0;
  #first = 0;
  /** The run of the next packet, its context, packets left in it, and whether any of it can be chosen. */
  #run = 0;
  #context: PacketContext | undefined;
  #left = 0;
  #wanted = false;
  /** Packets that the kernel lost before the next one that is chosen of the run. */
  #lost = 0;

  /**
   * Prepares to choose.
   *
   * @param selection Which packets.
   * @param options What is wanted of them.
   */
  constructor(selection: Selection, options: SelectorOptions) {
    this.#selection = selection;
    this.#options = options;
  }

  /** Whether a batch has packets that were not looked at. */
  get isActive(): boolean {
    return this.#batch !== undefined;
  }

  /**
   * Begins with the next batch.
   *
   * @param batch The batch, borrowed until all of its packets were looked at.
   * @param isTimed Whether some of its packets may be of other times.
   */
  load(batch: PacketBatch, isTimed: boolean): void {
    const { buffer, byteOffset, byteLength } = batch.records;
    this.#batch = batch;
    this.#view = new DataView(buffer, byteOffset, byteLength);
    this.#timed = isTimed;
    this.#at =
      this.#packet =
      this.#start =
      this.#first =
        0;
    this.#run = -RUN.WORDS;
    this.#left = 0;
    // What is filtered is never shared memory: it was received or unpacked here.
    this.#selection.filter?.use(batch.records as Uint8Array<ArrayBuffer>);
  }

  /** Lets go of the batch. */
  drop(): void {
    this.#batch = undefined;
  }

  /**
   * Copies chosen packets of the present batch.
   *
   * @param target Where to.
   * @param quota How many; it goes down.
   * @param deadline When to stop, by the clock.
   * @returns Why it ended.
   */
  select(target: BatchBuilder, quota: Quota, deadline: number): SelectOutcome {
    const { monotonic } = this.#options;
    for (;;) {
      if (this.#left === 0) {
        this.#copy(target);
        if (this.#options.contexts && target.isCrowded) return "full";
        if (!this.#nextRun()) return "done";
      }
      const size = RECORD.SIZE +
        this.#view.getUint32(this.#at + RECORD.CAPTURED, true);
      if (!this.#wanted || !this.#matches(size - RECORD.SIZE)) {
        this.#copy(target);
        this.#pass(size);
        this.#start = this.#at;
        this.#first = this.#packet;
      } else {
        if (target.end + this.#at - this.#start + size > target.limit) {
          this.#copy(target);
          return "full";
        }
        if (quota.packets < 1 || quota.bytes < size) {
          this.#copy(target);
          return "limit";
        }
        quota.packets--;
        quota.bytes -= size;
        this.#pass(size);
      }
      if ((this.#packet & CLOCK_MASK) === 0 && monotonic() >= deadline) {
        this.#copy(target);
        return "late";
      }
    }
  }

  #pass(size: number): void {
    this.#at += size;
    this.#packet++;
    this.#left--;
  }

  #matches(captured: number): boolean {
    const { since, until, filter } = this.#selection;
    if (this.#timed) {
      const time = recordTime(this.#view, this.#at);
      if (time < since || time > until) return false;
    }
    if (filter === undefined) return true;
    const original = this.#view.getUint32(this.#at + RECORD.ORIGINAL, true);
    return filter.matches(this.#at + RECORD.SIZE, captured, original);
  }

  #nextRun(): boolean {
    const { runs, contexts } = this.#batch ?? { runs: [], contexts: [] };
    this.#run += RUN.WORDS;
    if (this.#run >= runs.length) {
      this.drop();
      return false;
    }
    this.#left = runs[this.#run + RUN.PACKETS] ?? 0;
    this.#lost = runs[this.#run + RUN.LOST_BEFORE] ?? 0;
    const context = contexts[runs[this.#run + RUN.CONTEXT] ?? 0];
    this.#context = context;
    const { group, prefix } = this.#selection;
    this.#wanted = (group === undefined || context?.group === group) &&
      (prefix === undefined || context?.prefix === prefix);
    return true;
  }

  /** Copies the packets that were chosen and not copied yet; all of them are of one run. */
  #copy(target: BatchBuilder): void {
    const batch = this.#batch;
    const count = this.#packet - this.#first;
    if (batch === undefined || count === 0) return;
    target.bytes.set(batch.records.subarray(this.#start, this.#at), target.end);
    const { nanoseconds } = batch;
    if (this.#options.nanoseconds && nanoseconds !== undefined) {
      for (let index = 0; index < count; index++) {
        const rest = nanoseconds[this.#first + index] ?? 0;
        if (rest !== 0) target.setNanoseconds(target.packets + index, rest);
      }
    }
    if (this.#options.contexts && this.#context !== undefined) {
      target.addRun(this.#context, count, this.#lost);
      this.#lost = 0;
    }
    target.end += this.#at - this.#start;
    target.packets += count;
    this.#start = this.#at;
    this.#first = this.#packet;
  }
}
