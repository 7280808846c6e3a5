import type { PacketBatch } from "../packet.ts";
import { sliceBatch } from "../slice_batch.ts";
import type { CaptureFile } from "./capture_file.ts";
import type { Logger } from "./logger.ts";
import type { CancelTimer, Timers } from "./timers.ts";

/** When a new file is begun. */
export interface RotationOptions {
  /** Bytes that the packets of a file take at most, one packet aside. */
  maxSize: number | undefined;
  /** Milliseconds: a new file begins at every multiple of it in local time, whether or not packets come. */
  maxAge: number | undefined;
}

/** What a {@linkcode DumpWriter} works on. */
export interface DumpWriterOptions {
  /**
   * Begins the next file.
   *
   * @param date The time that it is named after.
   */
  open(date: Date): CaptureFile;
  /** When; undefined when there is one file only. */
  rotation: RotationOptions | undefined;
  /** The time. */
  now: () => Date;
  /** Does things later. */
  timers: Timers;
  /** Says what does not work; called at every fault, so limit it. */
  logger: Logger;
}

/** What was written, over all files. */
export interface DumpWriterCounters {
  /** Packets that were written. */
  written: number;
  /** Their bytes, with what the format puts around each. */
  written_bytes: number;
  /** Packets that were dropped, as nobody read them. */
  stalled_dropped: number;
}

/** Most milliseconds that a timer of the runtime takes. */
const MAX_TIMER = 0x7fff_ffff;

/** Writes the packets of a dump to one file, or to one after another. */
export class DumpWriter {
  readonly #options: DumpWriterOptions;
  #file: CaptureFile;
  /** Files that were begun before the present one, and the ends of those that are not closed yet. */
  readonly #ending = new Map<CaptureFile, Promise<void>>();
  readonly #sum: DumpWriterCounters = {
    written: 0,
    written_bytes: 0,
    stalled_dropped: 0,
  };
  #cancel: CancelTimer | undefined;
  #deadline = Infinity;

  /**
   * Begins the first file.
   *
   * @param options What it works on.
   * @throws {Error} If the file cannot be written.
   */
  constructor(options: DumpWriterOptions) {
    this.#options = options;
    this.#file = options.open(options.now());
    this.#schedule();
  }

  /** What was written so far. */
  get counters(): DumpWriterCounters {
    const sum = { ...this.#sum };
    for (const file of [this.#file, ...this.#ending.keys()]) add(sum, file);
    return sum;
  }

  /**
   * Writes packets, beginning new files where they are due.
   *
   * @param batch The packets, borrowed until they are released.
   * @param release Called once, when all of them were written or dropped.
   */
  write(batch: PacketBatch, release: () => void): void {
    const { rotation } = this.#options;
    if (rotation?.maxSize === undefined) {
      return this.#file.write(batch, release);
    }
    let parts = 1;
    const done = (): void => {
      if (--parts === 0) release();
    };
    for (let from = 0; from < batch.packets;) {
      const rest = sliceBatch(batch, from, batch.packets);
      const room = this.#file.roomFor(rest, rotation.maxSize);
      if (room === 0 && !this.#file.isEmpty && this.#rotate()) continue;
      const taken = Math.max(room, 1);
      parts++;
      this.#file.write(sliceBatch(rest, 0, taken), done);
      from += taken;
    }
    done();
  }

  /**
   * Gives up what cannot be written soon, so that nobody waits for it: nothing is written afterwards.
   *
   * @param bound Milliseconds that it may take yet.
   */
  async giveUp(bound: number): Promise<void> {
    const { output } = this.#file;
    if (!await output.flush(bound)) await output.close();
  }

  /** Ends the last file, and waits until all are closed. */
  async end(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    await this.#file.end();
    await Promise.all(this.#ending.values());
  }

  /** Begins a new file; false if that does not work, and the present one goes on. */
  #rotate(): boolean {
    const { open, now, logger } = this.#options;
    const last = this.#file;
    try {
      this.#file = open(now());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.error(`Cannot begin a new file: ${reason}; the last one goes on`);
      return false;
    }
    const ended = last.end().then(() => {
      this.#ending.delete(last);
      add(this.#sum, last);
    });
    this.#ending.set(last, ended);
    return true;
  }

  /** Sets the clock for the next file. */
  #schedule(): void {
    const { rotation, now, timers } = this.#options;
    if (rotation?.maxAge === undefined) return;
    const time = now().getTime();
    if (time >= this.#deadline) this.#rotate();
    if (time >= this.#deadline || this.#deadline === Infinity) {
      this.#deadline = nextMultiple(now(), rotation.maxAge);
    }
    const delay = Math.min(Math.max(this.#deadline - time, 1), MAX_TIMER);
    this.#cancel = timers.after(delay, () => this.#schedule());
  }
}

function add(sum: DumpWriterCounters, file: CaptureFile): void {
  const { written, written_bytes, stalled_dropped } = file.output.counters;
  sum.written += written;
  sum.written_bytes += written_bytes;
  sum.stalled_dropped += stalled_dropped;
}

/** The next time, in milliseconds, that is a multiple of an age in local time. */
function nextMultiple(date: Date, age: number): number {
  const offset = date.getTimezoneOffset() * 60_000;
  const local = date.getTime() - offset;
  return (Math.floor(local / age) + 1) * age + offset;
}
