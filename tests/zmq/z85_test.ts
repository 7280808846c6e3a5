import { deepEqual, equal, throws } from "node:assert/strict";
import { decodeZ85, encodeZ85 } from "../../lib/zmq/z85.ts";

// The test vectors of RFC 32.
const VECTORS: [text: string, bytes: number[]][] = [
  ["", []],
  ["HelloWorld", [0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b]],
  [
    "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6",
    // deno-fmt-ignore
    [0x8e, 0x0b, 0xdd, 0x69, 0x76, 0x28, 0xb9, 0x1d, 0x8f, 0x24, 0x55, 0x87, 0xee, 0x95, 0xc5, 0xb0,
     0x4d, 0x48, 0x96, 0x3f, 0x79, 0x25, 0x98, 0x77, 0xb4, 0x9c, 0xd9, 0x06, 0x3a, 0xea, 0xd3, 0xb7],
  ],
  ["00000", [0, 0, 0, 0]],
  ["%nSc0", [0xff, 0xff, 0xff, 0xff]],
];

for (const [text, bytes] of VECTORS) {
  Deno.test(`encodeZ85() and decodeZ85() turn into each other: ${text || "nothing"}`, () => {
    equal(encodeZ85(new Uint8Array(bytes)), text);
    deepEqual(decodeZ85(text), new Uint8Array(bytes));
  });
}

Deno.test("encodeZ85() refuses a length that is no multiple of 4", () => {
  throws(() => encodeZ85(new Uint8Array(31)), RangeError);
});

Deno.test("decodeZ85() refuses what is no Z85, without quoting what may be a secret", () => {
  for (const text of ["Hell", "Hello~", "Hell~", "%nSc1", "#####", "Hellö"]) {
    throws(
      () => decodeZ85(text),
      (error: Error) =>
        error instanceof SyntaxError && !error.message.includes(text),
    );
  }
});
