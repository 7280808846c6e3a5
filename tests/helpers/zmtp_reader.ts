/** Bits of the byte that each frame of ZMTP 3.0 begins with (RFC 23). */
const FLAG = { MORE: 1, LONG: 2, COMMAND: 4 } as const;

const BUFFER_SIZE = 256 * 1024;

/** What a connection is read by. */
interface Source {
  read(buffer: Uint8Array): Promise<number | null>;
}

/** Reads one message of a connection that speaks ZMTP 3.0, as slowly as it is asked to: a client of libzmq reads ahead all that there is. */
export class ZmtpReader {
  readonly #source: Source;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  #filled = 0;
  /** Bytes of the present frame that have not come yet. */
  #left = 0;
  #flags = 0;
  #hasFrame = false;
  #bytes = 0;
  #isEnded = false;

  /** @param source The connection, with the handshake behind it. */
  constructor(source: Source) {
    this.#source = source;
  }

  /** Bytes of the message's parts that have come. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the message has come to its end. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Reads what is there, at most a quarter of a MiB. */
  async read(): Promise<void> {
    const read = await this.#source.read(this.#buffer.subarray(this.#filled));
    if (read === null) throw new Error("The connection ended in a message");
    this.#filled += read;
    let at = 0;
    while (!this.#isEnded) {
      const content = Math.min(this.#left, this.#filled - at);
      at += content;
      this.#left -= content;
      if ((this.#flags & FLAG.COMMAND) === 0) this.#bytes += content;
      if (this.#left > 0) break;
      if (this.#isLast) this.#isEnded = true;
      else {
        const size = this.#readHead(at);
        if (size === 0) break;
        at += size;
      }
    }
    this.#buffer.copyWithin(0, at, this.#filled);
    this.#filled -= at;
  }

  /** Whether the present frame, all of which has come, is the last of the message. */
  get #isLast(): boolean {
    const { MORE, COMMAND } = FLAG;
    return this.#hasFrame && (this.#flags & (MORE | COMMAND)) === 0;
  }

  /** Reads the head of a frame; gives its size, 0 when not all of it is there. */
  #readHead(at: number): number {
    const view = new DataView(this.#buffer.buffer, at, this.#filled - at);
    if (view.byteLength < 2) return 0;
    const flags = view.getUint8(0);
    const isLong = (flags & FLAG.LONG) !== 0;
    const size = isLong ? 9 : 2;
    if (view.byteLength < size) return 0;
    this.#flags = flags;
    this.#hasFrame = true;
    this.#left = isLong ? Number(view.getBigUint64(1)) : view.getUint8(1);
    return size;
  }
}
