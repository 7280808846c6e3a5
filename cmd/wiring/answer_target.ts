// Where the file goes that a query is answered with: complete under its name, or not at all.

import type { Destination } from "../../lib/cli/values/mod.ts";

/** Takes a file. Disposing of it without {@linkcode AnswerTarget.commit} leaves nothing behind. */
export interface AnswerTarget extends AsyncDisposable {
  /** Writes bytes, all of them. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Says that the file is complete. */
  commit(): Promise<void>;
}

/**
 * Opens a target.
 *
 * @param destination Standard output, or a path: a file appears there by a rename, a FIFO or device is written as it is.
 * @param signal Takes an unfinished file away at once.
 * @returns The target; the caller disposes of it.
 * @throws {Error} If it can not be written.
 */
export async function openAnswerTarget(
  destination: Destination,
  signal: AbortSignal,
): Promise<AnswerTarget> {
  if (destination.kind === "stdout") return new OpenTarget(Deno.stdout);
  const { path } = destination;
  try {
    const place = await findPlace(path);
    if (place.kind === "file") {
      return await DraftTarget.open(place.path, signal);
    }
    return new OpenTarget(await Deno.open(place.path, { write: true }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot write ${path}: ${reason}`, { cause });
  }
}

/** Finds what a path leads to; where there is nothing, a file will be. */
async function findPlace(
  path: string,
): Promise<{ kind: "file" | "other"; path: string }> {
  try {
    const real = await Deno.realPath(path);
    const { isFile, isDirectory } = await Deno.stat(real);
    if (isDirectory) throw new TypeError("it is a directory");
    return { kind: isFile ? "file" : "other", path: real };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { kind: "file", path };
    throw error;
  }
}

async function writeAll(
  to: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  let rest = bytes;
  while (rest.byteLength > 0) rest = rest.subarray(await to.write(rest));
}

/** What is written as it comes: standard output, a FIFO. */
class OpenTarget implements AnswerTarget {
  readonly #file: typeof Deno.stdout | Deno.FsFile;

  constructor(file: typeof Deno.stdout | Deno.FsFile) {
    this.#file = file;
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await writeAll(this.#file, bytes);
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      throw new Error("Cannot write the answer: its reader has gone", {
        cause: error,
      });
    }
  }

  commit(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#file !== Deno.stdout) this.#file.close();
    return Promise.resolve();
  }
}

/** A file under another name until it is complete. */
class DraftTarget implements AnswerTarget {
  readonly #path: string;
  readonly #draft: string;
  readonly #file: Deno.FsFile;
  readonly #signal: AbortSignal;
  #isOpen = true;
  #isThere = true;

  private constructor(
    paths: { path: string; draft: string },
    file: Deno.FsFile,
    signal: AbortSignal,
  ) {
    this.#path = paths.path;
    this.#draft = paths.draft;
    this.#file = file;
    this.#signal = signal;
    signal.addEventListener("abort", this.#remove, { once: true });
  }

  static async open(path: string, signal: AbortSignal): Promise<DraftTarget> {
    const draft = `${path}.${crypto.randomUUID().slice(0, 8)}.part`;
    const file = await Deno.open(draft, { write: true, createNew: true });
    return new DraftTarget({ path, draft }, file, signal);
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return writeAll(this.#file, bytes);
  }

  async commit(): Promise<void> {
    this.#close();
    await Deno.rename(this.#draft, this.#path);
    this.#isThere = false;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener("abort", this.#remove);
    this.#remove();
    this.#close();
    return Promise.resolve();
  }

  #close(): void {
    if (this.#isOpen) this.#file.close();
    this.#isOpen = false;
  }

  /** Not waited for, so that nothing stays even if the program ends right now. */
  readonly #remove = (): void => {
    if (!this.#isThere) return;
    this.#isThere = false;
    Deno.removeSync(this.#draft);
  };
}
