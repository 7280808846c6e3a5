import { loadLibrary } from "../ffi/load.ts";

/**
 * Opens functions of the C library. The caller closes it.
 *
 * @param symbols The functions to bind.
 * @throws {LibraryError} If this is not a system with the GNU C library.
 */
export function loadLibc<const S extends Deno.ForeignLibraryInterface>(
  symbols: S,
): Deno.DynamicLibrary<S> {
  return loadLibrary({
    names: ["libc.so.6"],
    advice: "This program needs the GNU C library",
  }, symbols);
}
