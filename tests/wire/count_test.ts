import assert from "node:assert/strict";
import { getCount, setCount } from "../../lib/wire/count.ts";

for (
  const [count, bytes] of [
    [0, [0, 0, 0, 0, 0, 0, 0, 0]],
    [1, [1, 0, 0, 0, 0, 0, 0, 0]],
    [2 ** 32 - 1, [255, 255, 255, 255, 0, 0, 0, 0]],
    [2 ** 32, [0, 0, 0, 0, 1, 0, 0, 0]],
    [2 ** 31 + 2 ** 40, [0, 0, 0, 128, 0, 1, 0, 0]],
    [2 ** 53 - 1, [255, 255, 255, 255, 255, 255, 31, 0]],
  ] as const
) {
  Deno.test(`setCount() and getCount() agree on ${count}`, () => {
    const view = new DataView(new ArrayBuffer(10));
    setCount(view, 1, count);
    assert.deepEqual([...new Uint8Array(view.buffer, 1, 8)], [...bytes]);
    assert.equal(getCount(view, 1), count);
  });
}

Deno.test("getCount() refuses 2^53 and more", () => {
  for (const high of [0x0020_0000, 0x8000_0000, 0xffff_ffff]) {
    const view = new DataView(new ArrayBuffer(8));
    view.setUint32(4, high, true);
    assert.throws(() => getCount(view, 0), { name: "FrameError", offset: 0 });
  }
});
