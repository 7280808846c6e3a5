import { INOTIFY, INOTIFY_EVENT } from "./constants.ts";
import type { FileCalls } from "./file_calls.ts";

/** What happened since the last look. */
export interface FifoNews {
  /** There was a moment without any reader, as far as the events tell. */
  abandoned: boolean;
  /** Somebody who only read closed it. */
  left: boolean;
  /** The FIFO was renamed, removed or given other rights. */
  moved: boolean;
}

const BUFFER_SIZE = 64 * 1024;
const NOTHING: FifoNews = { abandoned: false, left: false, moved: false };

/**
 * Who opens and closes a FIFO, in order and without a gap, also between two looks: this is what tells a reader that was replaced from
 * one that stayed.
 *
 * The kernel folds equal events in a row into one, and a program that opens the FIFO to write counts as well, so the number of readers
 * is an estimate; it is exact for one reader at a time. Whether there is any is the pipe's to say: {@linkcode assume} sets it right.
 */
export class FifoWatch {
  /** Readable when something happened. */
  readonly descriptor: number;
  readonly #calls: FileCalls;
  readonly #bytes = new Uint8Array(BUFFER_SIZE);
  readonly #words = new Uint32Array(this.#bytes.buffer);
  #readers = 0;
  /** A reader was counted of whose opening the event is still to come. */
  #announced = false;

  private constructor(calls: FileCalls, descriptor: number) {
    this.#calls = calls;
    this.descriptor = descriptor;
  }

  /**
   * Watches a FIFO. The caller closes the watch.
   *
   * @param calls The functions; borrowed until the watch is closed.
   * @param path Where the FIFO is.
   * @returns The watch, or the negative errno: EACCES where only writing is allowed, EMFILE where this user watches too much.
   */
  static open(calls: FileCalls, path: string): FifoWatch | number {
    const descriptor = calls.openWatch();
    if (descriptor < 0) return descriptor;
    const watch = calls.watch(descriptor, path);
    if (watch >= 0) return new FifoWatch(calls, descriptor);
    calls.close(descriptor);
    return watch;
  }

  /** Closes the watch. */
  close(): void {
    this.#calls.close(this.descriptor);
  }

  /** Readers now, as far as the events tell. */
  get readers(): number {
    return this.#readers;
  }

  /** Watches what is at the path now, besides what was there. */
  follow(path: string): void {
    this.#calls.watch(this.descriptor, path);
  }

  /** Takes all events that there are. */
  look(): FifoNews {
    let size = this.#calls.read(this.descriptor, this.#bytes);
    if (size <= 0) return NOTHING;
    const news = { ...NOTHING };
    while (size > 0) {
      this.#take(size, news);
      size = this.#calls.read(this.descriptor, this.#bytes);
    }
    return news;
  }

  /**
   * Sets right how many readers there are.
   *
   * @param readers 0, or 1 for at least one.
   * @param announced Whether the event of the reader's opening is still to come.
   */
  assume(readers: 0 | 1, announced: "announced" | "known"): void {
    this.#readers = readers;
    this.#announced = announced === "announced";
  }

  #take(size: number, news: FifoNews): void {
    const words = size / Uint32Array.BYTES_PER_ELEMENT;
    for (let at = 0; at < words;) {
      this.#count(this.#words[at + INOTIFY_EVENT.MASK] ?? 0, news);
      const name = this.#words[at + INOTIFY_EVENT.NAME_LENGTH] ?? 0;
      at += INOTIFY_EVENT.WORDS + name / Uint32Array.BYTES_PER_ELEMENT;
    }
  }

  #count(mask: number, news: FifoNews): void {
    if (mask & INOTIFY.OPEN) {
      if (this.#announced) this.#announced = false;
      else this.#readers++;
    } else if (mask & (INOTIFY.CLOSE_NOWRITE | INOTIFY.CLOSE_WRITE)) {
      this.#readers = Math.max(0, this.#readers - 1);
      if (mask & INOTIFY.CLOSE_NOWRITE) news.left = true;
      if (this.#readers === 0) news.abandoned = true;
    } else if (mask & INOTIFY.OVERFLOW) {
      news.abandoned = true;
    } else {
      // IN_IGNORED, the last event of a file that is gone, among them.
      news.moved = true;
    }
  }
}
