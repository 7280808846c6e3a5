import { encodeCString } from "../../lib/ffi/c_string.ts";
import { loadLibc } from "../../lib/libc/load.ts";

const SYMBOLS = {
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** A regular file in memory, without a name. */
export class TestFile implements Disposable {
  readonly #library = loadLibc(SYMBOLS);
  readonly descriptor = this.#library.symbols.memfd_create(
    encodeCString("test"),
    0,
  );

  [Symbol.dispose](): void {
    this.#library.symbols.close(this.descriptor);
    this.#library.close();
  }
}
