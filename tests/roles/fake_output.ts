import type {
  OpenedOutput,
  Output,
  OutputListener,
  OutputState,
  WriteResult,
} from "../../lib/libc/output.ts";
import { join } from "./numbered_chunks.ts";

/** An output that takes what the test lets it take. */
export class FakeOutput implements Output {
  readonly closed: Promise<void>;
  state: OutputState = "writing";
  /** Bytes it still takes. */
  room = Infinity;
  /** Whether it writes elsewhere, as files do. */
  background = false;
  /** Whether the next write finds the reader gone. */
  broken = false;
  /** What was taken, one a stream. */
  readonly streams: Uint8Array[] = [new Uint8Array(0)];
  surplus = 0;
  #listener: OutputListener | undefined;
  #pending: Uint8Array | undefined;
  #end: () => void = () => {};

  constructor() {
    this.closed = new Promise((resolve) => this.#end = resolve);
  }

  get opened(): OpenedOutput {
    return { output: this, name: "the fake", remark: undefined };
  }

  start(listener: OutputListener): void {
    this.#listener = listener;
  }

  write(bytes: Uint8Array): WriteResult {
    if (this.broken) {
      this.broken = false;
      this.cut();
      return "cut";
    }
    if (this.background) {
      this.#pending = bytes;
      return "busy";
    }
    return this.#take(bytes);
  }

  /** The reader goes; whatever was in the pipe counts as read. */
  cut(): void {
    this.streams.push(new Uint8Array(0));
    this.#listener?.onCut(0);
  }

  /** There is room for so many bytes. */
  makeRoom(bytes: number): void {
    this.room = bytes;
    this.#listener?.onRoom();
  }

  /** Ends the write in the background, of which so many bytes are taken at most. */
  finishWrite(limit = Infinity): void {
    const bytes = this.#pending;
    if (bytes === undefined) {
      throw new Error("Cannot finish: nothing is written");
    }
    this.#pending = undefined;
    this.room = limit;
    this.#listener?.onTaken(this.#take(bytes));
  }

  /** The reader of standard output goes. */
  end(): void {
    this.state = "closed";
    this.room = 0;
    this.cut();
    this.#end();
  }

  close(surplus: () => number): Promise<void> {
    this.surplus = surplus();
    this.state = "closed";
    return Promise.resolve();
  }

  #take(bytes: Uint8Array): number {
    const taken = Math.min(this.room, bytes.length);
    this.room -= taken;
    const last = this.streams.length - 1;
    const before = this.streams[last] ?? new Uint8Array(0);
    this.streams[last] = join([before, bytes.slice(0, taken)]);
    return taken;
  }
}
