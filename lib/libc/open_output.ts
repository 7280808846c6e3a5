import { ErrnoError } from "../ffi/errno_error.ts";
import { ERRNO } from "../ffi/errno.ts";
import { OPEN } from "./constants.ts";
import { FifoOutput } from "./fifo_output.ts";
import { FileCalls } from "./file_calls.ts";
import { FileOutput, type FileOutputOptions } from "./file_output.ts";
import type { OpenedOutput } from "./output.ts";
import type { OutputSurroundings } from "./pipe_writer.ts";
import type { Waiter } from "./poller.ts";
import { StdoutPipeOutput } from "./stdout_pipe_output.ts";

/** Where a stream goes. */
export type OutputPlace =
  | { readonly kind: "stdout" }
  /** A FIFO, or a file that is created or replaced. */
  | { readonly kind: "path"; readonly path: string };

/** What is needed to open an output. */
export interface OpenOutputOptions extends FileOutputOptions {
  /** The program's one wait; it must stay open until the output is closed. */
  waiter: Waiter;
}

const STDOUT = 1;
const STDOUT_NAME = "standard output";

/**
 * Opens a FIFO, a file or standard output for writing.
 *
 * @param place Which.
 * @param options What is needed.
 * @returns The output. A path at which there is nothing becomes a file.
 * @throws {ErrnoError} If it may not be written.
 * @throws {TypeError} If it is nothing that a stream can be written to, such as a directory.
 */
export function openOutput(
  place: OutputPlace,
  options: OpenOutputOptions,
): OpenedOutput {
  const calls = new FileCalls();
  const surroundings = { calls, waiter: options.waiter };
  try {
    return place.kind === "stdout"
      ? openStdout(surroundings, options)
      : openPath(surroundings, { path: place.path, ...options });
  } catch (error) {
    calls[Symbol.dispose]();
    throw error;
  }
}

function openStdout(
  surroundings: OutputSurroundings,
  options: FileOutputOptions,
): OpenedOutput {
  const { calls } = surroundings;
  const opened = { name: STDOUT_NAME, remark: undefined };
  if (calls.kind(STDOUT) === "fifo") {
    // Opened anew, as making the shared one non-blocking would change it for whoever else writes there.
    const descriptor = calls.open(
      `/proc/self/fd/${STDOUT}`,
      OPEN.WRITE_ONLY | OPEN.NONBLOCK,
    );
    if (descriptor >= 0) {
      const output = new StdoutPipeOutput(surroundings, descriptor);
      return { output, ...opened };
    }
  }
  const file = {
    descriptor: STDOUT,
    name: STDOUT_NAME,
    ownership: "borrowed",
  } as const;
  return { output: new FileOutput(surroundings, file, options), ...opened };
}

function openPath(
  surroundings: OutputSurroundings,
  options: FileOutputOptions & { path: string },
): OpenedOutput {
  const { calls } = surroundings;
  const { path } = options;
  const kind = calls.kind(path);
  if (typeof kind === "number") throw cannotOpen(path, kind);
  if (kind === "directory" || kind === "other") {
    const what = kind === "other" ? "neither FIFO nor file" : "a directory";
    throw new TypeError(
      `Cannot write ${path}: it is ${what}; name a FIFO (made by mkfifo) or a file`,
    );
  }
  if (kind === "fifo") {
    const output = new FifoOutput(surroundings, path);
    return { output, name: path, remark: output.remark };
  }
  const descriptor = calls.open(
    path,
    OPEN.WRITE_ONLY | OPEN.CREATE | OPEN.TRUNCATE,
  );
  if (descriptor < 0) throw cannotOpen(path, descriptor);
  const file = { descriptor, name: path, ownership: "owned" } as const;
  const remark = kind === "missing"
    ? `${path} was not there and is now a file; for a FIFO, make it before the start: mkfifo ${path}`
    : undefined;
  return {
    output: new FileOutput(surroundings, file, options),
    name: path,
    remark,
  };
}

function cannotOpen(path: string, result: number): ErrnoError {
  const errno = -result;
  const state = errno === ERRNO.ENOENT ? ": there is no such directory" : "";
  return new ErrnoError(`Cannot write ${path}${state}`, {
    call: "open",
    errno,
  });
}
