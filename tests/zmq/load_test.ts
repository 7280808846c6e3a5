import { deepEqual, match, ok, throws } from "node:assert/strict";
import { LibraryError } from "../../lib/ffi/load.ts";
import { loadZmq, zmqLibraryPath } from "../../lib/zmq/load.ts";
import { ZMQ_SYMBOLS } from "../../lib/zmq/symbols.ts";
import { readExportedNames } from "./elf_exports.ts";

for (const architecture of ["x86_64", "aarch64"]) {
  Deno.test(`libzmq for ${architecture} exports every function that is called`, async () => {
    const file = await Deno.readFile(zmqLibraryPath(architecture));
    const exported = readExportedNames(file);
    const needed = Object.entries(ZMQ_SYMBOLS).map(([key, symbol]) =>
      "name" in symbol ? symbol.name : key
    );
    deepEqual(needed.filter((name) => !exported.has(name)), []);
  });
}

Deno.test("loadZmq() opens libzmq 4.3.5, the version that the constants are from", () => {
  const library = loadZmq();
  const version = [new Int32Array(1), new Int32Array(1), new Int32Array(1)];
  const [major, minor, patch] = version;
  ok(major && minor && patch);
  library.symbols.zmq_version(major, minor, patch);
  library.close();
  deepEqual(version.map((part) => part[0]), [4, 3, 5]);
});

Deno.test("zmqLibraryPath() names the architectures there are", () => {
  throws(() => zmqLibraryPath("riscv64"), (error: Error) => {
    match(error.message, /^Cannot load libzmq: .*riscv64.*x86_64 and aarch64/);
    return error instanceof LibraryError;
  });
});
