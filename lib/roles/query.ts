import { decodeNote, encodeQuestion, type EndNote } from "./answer_protocol.ts";
import { formatQuery, type QueryRequest } from "./query_request.ts";

/** One part of an answer's message. */
export interface AnswerPart extends Disposable {
  /** The content, borrowed until the part is disposed of. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether further parts of the same message follow. */
  readonly more: boolean;
}

/** What a query asks by. */
export interface AskSocket {
  /** The descriptor to wait on. */
  readonly fd: number;
  /** Sends a question; false when it can not be sent now. */
  trySend(bytes: Uint8Array<ArrayBuffer>): boolean;
  /** Takes the next part, without waiting. */
  tryReceivePart(): AnswerPart | undefined;
}

/** How far an answer is. */
export interface QueryProgress {
  /** Bytes of the file that arrived. */
  bytes: number;
  /** Bytes of the window that were gone through, and that are to be; 0 of 0 while the answer has not begun. */
  done: number;
  total: number;
}

/** What a query takes. */
export interface QueryDependencies {
  /** What it asks by, connected. */
  socket: AskSocket;
  /** Takes the file, part by part; the bytes are borrowed until it is done. */
  write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** Told how far the answer is, with every message. */
  onProgress: (progress: QueryProgress) => void;
  /** Waits until a descriptor is readable, for so many milliseconds at most. */
  wait: (descriptor: number, bound: number) => Promise<unknown>;
  /** The time in milliseconds, of a clock that nobody sets. */
  monotonic: () => number;
  /** Ends it; its reason is thrown. */
  signal: AbortSignal;
}

/** How a query ended. */
export type QueryOutcome =
  /** With a file; how many packets are in it is not known of one that has everything a receiver of another kind had. */
  | { readonly kind: "file"; readonly end: EndNote | undefined }
  /** With what the window holds. */
  | { readonly kind: "stats"; readonly stats: object };

/**
 * Asks a receiver.
 *
 * @param request What.
 * @param timeout Milliseconds for which the receiver may be silent.
 * @param dependencies What it takes.
 * @returns How it ended; the file was written then, whole.
 * @throws {Error} If the receiver is silent, or says why there is no answer.
 */
export function runQuery(
  request: QueryRequest,
  timeout: number,
  dependencies: QueryDependencies,
): Promise<QueryOutcome> {
  return new Query(request, timeout, dependencies).run();
}

class Query {
  readonly #request: QueryRequest;
  readonly #timeout: number;
  readonly #dependencies: QueryDependencies;
  readonly #progress: QueryProgress = { bytes: 0, done: 0, total: 0 };
  #heardAt = 0;
  /** Whether the parts are those of a receiver that sends nothing but the file. */
  #isPlain = false;
  #outcome: QueryOutcome | undefined;

  constructor(
    request: QueryRequest,
    timeout: number,
    dependencies: QueryDependencies,
  ) {
    this.#request = request;
    this.#timeout = timeout;
    this.#dependencies = dependencies;
  }

  async run(): Promise<QueryOutcome> {
    const { socket, monotonic } = this.#dependencies;
    this.#heardAt = monotonic();
    const question = encodeQuestion(this.#request);
    while (!socket.trySend(question)) await this.#wait();
    let isFirst = true;
    for (;;) {
      const part = await this.#nextPart();
      using _part = part;
      if (isFirst) await this.#begin(part.bytes);
      else await this.#write(part.bytes);
      this.#heardAt = monotonic();
      isFirst = !part.more;
      if (isFirst) {
        this.#dependencies.onProgress({ ...this.#progress });
        if (this.#outcome !== undefined) return this.#outcome;
      }
    }
  }

  async #nextPart(): Promise<AnswerPart> {
    for (;;) {
      this.#dependencies.signal.throwIfAborted();
      const part = this.#dependencies.socket.tryReceivePart();
      if (part !== undefined) return part;
      await this.#wait();
    }
  }

  async #wait(): Promise<void> {
    const { socket, wait, monotonic, signal } = this.#dependencies;
    signal.throwIfAborted();
    const left = this.#heardAt + this.#timeout - monotonic();
    if (left <= 0) throw this.#silence();
    await wait(socket.fd, left);
  }

  #silence(): Error {
    const seconds = this.#timeout / 1000;
    return this.#progress.total > 0 || this.#progress.bytes > 0
      ? new Error(
        `Cannot get the rest of the answer: the receiver was silent for ${seconds} s; it gives up a client that reads too slowly`,
      )
      : new Error(
        `Cannot get an answer: no receiver was heard within ${seconds} s; is one there, with --buffer-interface?`,
      );
  }

  /** Reads the first part of a message. */
  async #begin(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const note = decodeNote(bytes);
    switch (note?.kind) {
      case "part":
        this.#progress.done = note.done;
        this.#progress.total = note.total;
        return;
      case "end":
        this.#outcome = { kind: "file", end: note.end };
        return;
      case "stats":
        this.#outcome = { kind: "stats", stats: note.stats };
        return;
      case "error":
        throw new Error(note.error);
      case undefined:
        this.#takeAsFile();
        await this.#write(bytes);
    }
  }

  /** The other end is one of the Python original's kind: whatever it is asked, it sends everything in one message. */
  #takeAsFile(): void {
    if (Object.keys(formatQuery(this.#request)).length > 0) {
      throw new Error(
        "Cannot ask that: what answers there sends all that it has, whatever it is asked",
      );
    }
    this.#isPlain = true;
    this.#outcome = { kind: "file", end: undefined };
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (bytes.byteLength === 0) return;
    await this.#dependencies.write(bytes);
    this.#progress.bytes += bytes.byteLength;
    if (this.#isPlain) this.#dependencies.onProgress({ ...this.#progress });
  }
}
