import assert from "node:assert/strict";
import { zstdFrameSize } from "../../lib/wire/zstd_frame.ts";

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/** Frames written down by hand, with all forms that a header and a block have. */
const FRAMES: readonly (readonly [string, readonly number[]])[] = [
  ["an empty raw block, one byte of size", [0x20, 0, 0x01, 0, 0]],
  ["a window and no size", [0x00, 0x58, 0x01, 0, 0]],
  ["two bytes of size", [0x60, 0, 1, 0x01, 0, 0]],
  ["four bytes of size", [0xa0, 0, 1, 0, 0, 0x01, 0, 0]],
  ["eight bytes of size", [0xe0, ...Array(8).fill(0), 0x01, 0, 0]],
  ["a window and two bytes of size", [0x40, 0x58, 0, 1, 0x01, 0, 0]],
  ["one byte of dictionary", [0x21, 7, 0, 0x01, 0, 0]],
  ["two bytes of dictionary", [0x22, 7, 7, 0, 0x01, 0, 0]],
  ["four bytes of dictionary", [0x23, 7, 7, 7, 7, 0, 0x01, 0, 0]],
  ["a checksum", [0x24, 0, 0x01, 0, 0, 1, 2, 3, 4]],
  ["three raw bytes", [0x20, 3, 3 << 3 | 1, 0, 0, 97, 98, 99]],
  ["a hundred times one byte", [0x20, 100, 0x23, 0x03, 0, 97]],
  ["two blocks", [0x20, 4, 3 << 3, 0, 0, 97, 98, 99, 0x0b, 0, 0, 100]],
  [
    "a raw block of 256 bytes",
    [0x00, 0x58, 0x01, 256 >> 5, 0, ...Array(256).fill(1)],
  ],
];

for (const [what, rest] of FRAMES) {
  Deno.test(`zstdFrameSize() finds the end of a frame with ${what}`, () => {
    const frame = Uint8Array.from([...MAGIC, ...rest]);
    assert.equal(zstdFrameSize(frame), frame.byteLength);
    const followed = Uint8Array.from([...frame, ...frame]);
    assert.equal(zstdFrameSize(followed), frame.byteLength);
  });

  Deno.test(`zstdFrameSize() finds that a frame with ${what} is cut short`, () => {
    const frame = Uint8Array.from([...MAGIC, ...rest]);
    for (let size = 0; size < frame.byteLength; size++) {
      assert(zstdFrameSize(frame.subarray(0, size)) > size, `${size}`);
    }
  });
}
