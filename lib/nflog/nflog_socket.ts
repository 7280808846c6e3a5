import { ERRNO } from "../ffi/errno.ts";
import { ErrnoError } from "../ffi/errno_error.ts";
import { type ErrnoView, viewErrno } from "../libc/errno_view.ts";
import {
  encodeBindMessage,
  encodeUnbindMessage,
  type GroupSettings,
} from "./config_message.ts";
import {
  FAMILY,
  MESSAGE,
  MESSAGE_TYPE,
  READ_BUFFER_SIZE,
  SOCKET,
} from "./constants.ts";
import {
  loadNflog,
  loadSocketFunctions,
  type NflogLibrary,
  type SocketLibrary,
} from "./load.ts";

/** How big the socket's buffer became. */
export interface SocketBuffer {
  /** Bytes it has, in the kernel's own reckoning, which counts its bookkeeping too. */
  size: number;
  /** Whether SO_RCVBUFFORCE was refused, so that net.core.rmem_max set the limit. */
  capped: boolean;
}

/**
 * The netlink socket that logged packets arrive on, as libnetfilter_log opens it.
 *
 * The library opens the socket and, where asked, redirects protocol families. Groups are bound by one message each with all settings in it: the
 * library's own calls are six round trips a group, which read the same socket and throw away what packets of groups bound before come in between.
 */
export class NflogSocket implements Disposable {
  /** The descriptor to wait on. */
  readonly fd: number;
  readonly #stack: DisposableStack;
  readonly #nflog: NflogLibrary;
  readonly #libc: SocketLibrary;
  readonly #handle: Deno.PointerObject;
  readonly #errno: ErrnoView;
  readonly #groups = new Set<number>();
  /** Datagrams that came before the answer to a configuration message. */
  readonly #early: Uint8Array[] = [];
  #sequence = 0;

  private constructor(
    stack: DisposableStack,
    libraries: { nflog: NflogLibrary; libc: SocketLibrary },
    handle: Deno.PointerObject,
  ) {
    this.#nflog = libraries.nflog;
    this.#libc = libraries.libc;
    this.#handle = handle;
    this.#stack = stack;
    this.fd = this.#nflog.symbols.nflog_fd(handle);
    this.#errno = viewErrno(this.#libc.symbols.__errno_location());
  }

  /**
   * Opens the socket; it is bound to no group yet.
   *
   * @throws {LibraryError} If libnetfilter_log is missing.
   * @throws {ErrnoError} If the kernel has no NFLOG.
   */
  static open(): NflogSocket {
    using stack = new DisposableStack();
    const nflog = stack.adopt(loadNflog(), (library) => library.close());
    const libc = stack.adopt(
      loadSocketFunctions(),
      (library) => library.close(),
    );
    const handle = nflog.symbols.nflog_open();
    if (handle === null) {
      const [errno = 0] = viewErrno(libc.symbols.__errno_location());
      throw new ErrnoError(
        "Cannot open the NFLOG socket (the kernel needs CONFIG_NETFILTER_NETLINK_LOG)",
        { call: "nflog_open", errno },
      );
    }
    stack.defer(() => void nflog.symbols.nflog_close(handle));
    return new NflogSocket(stack.move(), { nflog, libc }, handle);
  }

  /** Closes the socket; the kernel gives its groups up and drops what was not read. Doing so twice is fine. */
  [Symbol.dispose](): void {
    this.#groups.clear();
    this.#stack[Symbol.dispose]();
  }

  /** Groups that are bound. */
  get groups(): ReadonlySet<number> {
    return this.#groups;
  }

  /** Makes NFLOG the logger of IPv4 and IPv6 in this network namespace, for rules that name no logger. */
  bindProtocolFamilies(): void {
    for (const family of [FAMILY.IPV4, FAMILY.IPV6]) {
      if (this.#nflog.symbols.nflog_bind_pf(this.#handle, family) < 0) {
        throw this.#failed(
          `Cannot make NFLOG the logger of protocol family ${family}`,
          "nflog_bind_pf",
        );
      }
    }
  }

  /**
   * Sizes the socket's buffer: by SO_RCVBUFFORCE, or as far as net.core.rmem_max lets SO_RCVBUF go.
   *
   * @param size Bytes to ask for; the kernel doubles them to make room for its bookkeeping.
   * @returns What was achieved.
   */
  setBufferSize(size: number): SocketBuffer {
    const value = new Int32Array([Math.min(size, 0x3fffffff)]);
    const set = (option: number): number =>
      this.#libc.symbols.setsockopt(
        this.fd,
        SOCKET.SOL_SOCKET,
        option,
        value,
        4,
      );
    const capped = set(SOCKET.SO_RCVBUFFORCE) < 0;
    if (capped && set(SOCKET.SO_RCVBUF) < 0) {
      throw this.#failed(
        `Cannot give the NFLOG socket a buffer of ${size} bytes`,
        "setsockopt",
      );
    }
    return { size: this.#getOption(SOCKET.SO_RCVBUF, 1)[0] ?? 0, capped };
  }

  /** Datagrams that the kernel dropped because the socket's buffer was full; each held any number of packets. */
  get droppedDatagrams(): number {
    const words = this.#getOption(SOCKET.SO_MEMINFO, SOCKET.MEMINFO_WORDS);
    return (words[SOCKET.MEMINFO_DROPS] ?? 0) >>> 0;
  }

  #getOption(option: number, words: number): Int32Array {
    const value = new Int32Array(words);
    const length = new Uint32Array([value.byteLength]);
    const result = this.#libc.symbols.getsockopt(
      this.fd,
      SOCKET.SOL_SOCKET,
      option,
      value,
      length,
    );
    if (result < 0) {
      throw this.#failed(
        `Cannot read option ${option} of the NFLOG socket`,
        "getsockopt",
      );
    }
    return value;
  }

  /**
   * Binds a group with all its settings.
   *
   * @param group NFLOG group.
   * @param settings How the kernel is to log it.
   * @throws {ErrnoError} EPERM when CAP_NET_ADMIN is missing, or another socket has the group.
   */
  bind(group: number, settings: GroupSettings): void {
    const request = (): number => {
      const sequence = ++this.#sequence;
      const message = encodeBindMessage(group, settings, sequence);
      return this.#request(message, sequence);
    };
    let errno = request();
    // The kernel has loaded a module meanwhile, and wants to be asked again.
    if (errno === ERRNO.EAGAIN) errno = request();
    if (errno !== 0) {
      throw new ErrnoError(`Cannot bind NFLOG group ${group}`, {
        call: "bind",
        errno,
      });
    }
    this.#groups.add(group);
  }

  /**
   * Gives a group up, after which the kernel delivers what it had gathered, and logs no more to it.
   *
   * @param group NFLOG group.
   * @returns Whether the kernel did; it does not after CAP_NET_ADMIN was given up.
   */
  unbind(group: number): boolean {
    const sequence = ++this.#sequence;
    const errno = this.#request(
      encodeUnbindMessage(group, sequence),
      sequence,
    );
    if (errno === 0) this.#groups.delete(group);
    return errno === 0;
  }

  /** Sends a configuration message and gives the errno of its answer. The kernel has answered when `send` returns. */
  #request(message: Uint8Array<ArrayBuffer>, sequence: number): number {
    const { send } = this.#libc.symbols;
    if (send(this.fd, message, BigInt(message.byteLength), 0) < 0n) {
      return this.#lastErrno;
    }
    const buffer = new Uint8Array(READ_BUFFER_SIZE);
    for (;;) {
      const size = this.#receive(buffer);
      if (size === -ERRNO.ENOBUFS || size === -ERRNO.EINTR) continue;
      if (size < 0) return -size;
      const view = new DataView(buffer.buffer);
      if (
        view.getUint16(MESSAGE.TYPE, true) === MESSAGE_TYPE.ERROR &&
        view.getUint32(MESSAGE.SEQUENCE, true) === sequence
      ) {
        return -view.getInt32(MESSAGE.HEADER_SIZE, true);
      }
      this.#early.push(buffer.slice(0, size));
    }
  }

  #receive(buffer: Uint8Array<ArrayBuffer>): number {
    const size = Number(
      this.#libc.symbols.recv(
        this.fd,
        buffer,
        BigInt(buffer.byteLength),
        SOCKET.MSG_DONTWAIT | SOCKET.MSG_TRUNC,
      ),
    );
    return size < 0 ? -this.#lastErrno : size;
  }

  /**
   * Reads one datagram, without waiting.
   *
   * @param buffer Where to; a datagram that is longer is cut, and its true size returned.
   * @returns Its size in bytes, or the negative errno: EAGAIN when there is none, ENOBUFS when the kernel dropped some.
   */
  read(buffer: Uint8Array<ArrayBuffer>): number {
    const early = this.#early.shift();
    if (early === undefined) return this.#receive(buffer);
    buffer.set(early.subarray(0, buffer.byteLength));
    return early.byteLength;
  }

  get #lastErrno(): number {
    return this.#errno[0] ?? 0;
  }

  #failed(message: string, call: string): ErrnoError {
    return new ErrnoError(message, { call, errno: this.#lastErrno });
  }
}
