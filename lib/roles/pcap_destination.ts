import type {
  OpenedOutput,
  Output,
  OutputState,
  WriteResult,
} from "../libc/output.ts";
import { Backlog, type BacklogCounters } from "./backlog.ts";
import type { Chunk } from "./chunk.ts";
import {
  DestinationLog,
  type DestinationLogOptions,
} from "./destination_log.ts";
import { PipeLook } from "./pipe_look.ts";
import { StreamFront, type StreamFrontOptions } from "./stream_front.ts";

/** How a {@linkcode PcapDestination} writes. */
export interface PcapDestinationOptions
  extends StreamFrontOptions, DestinationLogOptions {
  /**
   * Bytes that may wait while nobody reads or the reader is slow; what is too much is dropped, oldest first. Each chunk counts 512 bytes
   * besides its own.
   *
   * @default {67108864}
   */
  outputBuffer?: number;
  /** Milliseconds for which disposing waits for what is in hand. @default {5000} */
  flushBound?: number;
}

/** What a {@linkcode PcapDestination} counts. */
export interface DestinationCounters extends BacklogCounters {
  /** Streams begun: readers that were given a header, or 1 for a file. */
  readers: number;
  /** Bytes that were written into the FIFO and thrown away, as their reader left; the packets in them are written again for the next one. */
  unread_bytes: number;
}

/**
 * Bytes that come while a pipe is full, after which it is tried again without waiting to be told of room. Being told takes a turn of the event loop, in
 * which more may come than a pipe holds: at 1400-byte packets the queue then grew to its limit beside a reader that was fast enough. Trying more often
 * costs CPU time, as a write waits for a reader who is reading (docs/performance.md).
 */
const TRY_AGAIN_AFTER = 1024 * 1024;

/** Bytes written in one turn of the event loop, so that a full queue and a fast reader leave time for others. */
const TURN_SIZE = 16 * 1024 * 1024;

/**
 * Writes chunks of packets to a FIFO, a file or standard output, without ever blocking the event loop.
 *
 * Every packet that is offered is written, dropped or queued: offered = written + stalled_dropped + queued, at any time.
 */
export class PcapDestination implements AsyncDisposable {
  /** Resolved when nothing can ever be written again: the reader of standard output has gone. */
  readonly closed: Promise<void>;
  readonly #output: Output;
  readonly #front: StreamFront;
  readonly #flushBound: number;
  readonly #log: DestinationLog;
  readonly #backlog: Backlog;
  readonly #look = new PipeLook(() => this.#backlog.settle());
  #readers = 0;
  #unreadBytes = 0;
  /** The output took less than it was given, and will call. */
  #blocked = false;
  /** Bytes that were queued since the output was last tried. */
  #untried = 0;
  /** The output is writing on another thread what is next. */
  #busy = false;
  #turn: ReturnType<typeof setTimeout> | undefined;
  #flushing: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Begins writing to an output.
   *
   * @param opened The output; it is closed with the destination.
   * @param options How to write.
   */
  constructor(opened: OpenedOutput, options: PcapDestinationOptions) {
    const { output, name, remark } = opened;
    const { outputBuffer = 64 * 1024 * 1024 } = options;
    this.#output = output;
    this.#front = new StreamFront(options);
    this.#backlog = new Backlog(outputBuffer, () => output.pipe);
    this.#flushBound = options.flushBound ?? 5000;
    this.#log = new DestinationLog(options, name);
    this.closed = output.closed;
    this.#log.opened(output.state, remark);
    output.start({
      onCut: (unread) => this.#cut(unread),
      onRoom: () => this.pump(),
      onTaken: (bytes) => this.#taken(bytes),
      onFault: (error) => this.#log.fault(error),
    });
    this.pump();
  }

  /** What was counted so far; a copy. */
  get counters(): DestinationCounters {
    this.#backlog.settle();
    return {
      ...this.#backlog.counters,
      readers: this.#readers,
      unread_bytes: this.#unreadBytes,
    };
  }

  /** Bytes that may wait. */
  get limit(): number {
    return this.#backlog.limit;
  }

  /** Bytes that wait for somebody who reads; 0 while there is nobody. */
  get waiting(): number {
    return this.state === "waiting for a reader" ? 0 : this.#backlog.bytes;
  }

  /** How it stands with the output. */
  get state(): OutputState {
    return this.#output.state;
  }

  /**
   * Takes a chunk over and writes it, now or later, or drops it. Never waits.
   *
   * @param chunk The chunk; it is released exactly once.
   */
  offer(chunk: Chunk): void {
    const size = chunk.bytes.length;
    if (this.#output.pipe !== undefined) this.#look.start();
    if (this.#closing !== undefined) return this.#backlog.refuse(chunk);
    if (size === 0) return this.#backlog.pass(chunk);
    // Blocked until the header is written and nothing waits.
    if (this.#blocked || this.#front.prepare(chunk)) return this.#queue(chunk);
    const taken = this.#output.write(chunk.bytes);
    if (taken === size) this.#backlog.pass(chunk);
    else this.#enqueue(chunk, taken);
  }

  /**
   * Waits until everything is written.
   *
   * @param bound Milliseconds to wait at most.
   * @returns Whether it is. It gives up early while nobody reads and when the output is closed.
   */
  async flush(bound: number): Promise<boolean> {
    if (!this.#settled) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, bound);
        this.#flushing = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#flushing = undefined;
    }
    return this.#backlog.empty;
  }

  /**
   * Closes the output; what was not written counts as dropped. A write to a file that is in progress is waited for. Closing twice is
   * fine.
   */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  /** Finishes what is in hand, within the bound, then closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing === undefined) await this.flush(this.#flushBound);
    await this.close();
  }

  async #finish(): Promise<void> {
    clearTimeout(this.#turn);
    this.#look.stop();
    await this.#output.close(() =>
      this.#backlog.rewind() + this.#front.written
    );
    this.#backlog.end();
    this.#flushing?.();
  }

  /** Whether nothing more can be written, or only after somebody comes to read. */
  get #settled(): boolean {
    if (this.#backlog.empty && !this.#busy) return true;
    const { state } = this.#output;
    return state === "closed" || state === "waiting for a reader";
  }

  #queue(chunk: Chunk): void {
    this.#backlog.push(chunk, 0);
    this.#untried += chunk.bytes.length;
    if (!this.#blocked || this.#untried >= TRY_AGAIN_AFTER) this.pump();
    this.#trim();
  }

  #enqueue(chunk: Chunk, taken: WriteResult): void {
    this.#backlog.push(chunk, typeof taken === "number" ? taken : 0);
    if (taken === "cut") this.pump();
    else if (!this.#blocked) this.#block(taken);
    this.#trim();
  }

  #trim(): void {
    const pinned = this.#busy && this.#front.empty;
    const dropped = this.#backlog.trim(pinned ? "pinned" : "free");
    if (dropped > 0) this.#log.dropped(this.state, this.#backlog.limit);
    this.#settle();
  }

  /** Writes what there is, until the output takes no more. It does so by itself whenever it is told of room. */
  pump(): void {
    if (this.#busy || this.#closing !== undefined) return;
    clearTimeout(this.#turn);
    this.#untried = 0;
    if (this.#output.pipe !== undefined) this.#look.start();
    let left = TURN_SIZE;
    for (;;) {
      const bytes = this.#next;
      if (bytes === undefined) break;
      if (left <= 0) return this.#continueLater();
      const taken = this.#output.write(bytes);
      if (taken === "cut") continue;
      if (taken === "busy") return this.#block(taken);
      this.#advance(taken);
      if (taken < bytes.length) return this.#block(taken);
      left -= taken;
    }
    this.#blocked = false;
    this.#flushing?.();
  }

  /** What is to be written next. */
  get #next(): Uint8Array | undefined {
    const { fresh } = this.#backlog;
    if (this.#front.empty && fresh !== undefined) this.#front.prepare(fresh);
    return this.#front.empty ? this.#backlog.next : this.#front.rest;
  }

  #continueLater(): void {
    this.#blocked = true;
    this.#turn = setTimeout(() => this.pump(), 0);
  }

  #block(taken: WriteResult): void {
    this.#blocked = true;
    this.#busy = taken === "busy";
    this.#settle();
  }

  /** Ends the wait for what is in hand when it is in vain. */
  #settle(): void {
    if (this.state === "closed" && !this.#busy) this.#backlog.clear();
    if (this.#settled) this.#flushing?.();
  }

  #taken(bytes: number): void {
    this.#busy = false;
    this.#log.works();
    this.#advance(bytes);
    this.pump();
  }

  #advance(taken: number): void {
    if (this.#front.empty) return this.#backlog.advance(taken);
    this.#backlog.skip(taken);
    if (!this.#front.advance(taken)) return;
    this.#readers++;
    this.#log.begun();
  }

  /** The stream has ended: the next one begins with a header and a whole packet. */
  #cut(unread: number): void {
    if (this.#front.begun) this.#log.cut(unread);
    this.#unreadBytes += unread;
    this.#front.restart();
    this.#blocked = true;
    this.#backlog.rewind(unread);
    this.#settle();
  }
}
