import { encodeCString } from "../ffi/c_string.ts";
import { loadLibc } from "./load.ts";

const MFD_CLOEXEC = 1; // linux/memfd.h

const MEMORY_FILE_SYMBOLS = {
  memfd_create: {
    parameters: [
      "buffer", // const char *name
      "u32", // unsigned int flags
    ],
    result: "i32",
  },
  write: {
    parameters: [
      "i32", // int fd
      "buffer", // const void *buf
      "usize", // size_t count
    ],
    result: "isize",
  },
  close: {
    parameters: [
      "i32", // int fd
    ],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * `memfd_create`: makes a file that is in no directory, so that nobody else can put another one in its place. It lasts as long as the process.
 *
 * @param name What it is called in `/proc/self/maps`.
 * @param bytes What is in it; copied.
 * @returns The path under which this process can open it, or undefined if the kernel made none.
 * @throws {LibraryError} If this is not a system with the GNU C library.
 */
export function openMemoryFile(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): string | undefined {
  const library = loadLibc(MEMORY_FILE_SYMBOLS);
  const { memfd_create, write, close } = library.symbols;
  const descriptor = memfd_create(encodeCString(name), MFD_CLOEXEC);
  let written = 0;
  while (descriptor >= 0 && written < bytes.byteLength) {
    const rest = bytes.subarray(written);
    const count = Number(write(descriptor, rest, BigInt(rest.byteLength)));
    if (count <= 0) break;
    written += count;
  }
  const whole = descriptor >= 0 && written === bytes.byteLength;
  if (descriptor >= 0 && !whole) close(descriptor);
  library.close();
  return whole ? `/proc/self/fd/${descriptor}` : undefined;
}
