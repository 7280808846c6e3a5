import type { FileCalls } from "./file_calls.ts";
import type { Waiter } from "./poller.ts";

/** What an output needs of its surroundings. */
export interface OutputSurroundings {
  /** The functions; the output closes them. */
  calls: FileCalls;
  /** The program's one wait. */
  waiter: Waiter;
}

/** Bytes asked of the kernel for the pipe; what a user may have without rights (fs.pipe-max-size). */
const PIPE_CAPACITY = 1024 * 1024;

/** A pipe of this capacity is let run a little empty before it is filled again. */
const ROOMY = 256 * 1024;

/**
 * How long it is let run empty, in milliseconds: room is reported with every page that the reader takes, and a wake-up costs more
 * than a page.
 */
const ROOM_PAUSE = 1;

/** How often a reader who emptied the pipe during that pause is then served without one, before it is tried again. */
const EAGER_TURNS = 128;

/** The writing end of a pipe or a FIFO, open and non-blocking. */
export class PipeWriter {
  /** The descriptor. */
  readonly descriptor: number;
  readonly #surroundings: OutputSurroundings;
  readonly #capacity: number;
  #open = true;
  #eagerTurns = 0;

  /**
   * Takes a descriptor over.
   *
   * @param surroundings What it needs.
   * @param descriptor The descriptor, of a pipe, non-blocking.
   */
  constructor(surroundings: OutputSurroundings, descriptor: number) {
    this.#surroundings = surroundings;
    this.descriptor = descriptor;
    this.#capacity = surroundings.calls.growPipe(descriptor, PIPE_CAPACITY);
  }

  /** Whether this is a pipe at all. */
  get valid(): boolean {
    return this.#capacity >= 0;
  }

  /** Bytes that fit in at most. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Writes at once; returns how many bytes were taken, or the negative errno: EAGAIN without room, EPIPE without reader. */
  write(bytes: Uint8Array): number {
    return this.#surroundings.calls.write(this.descriptor, bytes);
  }

  /** Whether anybody has the other end open. */
  get hasReader(): boolean {
    return this.#surroundings.calls.hasReader(this.descriptor);
  }

  /** Bytes that were written and not read. */
  get unread(): number {
    return this.#surroundings.calls.unread(this.descriptor);
  }

  /** Waits until there is room worth writing into, the reader goes, or nothing of it for half a second. */
  async room(): Promise<void> {
    const ready = await this.#surroundings.waiter.wait(
      this.descriptor,
      "write",
    );
    if (ready === 0 || !this.#open || this.#capacity < ROOMY) return;
    if (this.#eagerTurns > 0) {
      this.#eagerTurns--;
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, ROOM_PAUSE));
    if (this.#open && this.unread < this.#capacity / 4) {
      this.#eagerTurns = EAGER_TURNS;
    }
  }

  /** Closes the descriptor, ending a wait for it. Closing twice is fine. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    const { calls, waiter } = this.#surroundings;
    waiter.forget(this.descriptor);
    calls.close(this.descriptor);
  }
}
