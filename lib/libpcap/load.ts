import { loadLibrary } from "../ffi/load.ts";
import { LIBPCAP_SYMBOLS } from "./symbols.ts";

/** libpcap, open. */
export type LibpcapLibrary = Deno.DynamicLibrary<typeof LIBPCAP_SYMBOLS>;

/**
 * Opens libpcap. The caller closes it.
 *
 * @param names The file names that it is looked for by. @default {["libpcap.so.1", "libpcap.so.0.8"]}
 * @throws {LibraryError} If it is not installed; the message names the package of each distribution.
 */
export function loadLibpcap(
  names: readonly string[] = ["libpcap.so.1", "libpcap.so.0.8"],
): LibpcapLibrary {
  return loadLibrary({
    names,
    advice:
      "Filters need it, those of nflog-pcap-query on the receiver's host: install libpcap0.8 (Debian, Ubuntu) or libpcap (Fedora, Arch, Alpine)",
  }, LIBPCAP_SYMBOLS);
}
