import { formatErrno } from "./errno.ts";

/** What a failed C call reports: which call, and the errno it left. */
export interface ErrnoErrorOptions extends ErrorOptions {
  /** The C function that failed. */
  call: string;
  /** The errno value it left. */
  errno: number;
}

/** A call into libc, libnetfilter_log or libzmq that failed. */
export class ErrnoError extends Error {
  /** The C function that failed. */
  readonly call: string;
  /** The errno value it left. */
  readonly errno: number;
  /** The symbolic name of {@linkcode errno}, such as `EPERM`. */
  readonly code: string;

  /**
   * @param message What could not be done, as "Cannot <verb> <thing>"; the call and its errno are appended.
   * @param options The call and its errno.
   */
  constructor(message: string, options: ErrnoErrorOptions) {
    const code = formatErrno(options.errno);
    super(`${message}: ${options.call}: ${code}`, options);
    this.name = "ErrnoError";
    this.call = options.call;
    this.errno = options.errno;
    this.code = code;
  }
}
