import { loadLibrary } from "../ffi/load.ts";
import { loadLibc } from "../libc/load.ts";
import { NFLOG_SYMBOLS, SOCKET_SYMBOLS } from "./symbols.ts";

/** libnetfilter_log, open. */
export type NflogLibrary = Deno.DynamicLibrary<typeof NFLOG_SYMBOLS>;

/** The socket functions of the C library, open. */
export type SocketLibrary = Deno.DynamicLibrary<typeof SOCKET_SYMBOLS>;

/**
 * Opens libnetfilter_log. The caller closes it.
 *
 * @throws {LibraryError} If it is not installed; the message names the package of each distribution.
 */
export function loadNflog(): NflogLibrary {
  return loadLibrary({
    names: ["libnetfilter_log.so.1"],
    advice:
      "Install libnetfilter-log1 (Debian, Ubuntu) or libnetfilter_log (Fedora, Arch, Alpine)",
  }, NFLOG_SYMBOLS);
}

/** Opens the socket functions of the C library. The caller closes it. */
export function loadSocketFunctions(): SocketLibrary {
  return loadLibc(SOCKET_SYMBOLS);
}
