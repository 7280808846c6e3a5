/** Keeps what comes out of one pipe of a process, and wakes who waits for it. */
export class ProcessOutput {
  /** Fulfilled when the pipe has ended. */
  readonly ended: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #text = "";
  #open = true;
  #wake = Promise.withResolvers<void>();

  /** @param source The pipe; it is read from now on. */
  constructor(source: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = source.getReader();
    this.ended = this.#collect();
  }

  /** Stops listening: a grandchild may hold the pipe open for ever. */
  async cancel(): Promise<void> {
    await this.#reader.cancel();
    await this.ended;
  }

  /** Everything so far, as text. */
  get text(): string {
    return this.#text;
  }

  /** Everything so far; a copy. */
  get bytes(): Uint8Array<ArrayBuffer> {
    const size = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const whole = new Uint8Array(size);
    let offset = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, offset);
      offset += chunk.length;
    }
    return whole;
  }

  /**
   * Waits for a whole line, one already there or one still to come.
   *
   * @param pattern What the line must match; not global or sticky.
   * @returns The line.
   * @throws {Error} If the output ends first.
   */
  async line(pattern: RegExp): Promise<string> {
    for (let seen = 0;;) {
      const end = this.#open
        ? this.#text.lastIndexOf("\n") + 1
        : this.#text.length;
      for (const line of this.#text.slice(seen, end).split("\n")) {
        if (pattern.test(line)) return line;
      }
      if (!this.#open) {
        throw new Error(
          `Cannot find a line like ${pattern}: the output ended with\n${this.#text}`,
        );
      }
      seen = end;
      await this.#wake.promise;
    }
  }

  async #collect(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done) break;
        this.#chunks.push(value);
        this.#text += decoder.decode(value, { stream: true });
        this.#rouse();
      }
    } finally {
      this.#open = false;
      this.#rouse();
    }
  }

  #rouse(): void {
    const { resolve } = this.#wake;
    this.#wake = Promise.withResolvers<void>();
    resolve();
  }
}
