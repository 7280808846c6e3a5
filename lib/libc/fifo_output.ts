import { ERRNO } from "../ffi/errno.ts";
import { FifoWriter } from "./fifo_writer.ts";
import type {
  Output,
  OutputListener,
  OutputState,
  PipeContent,
  WriteResult,
} from "./output.ts";
import type { OutputSurroundings, PipeWriter } from "./pipe_writer.ts";

/** How often to look for a reader where the FIFO can not be watched, in milliseconds. */
const BLIND_LOOK = 500;

/** Writes streams to the readers of a FIFO, one after the other. */
export class FifoOutput implements Output {
  /** Never resolved: a reader can always come. */
  readonly closed: Promise<void> = new Promise(() => {});
  readonly #surroundings: OutputSurroundings;
  readonly #path: string;
  readonly #writer: FifoWriter;
  #listener: OutputListener | undefined;
  #stalled = false;
  #room: Promise<void> | undefined;
  #running: Promise<void> | undefined;
  #endNap: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Opens a FIFO, whether somebody reads it or not.
   *
   * @param surroundings What it needs; it closes the functions when it is closed.
   * @param path Where the FIFO is.
   * @throws {ErrnoError} If it may not be written.
   */
  constructor(surroundings: OutputSurroundings, path: string) {
    this.#surroundings = surroundings;
    this.#path = path;
    this.#writer = new FifoWriter(surroundings, path);
    if (this.#writer.fault === undefined) return;
    this.#writer.close();
    throw this.#writer.fault;
  }

  /** Says that readers are noticed late where the FIFO may only be written. */
  get remark(): string | undefined {
    if (this.#writer.watchDescriptor !== undefined) return undefined;
    return `Readers of ${this.#path} are noticed up to ${BLIND_LOOK} ms late, and one that takes another's place may get the rest of ` +
      "its stream, as the FIFO can not be watched; allow this user to read it";
  }

  /** How it stands. */
  get state(): OutputState {
    if (this.#closing !== undefined) return "closed";
    if (this.#writer.fault !== undefined) return "failing";
    if (!this.#writer.reading) return "waiting for a reader";
    return this.#stalled ? "stalled" : "writing";
  }

  /** See {@linkcode Output.pipe}. */
  get pipe(): PipeContent | undefined {
    return this.#writer.pipe;
  }

  /** See {@linkcode Output.start}. */
  start(listener: OutputListener): void {
    this.#listener = listener;
    this.#running = this.#run();
  }

  /** See {@linkcode Output.write}. */
  write(bytes: Uint8Array): WriteResult {
    const writer = this.#writer;
    if (!writer.reading || writer.pipe === undefined) return 0;
    if (this.#ended()) return "cut";
    const taken = writer.write(bytes);
    if (taken === bytes.byteLength) return taken;
    if (taken < 0 && taken !== -ERRNO.EAGAIN) {
      this.#cut(writer.end());
      return "cut";
    }
    this.#awaitRoom(writer.pipe);
    return Math.max(0, taken);
  }

  /** See {@linkcode Output.close}. */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    const { waiter, calls } = this.#surroundings;
    this.#writer.pipe?.close();
    const watch = this.#writer.watchDescriptor;
    if (watch !== undefined) waiter.forget(watch);
    this.#endNap?.();
    await this.#room;
    await this.#running;
    this.#writer.close();
    calls[Symbol.dispose]();
  }

  async #run(): Promise<void> {
    while (this.#closing === undefined) {
      await this.#nap();
      if (this.#closing === undefined) this.#check();
    }
  }

  async #nap(): Promise<void> {
    const watch = this.#writer.watchDescriptor;
    if (watch !== undefined) {
      await this.#surroundings.waiter.wait(watch, "read");
      return;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#endNap = resolve;
      timer = setTimeout(resolve, BLIND_LOOK);
    });
    clearTimeout(timer);
  }

  #check(): void {
    const writer = this.#writer;
    if (!writer.reading) writer.seek();
    else if (!this.#ended() && !writer.pipe?.hasReader) {
      this.#cut(writer.end());
    }
    if (writer.fault !== undefined) this.#listener?.onFault(writer.fault);
    if (writer.reading) this.#listener?.onRoom();
  }

  #ended(): boolean {
    const unread = this.#writer.inspect();
    if (unread !== undefined) this.#cut(unread);
    return unread !== undefined;
  }

  #cut(unread: number): void {
    this.#stalled = false;
    this.#listener?.onCut(unread);
  }

  #awaitRoom(pipe: PipeWriter): void {
    this.#stalled = true;
    this.#room ??= pipe.room().then(() => {
      this.#room = undefined;
      if (this.#closing !== undefined) return;
      this.#stalled = false;
      this.#listener?.onRoom();
    });
  }
}
