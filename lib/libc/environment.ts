import { encodeCString, readCString } from "../ffi/c_string.ts";
import { loadLibc } from "./load.ts";

const ENVIRONMENT_SYMBOLS = {
  getenv: {
    parameters: [
      "buffer", // const char *name
    ],
    result: "pointer", // char *, which stays the environment's
  },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * `getenv`: reads variables of the environment. Programs have no permission of Deno's for that; they need but a few, whose names they know.
 *
 * @param names The variables.
 * @returns Those that are set, copied out.
 * @throws {LibraryError} If this is not a system with the GNU C library.
 */
export function readEnvironment<const N extends string>(
  names: readonly N[],
): Partial<Record<N, string>> {
  const library = loadLibc(ENVIRONMENT_SYMBOLS);
  const found: Partial<Record<N, string>> = {};
  for (const name of names) {
    const value = library.symbols.getenv(encodeCString(name));
    if (value !== null) found[name] = readCString(value);
  }
  library.close();
  return found;
}
