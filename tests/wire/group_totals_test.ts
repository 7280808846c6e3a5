import assert from "node:assert/strict";
import {
  decodeGroupTotals,
  encodeGroupTotals,
} from "../../lib/wire/group_totals.ts";

const TOTALS = {
  captured: 1,
  captured_bytes: 2 ** 40,
  own_dropped: 3,
  kernel_dropped: 4,
  rate_dropped: 5,
  queue_dropped: 6,
  sent: 2 ** 53 - 1,
};
// deno-fmt-ignore
const GOLDEN = Uint8Array.of(
  0x34, 0x12, 0, 0, 0, 0, 0, 0,                 // group
  1, 0, 0, 0, 0, 0, 0, 0,                       // captured
  0, 0, 0, 0, 0, 1, 0, 0,                       // captured_bytes
  3, 0, 0, 0, 0, 0, 0, 0,                       // own_dropped
  4, 0, 0, 0, 0, 0, 0, 0,                       // kernel_dropped
  5, 0, 0, 0, 0, 0, 0, 0,                       // rate_dropped
  6, 0, 0, 0, 0, 0, 0, 0,                       // queue_dropped
  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0,  // sent
);

Deno.test("encodeGroupTotals() writes the golden bytes over whatever was there", () => {
  const bytes = new Uint8Array(70).fill(0xaa);
  encodeGroupTotals([0x1234, TOTALS], new DataView(bytes.buffer), 3);
  assert.deepEqual(bytes.subarray(3, 67), GOLDEN);
  assert.deepEqual([...bytes.subarray(0, 3), ...bytes.subarray(67)], [
    ...new Array<number>(6).fill(0xaa),
  ]);
});

Deno.test("decodeGroupTotals() reads the golden bytes", () => {
  const view = new DataView(GOLDEN.buffer);
  assert.deepEqual(decodeGroupTotals(view, 0), [0x1234, TOTALS]);
});

Deno.test("decodeGroupTotals() refuses counts of 2^53 and more", () => {
  for (let offset = 8; offset < 64; offset += 8) {
    const bytes = GOLDEN.slice();
    bytes[offset + 6] = 0x20;
    assert.throws(() => decodeGroupTotals(new DataView(bytes.buffer), 0), {
      name: "FrameError",
      offset,
    });
  }
});
