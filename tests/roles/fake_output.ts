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
  /** What is written lies here until it is read; undefined where it needs no reader. */
  pipe: { capacity: number; unread: number } | undefined;
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

  /** The reader goes; what it had not read of the pipe is in no stream. */
  cut(): void {
    const unread = this.pipe?.unread ?? 0;
    const last = this.streams.pop() ?? new Uint8Array(0);
    this.streams.push(
      last.subarray(0, last.length - unread),
      new Uint8Array(0),
    );
    if (this.pipe !== undefined) this.pipe.unread = 0;
    this.#listener?.onCut(unread);
  }

  /** The reader reads so many bytes of the pipe at most. */
  read(bytes: number): void {
    if (this.pipe === undefined) return;
    this.pipe.unread -= Math.min(bytes, this.pipe.unread);
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
    const { capacity, unread } = this.pipe ?? { capacity: Infinity, unread: 0 };
    const taken = Math.min(this.room, capacity - unread, bytes.length);
    this.room -= taken;
    if (this.pipe !== undefined) this.pipe.unread += taken;
    const last = this.streams.length - 1;
    const before = this.streams[last] ?? new Uint8Array(0);
    this.streams[last] = join([before, bytes.slice(0, taken)]);
    return taken;
  }
}
