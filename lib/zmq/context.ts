import { ErrnoError } from "../ffi/errno_error.ts";
import { CONTEXT_OPTION } from "./constants.ts";
import { loadZmq, type ZmqLibrary, type ZmqSymbols } from "./load.ts";
import { MessageSlab } from "./message_slab.ts";

/** How to make a context. */
export interface ZmqContextOptions {
  /**
   * `ZMQ_IO_THREADS`: threads that move the bytes of all its sockets. One carries about 2 GB/s; only CURVE at more than
   * 100 MB/s asks for a second.
   *
   * @default {1}
   */
  ioThreads?: number;
}

// What libzmq's threads may still write to must not be garbage, even if nobody holds the context any more.
const openContexts = new Set<ZmqContext>();

/**
 * A ZeroMQ context: the threads, sockets and message memory of one part of a program.
 *
 * End it with `await using` (signals and timers go on while sockets linger) or `using` (the call waits). Either closes
 * the sockets first, so it can not hang: the wait is at most the longest `linger` among them. Messages and sockets are
 * of no use after it; disposing of them then does nothing.
 */
export class ZmqContext implements Disposable, AsyncDisposable {
  /** libzmq's functions, for the other files of this folder. */
  readonly symbols: ZmqSymbols;
  /** Where received messages live, for the other files of this folder. */
  readonly messages: MessageSlab;
  readonly #library: ZmqLibrary;
  readonly #sockets = new Set<Disposable>();
  readonly #kept = new Set<unknown>();
  #handle: Deno.PointerValue;
  #ending: Promise<void> | undefined;

  private constructor(library: ZmqLibrary, handle: Deno.PointerObject) {
    this.#library = library;
    this.#handle = handle;
    this.symbols = library.symbols;
    this.messages = new MessageSlab(library.symbols);
    openContexts.add(this);
  }

  /**
   * Opens libzmq and makes a context.
   *
   * @param options How many threads.
   * @returns The context, which the caller disposes of.
   * @throws {LibraryError} If libzmq can not be loaded.
   * @throws {ErrnoError} If libzmq refuses (EMFILE: too few descriptors; EINVAL: a bad option).
   */
  static open(options: ZmqContextOptions = {}): ZmqContext {
    using stack = new DisposableStack();
    const library = loadZmq();
    stack.defer(() => library.close());
    const { symbols } = library;
    const handle = symbols.zmq_ctx_new();
    if (handle === null) {
      const errno = symbols.zmq_errno();
      throw new ErrnoError("Cannot make a ZeroMQ context", {
        call: "zmq_ctx_new",
        errno,
      });
    }
    stack.defer(() => symbols.zmq_ctx_term(handle));
    const { ioThreads = 1 } = options;
    if (symbols.zmq_ctx_set(handle, CONTEXT_OPTION.IO_THREADS, ioThreads) < 0) {
      const errno = symbols.zmq_errno();
      throw new ErrnoError(`Cannot use ${ioThreads} ZeroMQ threads`, {
        call: "zmq_ctx_set",
        errno,
      });
    }
    const context = new ZmqContext(library, handle);
    stack.move();
    return context;
  }

  /**
   * Makes a raw socket, for the socket classes of this folder.
   *
   * @param type One of {@linkcode SOCKET_TYPE}.
   * @param owner What closes it; disposed of when the context ends.
   * @returns The socket's handle.
   * @throws {ErrnoError} If libzmq refuses, or the context has ended.
   */
  openSocket(type: number, owner: Disposable): Deno.PointerObject {
    const handle = this.symbols.zmq_socket(this.#handle, type);
    if (handle === null) {
      const errno = this.symbols.zmq_errno();
      throw new ErrnoError("Cannot make a ZeroMQ socket", {
        call: "zmq_socket",
        errno,
      });
    }
    this.#sockets.add(owner);
    return handle;
  }

  /**
   * Closes a raw socket.
   *
   * @param handle The socket, from {@linkcode openSocket}.
   * @param owner Its owner there.
   */
  closeSocket(handle: Deno.PointerObject, owner: Disposable): void {
    // It fails only for what is no socket, and the owner holds the handle once.
    this.symbols.zmq_close(handle);
    this.#sockets.delete(owner);
  }

  /**
   * Keeps something from the garbage collector until libzmq's threads have ended.
   *
   * @param value What libzmq may read or write.
   */
  keep(value: unknown): void {
    this.#kept.add(value);
  }

  /** Closes every socket and waits, blocking, until they have lingered. Does nothing the second time. */
  [Symbol.dispose](): void {
    const handle = this.#close();
    if (handle === null) return;
    // EINTR is the only failure: a signal came in the middle, and the call is to be repeated.
    while (this.symbols.zmq_ctx_term(handle) < 0);
    this.#release();
  }

  /** Closes every socket and waits on another thread until they have lingered. The second time waits for the first. */
  [Symbol.asyncDispose](): Promise<void> {
    const handle = this.#close();
    if (handle !== null) this.#ending = this.#terminate(handle);
    return this.#ending ?? Promise.resolve();
  }

  async #terminate(handle: Deno.PointerObject): Promise<void> {
    while (await this.symbols.zmq_ctx_term_waiting(handle) < 0);
    this.#release();
  }

  /** Closes what is open and gives the handle to whoever ends the context, once. */
  #close(): Deno.PointerValue {
    const handle = this.#handle;
    if (handle === null) return null;
    for (const socket of this.#sockets) socket[Symbol.dispose]();
    this.messages[Symbol.dispose]();
    this.#handle = null;
    return handle;
  }

  #release(): void {
    this.#kept.clear();
    this.#library.close();
    openContexts.delete(this);
  }
}
