import { loadLibc } from "./load.ts";

/** CLOCK_REALTIME (time.h). */
const CLOCK_REALTIME = 0;

const CLOCK_SYMBOLS = {
  clock_gettime: {
    parameters: [
      "i32", // clockid_t clockid
      "buffer", // struct timespec *tp
    ],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * The wall clock, to the nanosecond. {@linkcode read} takes the time, the fields hold it, so that taking it makes no object.
 *
 * `performance.now()` would not do: it does not follow the clock when that is set.
 */
export class WallClock implements Disposable {
  readonly #library = loadLibc(CLOCK_SYMBOLS);
  /** struct timespec: two 64-bit numbers, little-endian. */
  readonly #time = new Uint32Array(new ArrayBuffer(16));
  #open = true;

  /** Takes the time. */
  read(): void {
    this.#library.symbols.clock_gettime(CLOCK_REALTIME, this.#time);
  }

  /** Seconds since 1970 when the time was last taken, 0 to 2^32 - 1. */
  get seconds(): number {
    return this.#time[0] ?? 0;
  }

  /** Nanoseconds within that second. */
  get nanoseconds(): number {
    return this.#time[2] ?? 0;
  }

  /** Closes the library. Doing so twice is fine. */
  [Symbol.dispose](): void {
    if (this.#open) this.#library.close();
    this.#open = false;
  }
}
