import { readCString } from "../ffi/c_string.ts";
import { loadLibc } from "./load.ts";

/** IF_NAMESIZE (net/if.h). */
const NAME_SIZE = 16;

/** How long a name is believed, in milliseconds: interfaces can be renamed. */
const BELIEVED = 1000;

const NAME_SYMBOLS = {
  if_indextoname: {
    parameters: [
      "u32", // unsigned int ifindex
      "buffer", // char *ifname
    ],
    result: "pointer",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** The names of the network interfaces of this namespace, remembered for a second. */
export class InterfaceNames implements Disposable {
  readonly #library = loadLibc(NAME_SYMBOLS);
  readonly #names = new Map<number, string>();
  readonly #now: () => number;
  #since = -Infinity;
  #open = true;

  /**
   * Opens the table. The caller closes it.
   *
   * @param now The time in milliseconds, of a clock that nobody sets.
   */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Names an interface.
   *
   * @param index Its index; 0 is no interface.
   * @returns Its name, or the empty string if there is none with this index any more.
   */
  nameOf(index: number): string {
    const now = this.#now();
    if (now - this.#since > BELIEVED) {
      this.#names.clear();
      this.#since = now;
    }
    let name = this.#names.get(index);
    if (name === undefined) {
      const buffer = new Uint8Array(NAME_SIZE);
      name = index === 0 ? "" : readCString(
        this.#library.symbols.if_indextoname(index, buffer),
      );
      this.#names.set(index, name);
    }
    return name;
  }

  /** Closes the library. Doing so twice is fine. */
  [Symbol.dispose](): void {
    if (this.#open) this.#library.close();
    this.#open = false;
  }
}
