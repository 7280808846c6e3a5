import { BatchBuilder } from "../batch_builder.ts";
import type { WindowReader } from "../history/window_reader.ts";
import { FILE_HEADER, MAX_SNAPLEN, RECORD } from "../pcap/constants.ts";
import { FrameError } from "../wire/frame_error.ts";
import { MessageDecoder } from "../wire/message_decoder.ts";
import type { AnswerPiece, AnswerPlan, AnswerSummary } from "./answer_piece.ts";
import { PacketSelector, type Quota } from "./answer_selector.ts";
import { SensorReader } from "./answer_sensor.ts";
import { type CaptureEncoder, makeCaptureEncoder } from "./capture_encoder.ts";
import type { Chunk } from "./chunk.ts";

/** What an answer is told. */
export interface AnswerOptions {
  /** The time in milliseconds, of a clock that nobody sets. */
  monotonic: () => number;
  /** Whether records that lie in the window as they are wanted are lent, in place of copied. @default {false} */
  lends?: boolean;
}

/** Packets are gathered into so many bytes. */
const PIECE_SIZE = 1024 * 1024;
const WORKING: AnswerPiece = { kind: "working" };

/**
 * The answer to a query: a capture file, made piece by piece from a window, in as little time as the caller has.
 *
 * The packets are those that were in the window when the reader was made, in the order in which they arrived.
 */
export class Answer implements Disposable {
  readonly #reader: WindowReader;
  readonly #plan: AnswerPlan;
  readonly #options: AnswerOptions;
  readonly #decoder = new MessageDecoder();
  readonly #sensors = new SensorReader();
  readonly #selector: PacketSelector;
  readonly #builder = new BatchBuilder(new Uint8Array(PIECE_SIZE));
  readonly #encoder: CaptureEncoder;
  readonly #quota: Quota;
  readonly #summary: AnswerSummary = { packets: 0, bytes: 0, limited: false };
  /** Whether it is told which sensor packets are from, and what else is known of them. */
  readonly #hasContexts: boolean;
  /** Where the packets in the builder are from; empty where that is not told. */
  #sensor = "";
  #chunk: Chunk | undefined;
  #step: "begin" | "go" | "finish" | "end" = "begin";
  /** The present message was not looked at yet. */
  #isFresh = false;

  /**
   * Begins an answer.
   *
   * @param reader What it is made from; the answer's from here on.
   * @param plan Which packets, and how; its filter is the answer's from here on.
   * @param options What else it is told.
   */
  constructor(reader: WindowReader, plan: AnswerPlan, options: AnswerOptions) {
    this.#reader = reader;
    this.#plan = plan;
    this.#options = options;
    const { format, maxPackets, maxBytes } = plan;
    this.#hasContexts = format === "pcapng" || format === "nflog";
    this.#selector = new PacketSelector(plan, {
      contexts: this.#hasContexts,
      nanoseconds: format !== "pcap",
      monotonic: options.monotonic,
    });
    this.#encoder = format === "pcap-ns"
      ? makeCaptureEncoder("pcap", { precision: "nanoseconds" })
      : makeCaptureEncoder(format);
    const bytes = maxBytes - FILE_HEADER.SIZE;
    this.#quota = { packets: maxPackets, bytes };
  }

  /** Bytes of the window that are to be gone through. */
  get total(): number {
    return this.#reader.total;
  }

  /** How many of these were gone through. */
  get done(): number {
    return this.#reader.done;
  }

  /** What it holds so far. */
  get summary(): AnswerSummary {
    return { ...this.#summary };
  }

  /**
   * Makes the next piece.
   *
   * @param deadline When to stop, by the clock; it may take a little longer.
   * @returns The piece.
   * @throws {Error} If the window has gone on so far that it does not keep any more what is still to be read.
   */
  next(deadline: number): AnswerPiece {
    this.#chunk?.release(0);
    this.#chunk = undefined;
    if (this.#reader.isLeftBehind) {
      throw new Error(
        "Cannot finish the answer: it was read so slowly that its packets have left the window",
      );
    }
    switch (this.#step) {
      case "begin":
        this.#step = "go";
        return this.#bytes(this.#encoder.begin());
      case "go":
        return this.#go(deadline);
      case "finish": {
        this.#step = "end";
        const bytes = this.#encoder.finish([]);
        if (bytes.byteLength > 0) return this.#bytes(bytes);
        return this.next(deadline);
      }
      case "end":
        return { kind: "end", summary: this.summary };
    }
  }

  /** Ends it, complete or not. Doing so twice is fine. */
  [Symbol.dispose](): void {
    this.#selector.drop();
    this.#reader[Symbol.dispose]();
    this.#plan.filter?.[Symbol.dispose]();
  }

  #go(deadline: number): AnswerPiece {
    for (;;) {
      const piece = this.#selector.isActive
        ? this.#select(deadline)
        : this.#nextMessage();
      if (piece !== undefined) return piece;
      if (this.#step === "finish") return this.#flush() ?? this.next(deadline);
      if (this.#options.monotonic() >= deadline) return WORKING;
    }
  }

  #select(deadline: number): AnswerPiece | undefined {
    const builder = this.#builder;
    switch (this.#selector.select(builder, this.#quota, deadline)) {
      case "limit":
        this.#summary.limited = true;
        this.#selector.drop();
        this.#step = "finish";
        return undefined;
      case "late":
        return WORKING;
      case "full":
        return this.#flush();
      case "done": {
        const room = builder.limit - builder.end;
        const isFull = room < RECORD.SIZE + MAX_SNAPLEN || builder.isCrowded;
        return isFull ? this.#flush() : undefined;
      }
    }
  }

  #nextMessage(): AnswerPiece | undefined {
    const reader = this.#reader;
    const plan = this.#plan;
    if (!this.#isFresh && !reader.next(plan.since, plan.until)) {
      this.#step = "finish";
      return undefined;
    }
    this.#isFresh = true;
    const sensor = this.#hasContexts || plan.sensor !== undefined
      ? this.#sensors.sensorOf(reader)
      : "";
    if (plan.sensor !== undefined && sensor !== plan.sensor) {
      this.#isFresh = false;
      return undefined;
    }
    const isTimed = reader.first < plan.since || reader.last > plan.until;
    const lends = !isTimed && this.#canLend;
    if (this.#builder.packets > 0 && (lends || sensor !== this.#sensor)) {
      return this.#flush();
    }
    this.#isFresh = false;
    this.#sensor = sensor;
    if (lends) return this.#lend();
    this.#load(isTimed);
    return undefined;
  }

  /** Whether the records of the present message are wanted as they are, all of them. */
  get #canLend(): boolean {
    const { packets, recordsSize, recordsOffset } = this.#reader;
    const { format, filter, group, prefix } = this.#plan;
    return this.#options.lends === true && recordsOffset > 0 &&
      format === "pcap" && filter === undefined && group === undefined &&
      prefix === undefined && packets <= this.#quota.packets &&
      recordsSize <= this.#quota.bytes;
  }

  #lend(): AnswerPiece {
    const { packets, recordsSize } = this.#reader;
    this.#quota.packets -= packets;
    this.#quota.bytes -= recordsSize;
    this.#summary.packets += packets;
    this.#summary.bytes += recordsSize;
    return { kind: "loan", loan: this.#reader.lendRecords() };
  }

  #load(isTimed: boolean): void {
    try {
      const { batch } = this.#decoder.decode(this.#reader.message());
      this.#selector.load(batch, isTimed);
    } catch (error) {
      // It was read before it came into the window; only want of memory could make a difference.
      if (!(error instanceof FrameError)) throw error;
    }
  }

  /** Gives what was gathered; undefined when that is nothing. */
  #flush(): AnswerPiece | undefined {
    const builder = this.#builder;
    if (builder.packets === 0) return undefined;
    const batch = builder.build();
    const chunk = this.#encoder.encode(batch, { sensor: this.#sensor });
    const before = this.#encoder.before(chunk);
    this.#chunk = chunk;
    this.#summary.packets += batch.packets;
    builder.reset();
    return before === undefined
      ? this.#bytes(chunk.bytes)
      : this.#bytes(before, chunk.bytes);
  }

  #bytes(...parts: Uint8Array[]): AnswerPiece {
    for (const { byteLength } of parts) this.#summary.bytes += byteLength;
    return { kind: "bytes", parts };
  }
}
