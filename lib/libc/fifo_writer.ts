import { ERRNO } from "../ffi/errno.ts";
import { ErrnoError } from "../ffi/errno_error.ts";
import { OPEN } from "./constants.ts";
import { FifoWatch } from "./fifo_watch.ts";
import { type OutputSurroundings, PipeWriter } from "./pipe_writer.ts";

/** Reads after which emptying is given up: another program writes as fast as we read. */
const EMPTYING_LIMIT = 64;
const EMPTYING_SIZE = 64 * 1024;

const FOR_WRITING = OPEN.WRITE_ONLY | OPEN.NONBLOCK;
const FOR_BOTH = OPEN.READ_WRITE | OPEN.NONBLOCK;

/**
 * The writing end of a FIFO, and who reads the other.
 *
 * It stays open while nobody reads, so that opening the other end never blocks a reader and shows as an event at once. Each reader
 * begins with an empty pipe: what one left unread is thrown away before the next gets anything.
 *
 * One thing no writer can prevent: a reader that opens the FIFO and reads it in the instant between another's end and our next turn
 * gets what that one left. Its stream then begins with no header, so that it notices.
 */
export class FifoWriter {
  readonly #surroundings: OutputSurroundings;
  readonly #path: string;
  readonly #watch: FifoWatch | undefined;
  #pipe: PipeWriter | undefined;
  #reading = false;
  /** Something of this stream has been written. */
  #begun = false;
  /** Whoever reads now is in the middle of a stream that is not ours: it must end before we begin. */
  #tainted = false;
  #fault: Error | undefined;

  /**
   * Opens a FIFO, whether somebody reads it or not; if it can not be opened, {@linkcode fault} says why.
   *
   * @param surroundings What it needs; borrowed until it is closed.
   * @param path Where the FIFO is.
   */
  constructor(surroundings: OutputSurroundings, path: string) {
    this.#surroundings = surroundings;
    this.#path = path;
    const watch = FifoWatch.open(surroundings.calls, path);
    this.#watch = typeof watch === "number" ? undefined : watch;
    this.#attach();
  }

  /** The descriptor that is readable when readers come or go; undefined where the FIFO can not be watched. */
  get watchDescriptor(): number | undefined {
    return this.#watch?.descriptor;
  }

  /** The pipe; undefined while it is not open. */
  get pipe(): PipeWriter | undefined {
    return this.#pipe;
  }

  /** Whether somebody reads our stream. */
  get reading(): boolean {
    return this.#reading;
  }

  /** Why it can not be opened; undefined when it is, or waits for a reader. */
  get fault(): Error | undefined {
    return this.#fault;
  }

  /** Writes at once; returns how many bytes were taken, or the negative errno. */
  write(bytes: Uint8Array): number {
    const taken = this.#pipe?.write(bytes) ?? -ERRNO.EPIPE;
    if (taken > 0) this.#begun = true;
    return taken;
  }

  /**
   * While nobody reads: looks for a reader, and for the FIFO if it is not open.
   *
   * As long as the reader of an earlier stream is there, the FIFO is not even opened: closing it again would end a new reader's stream
   * before it began.
   */
  seek(): void {
    const news = this.#watch?.look();
    const moved = news?.moved ?? false;
    if (news?.left) this.#tainted = false;
    if (this.#tainted && news !== undefined && !moved) return;
    if (this.#pipe === undefined || moved) {
      this.#pipe?.close();
      this.#pipe = undefined;
      this.#attach();
    } else if (this.#pipe.hasReader) {
      this.#reading = true;
      this.#watch?.assume(1, "known");
    }
  }

  /**
   * While somebody reads: finds out whether that reader left since the last look, and another came or not; the stream has then ended.
   *
   * @returns Bytes that the reader left unread; undefined while its stream goes on.
   */
  inspect(): number | undefined {
    if (!this.#watch?.look().abandoned) return undefined;
    if (!this.#pipe?.hasReader) return this.end();
    const came = this.#watch.readers === 0 ? "announced" : "known";
    this.#watch.assume(1, came);
    return this.#begun ? this.#replace(this.#pipe) : undefined;
  }

  /**
   * Ends the stream, as its reader has gone, and opens the FIFO for the next one.
   *
   * @returns Bytes that the reader left unread.
   */
  end(): number {
    const unread = this.#pipe?.unread ?? 0;
    // With no end open the pipe is gone, and what it held.
    this.#pipe?.close();
    this.#pipe = undefined;
    this.#attach();
    return unread;
  }

  /** Closes everything. Closing twice is fine. */
  close(): void {
    this.#pipe?.close();
    this.#watch?.close();
  }

  /** Another reader is in the place of the one that the stream was for. */
  #replace(pipe: PipeWriter): number {
    const { unread } = pipe;
    this.#begun = false;
    if (unread > 0 && !this.#drain(pipe)) {
      this.#tainted = true;
      this.#reading = false;
      this.#pipe = undefined;
      pipe.close();
    }
    return unread;
  }

  #drain(pipe: PipeWriter): boolean {
    const { calls } = this.#surroundings;
    const keeper = calls.open(`/proc/self/fd/${pipe.descriptor}`, FOR_BOTH);
    if (keeper < 0) return false;
    this.#empty(keeper);
    calls.close(keeper);
    this.#watch?.look();
    this.#watch?.assume(1, "known");
    return true;
  }

  /** Opens the writing end. */
  #attach(): void {
    const { calls } = this.#surroundings;
    this.#fault = undefined;
    this.#reading = false;
    this.#begun = false;
    this.#watch?.follow(this.#path);
    const descriptor = calls.open(this.#path, FOR_WRITING);
    if (descriptor >= 0) this.#join(descriptor);
    else if (descriptor === -ERRNO.ENXIO) this.#attachAlone();
    else this.#fail(-descriptor);
  }

  /** Takes a reader on that was there first: one that waited for us, or one of an earlier writer, as bytes it has not read yet tell. */
  #join(descriptor: number): void {
    const pipe = new PipeWriter(this.#surroundings, descriptor);
    if (!pipe.valid) this.#fail(ERRNO.ENXIO);
    else if (pipe.unread > 0) this.#tainted = true;
    if (pipe.valid && !this.#tainted) return this.#adopt(pipe, "announced");
    pipe.close();
    // Takes the events of our own opening and closing, which shall not wake us.
    if (!this.#watch?.look().left || !this.#tainted) return;
    this.#tainted = false;
    this.#attach();
  }

  /** With no reader there, opens the writing end by way of one of our own. */
  #attachAlone(): void {
    const { calls } = this.#surroundings;
    this.#tainted = false;
    const keeper = calls.open(this.#path, FOR_BOTH);
    // Where only writing is allowed: try again until there is a reader.
    if (keeper < 0) return;
    this.#empty(keeper);
    const descriptor = calls.open(this.#path, FOR_WRITING);
    calls.close(keeper);
    if (descriptor < 0) return this.#fail(-descriptor);
    this.#adopt(new PipeWriter(this.#surroundings, descriptor), "known");
  }

  #adopt(pipe: PipeWriter, reader: "announced" | "known"): void {
    this.#pipe = pipe;
    // Nothing was written yet, so whoever came and went until now is of no matter; our own opening is among these events.
    this.#watch?.look();
    this.#reading = pipe.hasReader;
    this.#watch?.assume(this.#reading ? 1 : 0, reader);
  }

  #empty(keeper: number): void {
    const buffer = new Uint8Array(EMPTYING_SIZE);
    for (let turn = 0; turn < EMPTYING_LIMIT; turn++) {
      if (this.#surroundings.calls.read(keeper, buffer) <= 0) return;
    }
  }

  #fail(errno: number): void {
    const gone = errno === ERRNO.ENOENT || errno === ERRNO.ENXIO;
    const state = gone
      ? `: there is no FIFO any more; make it again with: mkfifo ${this.#path}`
      : "";
    this.#fault = new ErrnoError(`Cannot write ${this.#path}${state}`, {
      call: "open",
      errno,
    });
  }
}
