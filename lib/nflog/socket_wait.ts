import { Poller } from "../libc/poller.ts";

/** Waits for a socket; a thread is only there from the first wait on. */
export class SocketWait implements Disposable {
  readonly #fd: number;
  #poller: Poller | undefined;
  #closed = false;
  #ended: Promise<void> = Promise.resolve();

  /**
   * Does not wait yet.
   *
   * @param fd Its descriptor, open for as long as this is.
   */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Resolved, after this was disposed of, when no thread waits any more. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Waits until something has arrived, or half a second at most, or until this is disposed of. */
  async next(): Promise<void> {
    if (this.#closed) return;
    this.#poller ??= Poller.open();
    await this.#poller.wait(this.#fd, "read");
  }

  /** Ends all waits. Doing so twice is fine. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#poller?.forget(this.#fd);
    this.#ended = this.#poller?.close() ?? this.#ended;
  }
}
