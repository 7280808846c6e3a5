/** Where to find a shared library, and what to say when it is not there. */
export interface LibrarySource {
  /** File names or paths, tried in order. */
  names: readonly string[];
  /** What to call it in messages. @default {names[0]} */
  title?: string;
  /** One sentence that says how to get the library. */
  advice: string;
}

/** A native library of this program could not be loaded. */
export class LibraryError extends Error {
  /**
   * @param message Which library is missing and how to get it, on one line.
   * @param options The cause, from the last attempt.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "LibraryError";
  }
}

/**
 * Opens the first of several shared libraries that loads. The caller closes it.
 *
 * @param source The names to try, and the advice for when none loads.
 * @param symbols The functions to bind.
 * @returns The open library.
 * @throws {LibraryError} If none could be loaded.
 * @throws {Deno.errors.NotCapable} If Deno's permissions forbid it.
 */
export function loadLibrary<const S extends Deno.ForeignLibraryInterface>(
  source: LibrarySource,
  symbols: S,
): Deno.DynamicLibrary<S> {
  let cause: unknown;
  for (const name of source.names) {
    try {
      return Deno.dlopen(name, symbols);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      cause = error;
    }
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  throw new LibraryError(
    `Cannot load ${source.title ?? source.names[0]}: ${
      reason.split("\n")[0]
    }. ${source.advice}`,
    { cause },
  );
}
