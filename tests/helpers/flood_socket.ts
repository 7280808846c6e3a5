// The UDP socket of a load generator: connected, blocking, and fed with many packets a call.

import { ErrnoError } from "../../lib/ffi/errno_error.ts";
import { ERRNO } from "../../lib/ffi/errno.ts";
import { loadLibrary } from "../../lib/ffi/load.ts";

const SYMBOLS = {
  socket: {
    parameters: [
      "i32", // int domain
      "i32", // int type
      "i32", // int protocol
    ],
    result: "i32",
  },
  connect: {
    parameters: [
      "i32", // int sockfd
      "buffer", // const struct sockaddr *addr
      "u32", // socklen_t addrlen
    ],
    result: "i32",
  },
  setsockopt: {
    parameters: [
      "i32", // int sockfd
      "i32", // int level
      "i32", // int optname
      "buffer", // const void *optval
      "u32", // socklen_t optlen
    ],
    result: "i32",
  },
  sendmmsg: {
    parameters: [
      "i32", // int sockfd
      "buffer", // struct mmsghdr *msgvec
      "u32", // unsigned int vlen
      "i32", // int flags
    ],
    result: "i32",
  },
  usleep: { parameters: ["u32"], result: "i32" }, // useconds_t usec
  clock: { parameters: [], result: "i64" }, // microseconds, as glibc counts them
  close: { parameters: ["i32"], result: "i32" }, // int fd
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

const AF_INET = 2; // bits/socket.h
const AF_INET6 = 10;
const SOCK_DGRAM = 2;
const SOL_UDP = 17; // linux/udp.h
const UDP_SEGMENT = 103;
const SOCKADDR_IN_SIZE = 16; // netinet/in.h
const SOCKADDR_IN6_SIZE = 28;
/** errno values after which the same packets are sent again: an ICMP answer to earlier ones, or a full queue. */
const PASSING: readonly number[] = [
  ERRNO.ECONNREFUSED,
  ERRNO.ENOBUFS,
  ERRNO.EAGAIN,
  ERRNO.EINTR,
];
const MOST_RETRIES = 1_000_000;

/** Where a flood goes. */
export interface FloodTarget {
  /** IP version. */
  version: 4 | 6;
  /** struct sockaddr_in or sockaddr_in6. */
  sockaddr: Uint8Array<ArrayBuffer>;
}

/**
 * Reads the address that a flood goes to.
 *
 * @param text Such as `127.0.0.1:9999` or `[::1]:9999`.
 * @returns The address.
 * @throws {RangeError} If it is not an IP address and a port.
 */
export function parseFloodTarget(text: string): FloodTarget {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([0-9.]+)):(\d+)$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65535) {
    throw new RangeError(
      `Cannot send to ${JSON.stringify(text)}: not IP:PORT`,
    );
  }
  if (match[2] !== undefined) {
    const sockaddr = new Uint8Array(SOCKADDR_IN_SIZE);
    sockaddr.set([AF_INET, 0, port >> 8, port & 0xff]);
    sockaddr.set(match[2].split(".").map(Number), 4);
    return { version: 4, sockaddr };
  }
  const sockaddr = new Uint8Array(SOCKADDR_IN6_SIZE);
  sockaddr.set([AF_INET6, 0, port >> 8, port & 0xff]);
  sockaddr.set(parseIpv6(match[1] ?? ""), 8);
  return { version: 6, sockaddr };
}

function parseIpv6(text: string): Uint8Array {
  const [front = [], back = []] = text.split("::").map((part) =>
    part === "" ? [] : part.split(":").map((word) => parseInt(word, 16))
  );
  const zeros = new Array<number>(8 - front.length - back.length).fill(0);
  return Uint8Array.from(
    [...front, ...zeros, ...back].flatMap((word) => [word >> 8, word & 0xff]),
  );
}

/** A connected UDP socket. */
export class FloodSocket implements Disposable {
  readonly #libc: Deno.DynamicLibrary<typeof SYMBOLS>;
  readonly #socket: number;
  #retries = 0;

  /**
   * Opens the socket.
   *
   * @param target Where to send.
   * @param segmentSize Cut each message into datagrams of so many bytes; 0 leaves it whole.
   * @throws {ErrnoError} If the kernel refuses.
   */
  constructor(target: FloodTarget, segmentSize = 0) {
    this.#libc = loadLibrary(
      { names: ["libc.so.6"], advice: "It is part of glibc." },
      SYMBOLS,
    );
    const { symbols } = this.#libc;
    const domain = target.version === 4 ? AF_INET : AF_INET6;
    this.#socket = symbols.socket(domain, SOCK_DGRAM, 0);
    const { sockaddr } = target;
    const result = symbols.connect(this.#socket, sockaddr, sockaddr.length);
    if (result < 0) throw this.#lastError("connect");
    if (segmentSize > 0) {
      const value = Int32Array.of(segmentSize);
      const size = value.byteLength;
      const set = symbols.setsockopt;
      if (set(this.#socket, SOL_UDP, UDP_SEGMENT, value, size) < 0) {
        throw this.#lastError("setsockopt(UDP_SEGMENT)");
      }
    }
  }

  /** CPU time of this process so far, in milliseconds. */
  get cpuMilliseconds(): number {
    return Number(this.#libc.symbols.clock()) / 1000;
  }

  /**
   * Sends packets, again where the kernel could not just now.
   *
   * @param messages struct mmsghdr[], the first one first.
   * @param count How many of them.
   * @returns How many it took, 0 or more.
   * @throws {ErrnoError} If the kernel refuses for good.
   */
  send(messages: BigUint64Array<ArrayBuffer>, count: number): number {
    const sent = this.#libc.symbols.sendmmsg(this.#socket, messages, count, 0);
    if (sent >= 0) return sent;
    const error = this.#lastError("sendmmsg");
    if (!PASSING.includes(error.errno) || ++this.#retries > MOST_RETRIES) {
      throw error;
    }
    return 0;
  }

  /**
   * Blocks the thread.
   *
   * @param milliseconds For how long.
   */
  pause(milliseconds: number): void {
    this.#libc.symbols.usleep(Math.floor(milliseconds * 1000));
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#libc.symbols.close(this.#socket);
    this.#libc.close();
  }

  #lastError(call: string): ErrnoError {
    const location = this.#libc.symbols.__errno_location();
    const errno = location === null
      ? 0
      : new Deno.UnsafePointerView(location).getInt32();
    return new ErrnoError("Cannot send the flood", { call, errno });
  }
}
