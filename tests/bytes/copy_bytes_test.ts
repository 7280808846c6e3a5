import assert from "node:assert/strict";
import {
  COPY_SPARE,
  copyBytes,
  padToEights,
} from "../../lib/bytes/copy_bytes.ts";

const BYTES = Uint8Array.from({ length: 700 }, (_, index) => index * 7 + 1);

Deno.test("copyBytes() copies any bytes to any place, and writes nothing but its spare bytes behind them", () => {
  const source = new DataView(BYTES.buffer);
  for (const size of [0, 1, 7, 8, 9, 100, 255, 256, 257, 600]) {
    for (const [from, to] of [[0, 0], [3, 5], [700 - size, 1]] as const) {
      if (from + size > BYTES.length) continue;
      const bytes = new Uint8Array(800).fill(0xee);
      const target = { bytes, view: new DataView(bytes.buffer) };
      copyBytes(source, from, target, to, size);
      const wanted = BYTES.subarray(from, from + size);
      assert.deepEqual(bytes.subarray(to, to + size), wanted);
      const around = [bytes.subarray(0, to)];
      around.push(bytes.subarray(to + size + COPY_SPARE - 1));
      for (const part of around) assert(part.every((byte) => byte === 0xee));
    }
  }
});

Deno.test("copyBytes() copies to an earlier place in the same memory, however near", () => {
  for (const size of [0, 1, 7, 8, 9, 100, 256, 257, 600]) {
    for (const distance of [0, 1, 7, 8, 20, 90]) {
      const bytes = new Uint8Array(800);
      bytes.set(BYTES, 90);
      const view = new DataView(bytes.buffer);
      copyBytes(view, 90, { bytes, view }, 90 - distance, size);
      const copied = bytes.subarray(90 - distance, 90 - distance + size);
      assert.deepEqual(copied, BYTES.subarray(0, size));
    }
  }
});

Deno.test("copyBytes() reads only what its source has", () => {
  const part = new DataView(BYTES.buffer, 10, 20);
  const bytes = new Uint8Array(40);
  const target = { bytes, view: new DataView(bytes.buffer) };
  copyBytes(part, 15, target, 0, 5);
  assert.deepEqual([...bytes], [
    ...BYTES.subarray(25, 30),
    ...Array<number>(35).fill(0),
  ]);
});

Deno.test("padToEights() adds zeros up to the next multiple of eight", () => {
  for (const size of [0, 1, 8, 12]) {
    const padded = padToEights(BYTES.subarray(0, size));
    assert.equal(padded.byteLength, Math.ceil(size / 8) * 8);
    const bytes = new Uint8Array(padded.buffer);
    assert.deepEqual(bytes.subarray(0, size), BYTES.subarray(0, size));
    assert(bytes.subarray(size).every((byte) => byte === 0));
  }
});
