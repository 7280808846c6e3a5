import { encodeCString } from "../ffi/c_string.ts";
import { loadLibc } from "./load.ts";

/** What is called to read files and directories (fcntl.h, unistd.h, dirent.h). */
const PROC_SYMBOLS = {
  open: {
    parameters: [
      "buffer", // const char *pathname
      "i32", // int flags
    ],
    result: "i32",
  },
  read: {
    parameters: [
      "i32", // int fd
      "buffer", // void *buf
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
  readlink: {
    parameters: [
      "buffer", // const char *pathname
      "buffer", // char *buf
      "usize", // size_t bufsiz
    ],
    result: "isize",
  },
  opendir: {
    parameters: [
      "buffer", // const char *name
    ],
    result: "pointer",
  },
  readdir: {
    parameters: [
      "pointer", // DIR *dirp
    ],
    result: "pointer",
  },
  closedir: {
    parameters: [
      "pointer", // DIR *dirp
    ],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** Offset of d_name in struct dirent (dirent.h, 64-bit Linux). */
const ENTRY_NAME = 19;

/**
 * Reads files under /proc, which Deno opens only for programs that are allowed everything.
 *
 * Nothing here throws for a file that is not there or may not be read: processes come and go.
 */
export class ProcReader implements Disposable {
  readonly #library = loadLibc(PROC_SYMBOLS);
  #open = true;

  /** Closes the library. Doing so twice is fine. */
  [Symbol.dispose](): void {
    if (this.#open) this.#library.close();
    this.#open = false;
  }

  /**
   * Reads a text file.
   *
   * @param path Its path.
   * @returns Its content, or undefined if it could not be read.
   */
  readText(path: string): string | undefined {
    const { open, read, close } = this.#library.symbols;
    const descriptor = open(encodeCString(path), 0);
    if (descriptor < 0) return undefined;
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(64 * 1024);
    let text = "";
    for (;;) {
      const size = Number(read(descriptor, buffer, BigInt(buffer.byteLength)));
      if (size <= 0) break;
      text += decoder.decode(buffer.subarray(0, size), { stream: true });
    }
    close(descriptor);
    return text;
  }

  /**
   * Reads a symbolic link.
   *
   * @param path Its path.
   * @returns What it points to, or undefined if it could not be read.
   */
  readLink(path: string): string | undefined {
    const buffer = new Uint8Array(4096);
    const size = Number(
      this.#library.symbols.readlink(
        encodeCString(path),
        buffer,
        BigInt(buffer.byteLength),
      ),
    );
    return size < 0
      ? undefined
      : new TextDecoder().decode(buffer.subarray(0, size));
  }

  /**
   * Lists a directory.
   *
   * @param path Its path.
   * @returns The names in it; none if it could not be read.
   */
  list(path: string): string[] {
    const { opendir, readdir, closedir } = this.#library.symbols;
    const directory = opendir(encodeCString(path));
    if (directory === null) return [];
    const names: string[] = [];
    for (;;) {
      const entry = readdir(directory);
      if (entry === null) break;
      names.push(Deno.UnsafePointerView.getCString(entry, ENTRY_NAME));
    }
    closedir(directory);
    return names.filter((name) => name !== "." && name !== "..");
  }
}
