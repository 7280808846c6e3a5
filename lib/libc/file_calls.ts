import { encodeCString } from "../ffi/c_string.ts";
import { ERRNO } from "../ffi/errno.ts";
import {
  EPOLL,
  FILE_KINDS,
  FIONREAD,
  INOTIFY,
  OPEN,
  PIPE_SIZE,
  STATX,
} from "./constants.ts";
import { type ErrnoView, viewErrno } from "./errno_view.ts";
import { FILE_SYMBOLS } from "./file_symbols.ts";
import { loadLibc } from "./load.ts";

/** What a path or a descriptor is. */
export type FileKind =
  | "missing"
  | "fifo"
  | "regular file"
  | "character device"
  | "directory"
  | "other";

const KINDS: ReadonlyMap<number, FileKind> = new Map([
  [FILE_KINDS.FIFO, "fifo"],
  [FILE_KINDS.REGULAR, "regular file"],
  [FILE_KINDS.CHARACTER_DEVICE, "character device"],
  [FILE_KINDS.DIRECTORY, "directory"],
]);

/** Everything that readers and writers do to the FIFO itself. */
const WATCHED = INOTIFY.OPEN | INOTIFY.CLOSE_NOWRITE | INOTIFY.CLOSE_WRITE |
  INOTIFY.ATTRIB | INOTIFY.DELETE_SELF | INOTIFY.MOVE_SELF;

/** Permissions of a new file, before the umask takes some away. */
const NEW_FILE_MODE = 0o666;

/** What is called to write files and pipes. What fails returns the errno, negative. */
export class FileCalls implements Disposable {
  readonly #library = loadLibc(FILE_SYMBOLS);
  readonly #errno: ErrnoView;
  readonly #number = new Int32Array(2);
  readonly #numberBytes = new Uint8Array(this.#number.buffer);
  #open = true;

  /**
   * Opens the functions. The caller closes them, after all descriptors.
   *
   * @throws {LibraryError} If this is not a system with the GNU C library.
   */
  constructor() {
    this.#errno = viewErrno(this.#library.symbols.__errno_location());
  }

  /** Tells what a path or a descriptor is, or the negative errno. */
  kind(of: string | number): FileKind | number {
    const status = new Uint16Array(STATX.WORDS);
    const result = this.#library.symbols.statx(
      typeof of === "number" ? of : STATX.HERE,
      encodeCString(typeof of === "number" ? "" : of),
      typeof of === "number" ? STATX.EMPTY_PATH : 0,
      STATX.TYPE,
      new Uint8Array(status.buffer),
    );
    if (result === 0) {
      const mode = status[STATX.MODE_WORD] ?? 0;
      return KINDS.get(mode & FILE_KINDS.MASK) ?? "other";
    }
    return this.#errno[0] === ERRNO.ENOENT ? "missing" : this.#fault();
  }

  /** Opens a path with some of the flags of OPEN in constants.ts; returns the descriptor. */
  open(path: string, flags: number): number {
    const name = encodeCString(path);
    const descriptor = this.#library.symbols.open(
      name,
      flags | OPEN.CLOEXEC,
      NEW_FILE_MODE,
    );
    return descriptor < 0 ? this.#fault() : descriptor;
  }

  /** Closes a descriptor. */
  close(descriptor: number): void {
    this.#library.symbols.close(descriptor);
  }

  /** Reads at once; returns how many bytes came. */
  read(descriptor: number, into: Uint8Array<ArrayBuffer>): number {
    const size = BigInt(into.byteLength);
    const taken = this.#library.symbols.read(descriptor, into, size);
    return taken < 0 ? this.#fault() : taken;
  }

  /** Writes at once, once; returns how many bytes were taken. */
  write(descriptor: number, bytes: Uint8Array): number {
    const taken = this.#library.symbols.write(
      descriptor,
      bytes as Uint8Array<ArrayBuffer>,
      BigInt(bytes.byteLength),
    );
    return taken < 0 ? this.#fault() : taken;
  }

  /**
   * Writes on another thread. The bytes must stay as they are until then.
   *
   * @returns How many bytes were taken, or -1: why, is not to be known.
   */
  writeElsewhere(descriptor: number, bytes: Uint8Array): Promise<number> {
    return this.#library.symbols.write_elsewhere(
      descriptor,
      bytes as Uint8Array<ArrayBuffer>,
      BigInt(bytes.byteLength),
    );
  }

  /** Cuts a file off; returns 0. */
  truncate(descriptor: number, size: number): number {
    const { ftruncate } = this.#library.symbols;
    return ftruncate(descriptor, BigInt(size)) < 0 ? this.#fault() : 0;
  }

  /** Tells whether anybody has the reading end of a pipe open. */
  hasReader(descriptor: number): boolean {
    // struct pollfd { int fd; short events; short revents; }: the bits of poll are those of epoll.
    this.#number[0] = descriptor;
    this.#number[1] = EPOLL.OUT;
    this.#library.symbols.poll(this.#numberBytes, 1n, 0);
    return (((this.#number[1] ?? 0) >> 16) & EPOLL.ERR) === 0;
  }

  /** Counts the bytes that a pipe holds. */
  unread(descriptor: number): number {
    this.#number[0] = 0;
    this.#library.symbols.ioctl(
      descriptor,
      BigInt(FIONREAD),
      this.#numberBytes,
    );
    return this.#number[0] ?? 0;
  }

  /** Asks for room in a pipe; returns how many bytes it holds at most, or the negative errno of what is no pipe. */
  growPipe(descriptor: number, size: number): number {
    const { fcntl } = this.#library.symbols;
    fcntl(descriptor, PIPE_SIZE.SET, size);
    const held = fcntl(descriptor, PIPE_SIZE.GET, 0);
    return held < 0 ? this.#fault() : held;
  }

  /** Starts a watch that never blocks; returns its descriptor. */
  openWatch(): number {
    const descriptor = this.#library.symbols.inotify_init1(
      OPEN.NONBLOCK | OPEN.CLOEXEC,
    );
    return descriptor < 0 ? this.#fault() : descriptor;
  }

  /** Watches who opens and closes a file; returns a number from 1. */
  watch(watcher: number, path: string): number {
    const { inotify_add_watch } = this.#library.symbols;
    const watch = inotify_add_watch(watcher, encodeCString(path), WATCHED);
    return watch < 0 ? this.#fault() : watch;
  }

  /** Closes the library; doing so twice is fine. */
  [Symbol.dispose](): void {
    if (this.#open) this.#library.close();
    this.#open = false;
  }

  #fault(): number {
    return -(this.#errno[0] ?? 0);
  }
}
