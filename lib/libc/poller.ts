import { ERRNO } from "../ffi/errno.ts";
import { ErrnoError } from "../ffi/errno_error.ts";
import { CLOEXEC, EPOLL, EPOLL_CTL } from "./constants.ts";
import { EpollEvents } from "./epoll_events.ts";
import { type ErrnoView, viewErrno } from "./errno_view.ts";
import { loadLibc } from "./load.ts";
import { POLLER_SYMBOLS } from "./symbols.ts";

/** What a waiter waits for. An error or a hang-up is told whatever it waits for; "error" waits for these alone. */
export type PollInterest = "read" | "write" | "read-write" | "error";

/** What the roles need of a {@linkcode Poller}; a fake of it serves in tests. */
export interface Waiter {
  /** See {@linkcode Poller.wait}. */
  wait(descriptor: number, interest: PollInterest): Promise<number>;
  /** See {@linkcode Poller.forget}. */
  forget(descriptor: number): void;
  /** See {@linkcode Poller.wake}. */
  wake(): void;
}

/** How a {@linkcode Poller} waits. */
export interface PollerOptions {
  /**
   * Milliseconds to pause before the next wait while descriptors become ready one right after the other: at high rates many small
   * wake-ups become few big ones, and no wake-up comes more than this much later. 0 never pauses.
   *
   * @default {0}
   */
  coalesce?: number;
  /**
   * Milliseconds after which everybody who waits is told to look again.
   *
   * @default {500}
   */
  bound?: number;
}

const INTEREST_BITS: Readonly<Record<PollInterest, number>> = {
  "read": EPOLL.IN,
  "write": EPOLL.OUT,
  "read-write": EPOLL.IN | EPOLL.OUT,
  "error": 0,
};

type Library = Deno.DynamicLibrary<typeof POLLER_SYMBOLS>;

/**
 * The one wait of a program: everybody who waits for a descriptor shares one `epoll_wait` on another thread.
 *
 * A wait in progress keeps the process alive; nobody waiting, or a closed poller, does not. All methods are for the thread that
 * opened it.
 */
export class Poller implements Waiter, Disposable, AsyncDisposable {
  readonly #library: Library;
  readonly #errno: ErrnoView;
  readonly #epoll: number;
  readonly #interrupt: number;
  readonly #coalesce: number;
  readonly #bound: number;
  readonly #request = new EpollEvents(1);
  readonly #ready = new EpollEvents(64);
  readonly #waiters = new Map<number, (ready: number) => void>();
  #call: Promise<void> | undefined;
  #callStarted = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #sweepAt = 0;
  #wakeUps = 0;
  #closing: Promise<void> | undefined;

  private constructor(library: Library, options: PollerOptions) {
    this.#library = library;
    this.#coalesce = options.coalesce ?? 0;
    this.#bound = options.bound ?? 500;
    const { symbols } = library;
    this.#errno = viewErrno(symbols.__errno_location());
    this.#epoll = this.#check("epoll_create1", symbols.epoll_create1(CLOEXEC));
    const interrupt = symbols.eventfd(0, CLOEXEC);
    if (interrupt < 0) symbols.close(this.#epoll);
    this.#interrupt = this.#check("eventfd", interrupt);
    this.#arm(this.#interrupt, EPOLL.IN);
  }

  /**
   * Opens a poller. The caller closes it.
   *
   * @param options How it waits.
   * @throws {RangeError} If an option is not a duration.
   * @throws {ErrnoError} If the process has too many descriptors open.
   */
  static open(options: PollerOptions = {}): Poller {
    for (const [name, value] of Object.entries(options)) {
      if (!(value >= 0 && value <= 60_000)) {
        throw new RangeError(
          `Cannot poll with ${name} ${value}: it is not from 0 to 60000 ms`,
        );
      }
    }
    const library = loadLibc(POLLER_SYMBOLS);
    try {
      return new Poller(library, options);
    } catch (error) {
      library.close();
      throw error;
    }
  }

  /** How often the program was woken so far, for a descriptor or to look again. */
  get wakeUps(): number {
    return this.#wakeUps;
  }

  /**
   * Waits until a descriptor is ready, or for the bound at most.
   *
   * One waiter a descriptor. Nothing needs to be undone: a descriptor is armed for one report, and closing it takes it out; but a
   * descriptor closed while somebody waits for it must be forgotten first.
   *
   * @param descriptor An open descriptor of something that can wait (no regular file).
   * @param interest What to wait for.
   * @returns Bits of EPOLLIN, EPOLLOUT, EPOLLERR and EPOLLHUP (see EPOLL in constants.ts), or 0 when the bound ran out, on
   * {@linkcode wake}, {@linkcode forget} and when the poller closes: look again, and wait again if there is nothing.
   * @throws {ErrnoError} If the descriptor is not open (EBADF) or can not wait (EPERM).
   * @throws {TypeError} If somebody waits for it already, or the poller is closed.
   */
  wait(descriptor: number, interest: PollInterest): Promise<number> {
    if (this.#closing !== undefined || this.#waiters.has(descriptor)) {
      const state = this.#closing === undefined
        ? "somebody waits for it already"
        : "the poller is closed";
      throw new TypeError(
        `Cannot wait for descriptor ${descriptor}: ${state}`,
      );
    }
    this.#arm(descriptor, INTEREST_BITS[interest] | EPOLL.ONESHOT);
    return new Promise((resolve) => {
      this.#waiters.set(descriptor, resolve);
      if (this.#call === undefined && this.#pause === undefined) this.#start();
    });
  }

  /** Ends the wait for a descriptor, which then resolves with 0. To be called before it is closed while somebody waits. */
  forget(descriptor: number): void {
    if (this.#closing !== undefined) return;
    this.#library.symbols.epoll_ctl(
      this.#epoll,
      EPOLL_CTL.DEL,
      descriptor,
      this.#request.bytes,
    );
    this.#resolve(descriptor, 0);
  }

  /** Tells everybody who waits to look again: each wait resolves with 0. */
  wake(): void {
    for (const descriptor of [...this.#waiters.keys()]) {
      this.#resolve(descriptor, 0);
    }
  }

  /**
   * Ends all waits at once, each with 0, and releases everything. Closing twice is fine.
   *
   * @returns When no call is in progress any more.
   */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  /** Same as {@linkcode close}, without waiting for its end. */
  [Symbol.dispose](): void {
    void this.close();
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #finish(): Promise<void> {
    const { symbols } = this.#library;
    clearTimeout(this.#pause);
    const one = new BigUint64Array([1n]);
    symbols.write(this.#interrupt, one, BigInt(one.byteLength));
    this.wake();
    await this.#call;
    symbols.close(this.#interrupt);
    symbols.close(this.#epoll);
    this.#library.close();
  }

  #arm(descriptor: number, bits: number): void {
    this.#request.set(bits, descriptor);
    const { epoll_ctl } = this.#library.symbols;
    const event = this.#request.bytes;
    if (epoll_ctl(this.#epoll, EPOLL_CTL.MOD, descriptor, event) === 0) return;
    if (this.#errno[0] === ERRNO.ENOENT) {
      if (epoll_ctl(this.#epoll, EPOLL_CTL.ADD, descriptor, event) === 0) {
        return;
      }
    }
    this.#check("epoll_ctl", -1, `Cannot wait for descriptor ${descriptor}`);
  }

  #start(): void {
    this.#pause = undefined;
    const now = performance.now();
    // A wait that follows a time without waiters begins a bound of its own.
    if (this.#sweepAt <= now) this.#sweepAt = now + this.#bound;
    this.#callStarted = now;
    this.#call = this.#library.symbols.epoll_wait_elsewhere(
      this.#epoll,
      this.#ready.bytes,
      this.#ready.capacity,
      Math.ceil(this.#sweepAt - now),
    ).then((count) => this.#finishCall(count));
  }

  #finishCall(count: number): void {
    this.#call = undefined;
    this.#wakeUps++;
    if (this.#closing !== undefined) return;
    for (let index = 0; index < count; index++) {
      this.#resolve(
        this.#ready.descriptor(index),
        this.#ready.bits(index) & ~EPOLL.ONESHOT,
      );
    }
    const now = performance.now();
    if (now >= this.#sweepAt) this.wake();
    if (now - this.#callStarted < this.#coalesce) {
      // Descriptors become ready faster than once a pause: let more come in.
      this.#pause = setTimeout(() => this.#start(), this.#coalesce);
    } else if (this.#waiters.size > 0) {
      this.#start();
    }
  }

  #resolve(descriptor: number, ready: number): void {
    const resolve = this.#waiters.get(descriptor);
    if (resolve === undefined) return;
    this.#waiters.delete(descriptor);
    resolve(ready);
  }

  #check(call: string, result: number, message = "Cannot poll"): number {
    if (result >= 0) return result;
    throw new ErrnoError(message, { call, errno: this.#errno[0] ?? 0 });
  }
}
