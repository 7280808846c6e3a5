import { ERRNO } from "../ffi/errno.ts";
import { ErrnoError } from "../ffi/errno_error.ts";
import type {
  Output,
  OutputListener,
  OutputState,
  WriteResult,
} from "./output.ts";
import type { OutputSurroundings } from "./pipe_writer.ts";

/** What a {@linkcode FileOutput} writes to. */
export interface OutputFile {
  /** The descriptor, open for writing. */
  descriptor: number;
  /** What messages call it. */
  name: string;
  /** Whether it is ours: made shorter at the end if need be, and closed. */
  ownership: "owned" | "borrowed";
}

/** How a {@linkcode FileOutput} writes. */
export interface FileOutputOptions {
  /** Milliseconds between tries when the disk is full or fails. @default {1000} */
  retryInterval?: number;
}

/** Bytes tried on this thread to learn why a write on another one failed. */
const PROBE_SIZE = 4096;

const FULL: ReadonlySet<number> = new Set([ERRNO.ENOSPC, ERRNO.EDQUOT]);

/** Writes to what may block and can not be waited for: a file, a terminal. Each write is done on another thread. */
export class FileOutput implements Output {
  /** See {@linkcode Output.closed}. */
  readonly closed: Promise<void>;
  readonly #surroundings: OutputSurroundings;
  readonly #file: OutputFile;
  readonly #retryInterval: number;
  #listener: OutputListener | undefined;
  #state: OutputState = "writing";
  #size = 0;
  #work: Promise<void> | undefined;
  #endPause: (() => void) | undefined;
  #end: () => void = () => {};
  #closing: Promise<void> | undefined;

  /**
   * Takes an open file over.
   *
   * @param surroundings What it needs; it closes the functions when it is closed.
   * @param file The file, from its beginning if it is owned.
   * @param options How it writes.
   */
  constructor(
    surroundings: OutputSurroundings,
    file: OutputFile,
    options: FileOutputOptions = {},
  ) {
    this.#surroundings = surroundings;
    this.#file = file;
    this.#retryInterval = options.retryInterval ?? 1000;
    this.closed = new Promise((resolve) => this.#end = resolve);
  }

  /** How it stands. */
  get state(): OutputState {
    return this.#closing === undefined ? this.#state : "closed";
  }

  /** See {@linkcode Output.start}. */
  start(listener: OutputListener): void {
    this.#listener = listener;
  }

  /** See {@linkcode Output.write}. */
  write(bytes: Uint8Array): WriteResult {
    if (this.state === "closed") return 0;
    this.#work = this.#write(bytes);
    return "busy";
  }

  /** See {@linkcode Output.close}. */
  close(surplus: () => number): Promise<void> {
    this.#closing ??= this.#finish(surplus);
    return this.#closing;
  }

  async #finish(surplus: () => number): Promise<void> {
    this.#endPause?.();
    await this.#work;
    const { calls } = this.#surroundings;
    const { descriptor, ownership } = this.#file;
    if (ownership === "owned") {
      const excess = surplus();
      if (excess > 0) calls.truncate(descriptor, this.#size - excess);
      calls.close(descriptor);
    }
    calls[Symbol.dispose]();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const { calls } = this.#surroundings;
    const { descriptor } = this.#file;
    do {
      let taken = await calls.writeElsewhere(descriptor, bytes);
      if (taken < 0) {
        // Only a call on this thread tells what is wrong. A disk that is full or broken says so at once.
        taken = calls.write(descriptor, bytes.subarray(0, PROBE_SIZE));
      }
      if (taken >= 0) return this.#succeed(taken);
      if (taken === -ERRNO.EPIPE) {
        this.#state = "closed";
        return this.#end();
      }
      await this.#recover(-taken);
    } while (this.#closing === undefined);
  }

  #succeed(taken: number): void {
    this.#state = "writing";
    this.#size += taken;
    this.#listener?.onTaken(taken);
  }

  async #recover(errno: number): Promise<void> {
    if (errno === ERRNO.EINTR) return;
    if (errno === ERRNO.EAGAIN) {
      // Standard output that somebody else made non-blocking.
      await this.#surroundings.waiter.wait(this.#file.descriptor, "write");
      return;
    }
    const full = FULL.has(errno);
    this.#state = full ? "disk full" : "failing";
    const why = full ? ": the disk is full" : "";
    this.#listener?.onFault(
      new ErrnoError(`Cannot write ${this.#file.name}${why}`, {
        call: "write",
        errno,
      }),
    );
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#endPause = resolve;
      timer = setTimeout(resolve, this.#retryInterval);
    });
    clearTimeout(timer);
  }
}
