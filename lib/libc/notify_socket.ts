import { ErrnoError } from "../ffi/errno_error.ts";
import { viewErrno } from "./errno_view.ts";
import { loadLibc } from "./load.ts";

// sys/socket.h
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** struct sockaddr_un (sys/un.h). */
const ADDRESS = { PATH: 2, PATH_SIZE: 108 } as const;

const NOTIFY_SYMBOLS = {
  socket: {
    parameters: [
      "i32", // int domain
      "i32", // int type
      "i32", // int protocol
    ],
    result: "i32",
  },
  sendto: {
    parameters: [
      "i32", // int sockfd
      "buffer", // const void *buf
      "usize", // size_t len
      "i32", // int flags
      "buffer", // const struct sockaddr *dest_addr
      "u32", // socklen_t addrlen
    ],
    result: "isize",
  },
  close: {
    parameters: [
      "i32", // int fd
    ],
    result: "i32",
  },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

const encoder = new TextEncoder();

/** Where a service tells its service manager how it is: `sd_notify(3)`, without its library. */
export class NotifySocket implements Disposable {
  readonly #library: Deno.DynamicLibrary<typeof NOTIFY_SYMBOLS>;
  readonly #descriptor: number;
  readonly #address: Uint8Array<ArrayBuffer>;
  #open = true;

  private constructor(
    library: Deno.DynamicLibrary<typeof NOTIFY_SYMBOLS>,
    descriptor: number,
    address: Uint8Array<ArrayBuffer>,
  ) {
    this.#library = library;
    this.#descriptor = descriptor;
    this.#address = address;
  }

  /**
   * Opens the socket; the service manager is not asked yet.
   *
   * @param name What `NOTIFY_SOCKET` says: a path, or `@` and an abstract name.
   * @returns The socket, which the caller disposes of.
   * @throws {RangeError} If it is neither, or too long.
   * @throws {ErrnoError} If there is no descriptor left.
   */
  static open(name: string): NotifySocket {
    const address = encodeAddress(name);
    const library = loadLibc(NOTIFY_SYMBOLS);
    const { socket, __errno_location } = library.symbols;
    const errno = viewErrno(__errno_location());
    const descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
      const number = errno[0] ?? 0;
      library.close();
      throw new ErrnoError("Cannot open a socket for the service manager", {
        call: "socket",
        errno: number,
      });
    }
    return new NotifySocket(library, descriptor, address);
  }

  /**
   * Tells the service manager something. Never waits.
   *
   * @param state Assignments such as `READY=1`, one a line.
   * @returns Whether it was taken; a manager that is busy or gone takes nothing, and a service goes on without.
   */
  send(state: string): boolean {
    if (!this.#open) return false;
    const bytes = encoder.encode(state);
    const sent = this.#library.symbols.sendto(
      this.#descriptor,
      bytes,
      BigInt(bytes.byteLength),
      MSG_DONTWAIT | MSG_NOSIGNAL,
      this.#address,
      this.#address.byteLength,
    );
    return Number(sent) === bytes.byteLength;
  }

  /** Closes the socket. Doing so twice is fine. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#library.symbols.close(this.#descriptor);
    this.#library.close();
  }
}

/** Makes a struct sockaddr_un: a path ends with a NUL, an abstract name begins with one and ends with the structure. */
function encodeAddress(name: string): Uint8Array<ArrayBuffer> {
  const abstract = name.startsWith("@");
  if (!abstract && !name.startsWith("/")) {
    throw new RangeError(
      `Cannot notify ${
        JSON.stringify(name)
      }: it is neither a path nor an abstract socket`,
    );
  }
  const path = encoder.encode(abstract ? `\0${name.slice(1)}` : `${name}\0`);
  if (path.byteLength > ADDRESS.PATH_SIZE) {
    throw new RangeError(
      `Cannot notify ${
        JSON.stringify(name)
      }: it is longer than a socket's name`,
    );
  }
  const address = new Uint8Array(ADDRESS.PATH + path.byteLength);
  new DataView(address.buffer).setUint16(0, AF_UNIX, true); // host order: both architectures are little-endian
  address.set(path, ADDRESS.PATH);
  return address;
}
