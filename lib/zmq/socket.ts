import { encodeCString } from "../ffi/c_string.ts";
import { ERRNO } from "../ffi/errno.ts";
import { ErrnoError } from "../ffi/errno_error.ts";
import { SOCKET_OPTION } from "./constants.ts";
import type { ZmqContext } from "./context.ts";
import { encodeCurveOptions } from "./curve.ts";
import { formatEndpoint, parseEndpoint } from "./endpoint.ts";
import { unmapEndpoint } from "./ip_address.ts";
import type { ZmqSymbols } from "./load.ts";
import {
  encodeSocketOptions,
  type PlainSocketOptions,
  type SocketOptions,
} from "./socket_options.ts";

// Long enough for an ipc path, a bound TCP address and any inproc name that was bound.
const ENDPOINT_SIZE = 512;
// A signal may interrupt a call any number of times, but not for ever.
const MAX_INTERRUPTIONS = 100;

/**
 * What all sockets share: options, binding, connecting, and what a poller needs.
 *
 * Every call is non-blocking. To wait, watch {@linkcode fd} for input together with all other descriptors, with a bound
 * of half a second. The descriptor is edge-triggered and says only that something changed: after each wake-up, and
 * after each send or receive, go on until the socket has nothing more, or look at {@linkcode events}, before waiting.
 */
export abstract class ZmqSocket implements Disposable {
  /** `ZMQ_FD`: the descriptor to wait on for input; it never becomes writable. Not to be read or closed. */
  readonly fd: number;
  /** The context it was made from. */
  protected readonly context: ZmqContext;
  /** libzmq's functions. */
  protected readonly symbols: ZmqSymbols;
  readonly #eventBits = new Int32Array(new ArrayBuffer(4));
  readonly #eventSize = new BigUint64Array([4n]);
  #handle: Deno.PointerValue;

  /**
   * Makes the socket and sets its options.
   *
   * @param context What the socket is made from.
   * @param type One of {@linkcode SOCKET_TYPE}.
   * @param options Its options.
   * @throws {RangeError} If an option is out of its range.
   * @throws {ErrnoError} If libzmq refuses.
   */
  constructor(
    context: ZmqContext,
    type: number,
    options: SocketOptions & PlainSocketOptions,
  ) {
    using stack = new DisposableStack();
    this.context = context;
    this.symbols = context.symbols;
    this.#handle = context.openSocket(type, this);
    // Not the dispose of a subclass, whose fields are not there yet.
    stack.defer(() => this.#close());
    for (const { option, value } of encodeSocketOptions(options)) {
      this.setOption(option, value);
    }
    if (options.curve !== undefined) {
      for (const { option, value } of encodeCurveOptions(options.curve)) {
        this.setOption(option, value);
      }
    }
    const fd = new Int32Array(1);
    this.#getOption(SOCKET_OPTION.FD, fd);
    this.fd = fd[0] ?? -1;
    stack.move();
  }

  /** The raw socket, null once closed: libzmq answers null with ENOTSOCK. */
  protected get handle(): Deno.PointerValue {
    return this.#handle;
  }

  /**
   * Listens at an endpoint.
   *
   * @param endpoint Such as `tcp://*:5555`; `tcp://127.0.0.1:*` takes a free port.
   * @returns The endpoint really bound, with the port that was found.
   * @throws {SyntaxError} If it is no endpoint.
   * @throws {RangeError} If its port or length is out of range.
   * @throws {ErrnoError} If it can not be bound, such as EADDRINUSE, EACCES, ENOENT (no such directory) or ENODEV.
   */
  bind(endpoint: string): string {
    const text = formatEndpoint(parseEndpoint(endpoint, { use: "bind" }));
    const name = encodeCString(text);
    if (this.symbols.zmq_bind(this.#handle, name) < 0) {
      this.fail(`Cannot bind ${text}`, "zmq_bind");
    }
    const bound = new Uint8Array(ENDPOINT_SIZE);
    const size = this.#getOption(SOCKET_OPTION.LAST_ENDPOINT, bound);
    // With IPv6 on, libzmq shows IPv4 addresses as IPv6 ones.
    return unmapEndpoint(
      new TextDecoder().decode(bound.subarray(0, size - 1)),
    );
  }

  /**
   * Connects to an endpoint, now or whenever it comes to be. May be called for several.
   *
   * @param endpoint Such as `tcp://192.0.2.1:5555`.
   * @throws {SyntaxError} If it is no endpoint.
   * @throws {RangeError} If its port or length is out of range.
   * @throws {ErrnoError} If libzmq refuses.
   */
  connect(endpoint: string): void {
    const text = formatEndpoint(parseEndpoint(endpoint, { use: "connect" }));
    const name = encodeCString(text);
    if (this.symbols.zmq_connect(this.#handle, name) < 0) {
      this.fail(`Cannot connect to ${text}`, "zmq_connect");
    }
  }

  /**
   * Ends what {@linkcode connect} began. What was queued for that connection alone is lost.
   *
   * @param endpoint As it was given to `connect`.
   * @throws {SyntaxError} If it is no endpoint.
   * @throws {RangeError} If its port or length is out of range.
   * @throws {ErrnoError} If libzmq refuses (ENOENT: never connected there).
   */
  disconnect(endpoint: string): void {
    const text = formatEndpoint(parseEndpoint(endpoint, { use: "connect" }));
    const name = encodeCString(text);
    if (this.symbols.zmq_disconnect(this.#handle, name) < 0) {
      this.fail(`Cannot disconnect from ${text}`, "zmq_disconnect");
    }
  }

  /**
   * `ZMQ_EVENTS`: what the socket can do now. Costs about 0.4 µs.
   *
   * @returns Bits of {@linkcode SOCKET_EVENT}.
   * @throws {ErrnoError} If the socket is closed.
   */
  events(): number {
    let attempt = 0;
    while (
      this.symbols.zmq_getsockopt(
        this.#handle,
        SOCKET_OPTION.EVENTS,
        this.#eventBits,
        this.#eventSize,
      ) < 0
    ) this.wouldBlock("zmq_getsockopt", attempt++);
    return this.#eventBits[0] ?? 0;
  }

  /**
   * `zmq_socket_monitor`: makes libzmq report what happens to the connections, for {@linkcode SocketMonitor}.
   *
   * @param endpoint Where to report to, an inproc name; undefined to stop it.
   * @param events Bits of {@linkcode MONITOR_EVENT}.
   * @throws {ErrnoError} If libzmq refuses.
   */
  reportEvents(endpoint: string | undefined, events: number): void {
    const name = endpoint === undefined ? null : encodeCString(endpoint);
    if (this.symbols.zmq_socket_monitor(this.#handle, name, events) < 0) {
      this.fail("Cannot watch a ZeroMQ socket", "zmq_socket_monitor");
    }
  }

  /** Whether the socket has been closed. */
  get closed(): boolean {
    return this.#handle === null;
  }

  /** Closes the socket; what it has queued still goes out within `linger`. Does nothing the second time. */
  [Symbol.dispose](): void {
    this.#close();
  }

  #close(): void {
    const handle = this.#handle;
    this.#handle = null;
    if (handle !== null) this.context.closeSocket(handle, this);
  }

  /**
   * Sets an option by its number.
   *
   * @param option One of {@linkcode SOCKET_OPTION}.
   * @param value The value in memory; copied.
   * @throws {ErrnoError} If libzmq refuses.
   */
  protected setOption(
    option: number,
    value: BufferSource & ArrayBufferView<ArrayBuffer>,
  ): void {
    const size = BigInt(value.byteLength);
    if (this.symbols.zmq_setsockopt(this.#handle, option, value, size) < 0) {
      this.fail(`Cannot set ZeroMQ option ${option}`, "zmq_setsockopt");
    }
  }

  /**
   * Judges a non-blocking call that failed, to be asked right after it.
   *
   * errno can be another's, once in millions of calls, so an errno that makes no sense is believed the second time only.
   *
   * @param call The C function.
   * @param attempt How many times it failed before, in a row.
   * @returns True if nothing can be done now (EAGAIN); false if the call is to be repeated.
   * @throws {ErrnoError} For every other failure.
   */
  protected wouldBlock(call: string, attempt: number): boolean {
    const errno = this.symbols.zmq_errno();
    if (errno === ERRNO.EAGAIN) return true;
    if (attempt === 0) return false;
    if (errno === ERRNO.EINTR && attempt < MAX_INTERRUPTIONS) return false;
    throw new ErrnoError("Cannot use a ZeroMQ socket", { call, errno });
  }

  /**
   * Throws for a call that failed, to be called right after it.
   *
   * @param message What could not be done.
   * @param call The C function.
   * @throws {ErrnoError} Always.
   */
  protected fail(message: string, call: string): never {
    throw new ErrnoError(message, { call, errno: this.symbols.zmq_errno() });
  }

  #getOption(
    option: number,
    value: Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>,
  ): number {
    const size = new BigUint64Array([BigInt(value.byteLength)]);
    if (
      this.symbols.zmq_getsockopt(this.#handle, option, value, size) < 0
    ) this.fail(`Cannot read ZeroMQ option ${option}`, "zmq_getsockopt");
    return Number(size[0]);
  }
}
