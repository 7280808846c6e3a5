import { loadLibc } from "./load.ts";

/** SIOCOUTQ (linux/sockios.h): TIOCOUTQ under another name. */
const SIOCOUTQ = 0x5411;

const QUEUE_SYMBOLS = {
  ioctl: {
    parameters: [
      "i32", // int fd
      "u64", // unsigned long request
      "buffer", // int *argp
    ],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** Looks at what connections that another library owns still have to deliver. */
export class SendQueue implements Disposable {
  readonly #library = loadLibc(QUEUE_SYMBOLS);
  readonly #size = new Int32Array(1);
  #open = true;

  /**
   * `SIOCOUTQ`: what was written to a connection and the other end has not taken yet. It goes up as more is written, and down as the other end
   * reads: while it stays as it is, nothing moves.
   *
   * @param fd The connection's descriptor.
   * @returns About how many bytes; undefined if it is no connection any more.
   */
  queued(fd: number): number | undefined {
    const { ioctl } = this.#library.symbols;
    return ioctl(fd, BigInt(SIOCOUTQ), this.#size) < 0
      ? undefined
      : this.#size[0];
  }

  /** Closes the library. Does nothing the second time. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#library.close();
  }
}
