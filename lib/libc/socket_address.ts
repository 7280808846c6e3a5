import { loadLibc } from "./load.ts";
import { SOCKET_SYMBOLS } from "./socket_symbols.ts";

const AF_UNIX = 1; // sys/socket.h
const AF_INET = 2;
const AF_INET6 = 10;
const SOL_SOCKET = 1; // asm-generic/socket.h
const SO_COOKIE = 57;
const SHUT_RDWR = 2; // sys/socket.h
const IPPROTO_TCP = 6; // netinet/in.h
const TCP_INFO = 11; // linux/tcp.h
const TCP_INFO_BYTES_RECEIVED = { WORD: 16, WORDS: 17 } as const; // struct tcp_info: tcpi_bytes_received, in u64

// struct sockaddr_in and sockaddr_in6 (netinet/in.h); ports are big-endian.
const IPV4 = { PORT: 2, ADDRESS: 4, END: 8 } as const;
const IPV6 = { PORT: 2, ADDRESS: 8, MAPPED: 20, END: 24 } as const;
const STORAGE_SIZE = 128; // sizeof(struct sockaddr_storage)
const COOKIE_SIZE = 8;

/** One end of a connection. */
export type SocketAddress =
  | {
    /** IPv4; also for IPv4 connections of an IPv6 socket. */
    family: "ipv4" | "ipv6";
    /** The 4 or 16 bytes of the address, newly made, as in a packet. */
    address: Uint8Array;
    /** The port. */
    port: number;
  }
  | {
    /** A Unix domain socket. */
    family: "unix";
  };

type AddressCall = (
  fd: number,
  address: Uint8Array<ArrayBuffer>,
  size: Uint32Array<ArrayBuffer>,
) => number;

/**
 * Looks at connections that another library owns, by their descriptors.
 *
 * The owner may close a descriptor at any time and the kernel gives its number away again; then the answer is about
 * another socket or undefined. What must not hit the wrong one asks for {@linkcode identify} first.
 */
export class SocketInspector implements Disposable {
  readonly #library: Deno.DynamicLibrary<typeof SOCKET_SYMBOLS>;
  #open = true;

  private constructor() {
    this.#library = loadLibc(SOCKET_SYMBOLS);
  }

  /**
   * Opens the C library.
   *
   * @returns The inspector, which the caller disposes of.
   * @throws {LibraryError} If this is not a system with the GNU C library.
   */
  static open(): SocketInspector {
    return new SocketInspector();
  }

  /**
   * `getsockname`: this end of a connection.
   *
   * @param fd The connection's descriptor.
   * @returns Its address, or undefined if the descriptor is no socket any more.
   */
  local(fd: number): SocketAddress | undefined {
    return readAddress(this.#library.symbols.getsockname, fd);
  }

  /**
   * `getpeername`: the other end of a connection.
   *
   * @param fd The connection's descriptor.
   * @returns Its address, or undefined if the descriptor is not connected any more.
   */
  peer(fd: number): SocketAddress | undefined {
    return readAddress(this.#library.symbols.getpeername, fd);
  }

  /**
   * `SO_COOKIE`: what tells one socket from every other, also from a later one with the same descriptor.
   *
   * @param fd The descriptor.
   * @returns The kernel's number for the socket, or undefined if the descriptor is none any more.
   */
  identify(fd: number): bigint | undefined {
    const cookie = new BigUint64Array(1);
    const size = new Uint32Array([COOKIE_SIZE]);
    const { getsockopt } = this.#library.symbols;
    return getsockopt(fd, SOL_SOCKET, SO_COOKIE, cookie, size) < 0
      ? undefined
      : cookie[0];
  }

  /**
   * `TCP_INFO`: what a connection has received, whether or not its owner has read it yet.
   *
   * @param fd The connection's descriptor.
   * @returns Bytes since its beginning, or undefined if it is no TCP connection, or the kernel does not tell.
   */
  bytesReceived(fd: number): number | undefined {
    const info = new BigUint64Array(TCP_INFO_BYTES_RECEIVED.WORDS);
    const size = new Uint32Array([info.byteLength]);
    const { getsockopt } = this.#library.symbols;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, size) < 0 ||
        size[0] !== info.byteLength
      ? undefined
      : Number(info[TCP_INFO_BYTES_RECEIVED.WORD]);
  }

  /**
   * `shutdown`: ends a connection in both directions. Its owner notices as if the other end had.
   *
   * @param fd The connection's descriptor.
   * @param identity What {@linkcode identify} said of it: another socket is left alone.
   * @returns Whether it was ended.
   */
  shutdown(fd: number, identity: bigint): boolean {
    return this.identify(fd) === identity &&
      this.#library.symbols.shutdown(fd, SHUT_RDWR) === 0;
  }

  /** Closes the library. Does nothing the second time. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#library.close();
  }
}

function readAddress(call: AddressCall, fd: number): SocketAddress | undefined {
  const bytes = new Uint8Array(STORAGE_SIZE);
  const size = new Uint32Array([bytes.length]);
  if (call(fd, bytes, size) < 0) return undefined;
  return decodeSocketAddress(bytes.subarray(0, size[0]));
}

/**
 * Reads a `struct sockaddr` of this machine.
 *
 * @param bytes The structure, as long as the kernel says.
 * @returns The address, copied out, or undefined if the family is none of IPv4, IPv6 and Unix, or bytes are missing.
 */
export function decodeSocketAddress(
  bytes: Uint8Array,
): SocketAddress | undefined {
  if (bytes.length < 2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const family = view.getUint16(0, true); // host order: both architectures are little-endian
  if (family === AF_UNIX) return { family: "unix" };
  if (family === AF_INET && bytes.length >= IPV4.END) {
    const address = bytes.slice(IPV4.ADDRESS, IPV4.END);
    return { family: "ipv4", address, port: view.getUint16(IPV4.PORT) };
  }
  if (family !== AF_INET6 || bytes.length < IPV6.END) return undefined;
  const port = view.getUint16(IPV6.PORT);
  const mapped = bytes.subarray(IPV6.ADDRESS, IPV6.MAPPED);
  return mapped.every((byte, index) => byte === (index < 10 ? 0 : 0xff))
    ? { family: "ipv4", address: bytes.slice(IPV6.MAPPED, IPV6.END), port }
    : { family: "ipv6", address: bytes.slice(IPV6.ADDRESS, IPV6.END), port };
}
