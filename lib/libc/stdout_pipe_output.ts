import { ERRNO } from "../ffi/errno.ts";
import { EPOLL } from "./constants.ts";
import type {
  Output,
  OutputListener,
  OutputState,
  PipeContent,
  WriteResult,
} from "./output.ts";
import { type OutputSurroundings, PipeWriter } from "./pipe_writer.ts";

/** Writes to the pipe that standard output is. When its reader goes, that is the end. */
export class StdoutPipeOutput implements Output {
  /** See {@linkcode Output.closed}. */
  readonly closed: Promise<void>;
  readonly #surroundings: OutputSurroundings;
  readonly #writer: PipeWriter;
  #listener: OutputListener | undefined;
  #stalled = false;
  #ended = false;
  #end: () => void = () => {};
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Takes a descriptor over.
   *
   * @param surroundings What it needs; it closes the functions when it is closed.
   * @param descriptor Writing end of the pipe, non-blocking and not shared: a shell's other programs would not expect it.
   */
  constructor(surroundings: OutputSurroundings, descriptor: number) {
    this.#surroundings = surroundings;
    this.#writer = new PipeWriter(surroundings, descriptor);
    this.closed = new Promise((resolve) => this.#end = resolve);
  }

  /** How it stands. */
  get state(): OutputState {
    if (this.#ended || this.#closing !== undefined) return "closed";
    return this.#stalled ? "stalled" : "writing";
  }

  /** See {@linkcode Output.pipe}. */
  get pipe(): PipeContent {
    return this.#writer;
  }

  /** See {@linkcode Output.start}. */
  start(listener: OutputListener): void {
    this.#listener = listener;
    this.#running = this.#run();
  }

  /** See {@linkcode Output.write}. */
  write(bytes: Uint8Array): WriteResult {
    if (this.state === "closed") return 0;
    const taken = this.#writer.write(bytes);
    if (taken === bytes.byteLength) return taken;
    if (taken < 0 && taken !== -ERRNO.EAGAIN) {
      this.#finishStream();
      return "cut";
    }
    this.#stalled = true;
    // The wait for the reader's end becomes one for room.
    this.#surroundings.waiter.forget(this.#writer.descriptor);
    return Math.max(0, taken);
  }

  /** See {@linkcode Output.close}. */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    this.#writer.close();
    await this.#running;
    this.#surroundings.calls[Symbol.dispose]();
  }

  async #run(): Promise<void> {
    while (this.state !== "closed") {
      if (this.#stalled) await this.#awaitRoom();
      else await this.#awaitEnd();
    }
  }

  async #awaitRoom(): Promise<void> {
    await this.#writer.room();
    if (this.state === "closed") return;
    this.#stalled = false;
    this.#listener?.onRoom();
  }

  async #awaitEnd(): Promise<void> {
    const { waiter } = this.#surroundings;
    const ready = await waiter.wait(this.#writer.descriptor, "error");
    const gone = (ready & EPOLL.ERR) !== 0;
    if (gone && this.state !== "closed") this.#finishStream();
  }

  #finishStream(): void {
    this.#ended = true;
    this.#listener?.onCut(this.#writer.unread);
    this.#end();
  }
}
