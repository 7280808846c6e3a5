import assert from "node:assert/strict";
import {
  decodeRuns,
  encodeRunsInto,
  MAX_RUN_SIZE,
  MIN_RUN_SIZE,
} from "../../lib/wire/run_codec.ts";
import { makeRandom } from "../pcap/packets.ts";

const RUNS = Uint32Array.of(1, 0, 127, 128, 300, 0xffff_ffff);
// deno-fmt-ignore
const GOLDEN = [
  1,                             // packets
  0,                             // context
  0x7f,                          // lost before: 127
  0x80, 0x01,                    // packets: 128
  0xac, 0x02,                    // context: 300
  0xff, 0xff, 0xff, 0xff, 0x0f,  // lost before: 2^32 - 1
];

function encode(runs: Uint32Array): Uint8Array {
  const target = new Uint8Array(runs.length / 3 * MAX_RUN_SIZE + 2);
  const end = encodeRunsInto(runs, target, 2);
  return target.slice(2, end);
}

Deno.test("encodeRunsInto() writes the golden bytes", () => {
  assert.deepEqual([...encode(RUNS)], GOLDEN);
});

Deno.test("decodeRuns() reads the golden bytes", () => {
  const source = Uint8Array.of(9, ...GOLDEN, 9);
  assert.deepEqual(decodeRuns(source, 1, 2), {
    runs: RUNS,
    nextOffset: 1 + GOLDEN.length,
  });
});

Deno.test("decodeRuns() reads back generated runs", () => {
  const random = makeRandom(5);
  for (let turn = 0; turn < 300; turn++) {
    const runs = Uint32Array.from(
      { length: 3 * random(20) },
      () => 2 ** random(33) - random(2),
    );
    const bytes = encode(runs);
    assert(bytes.length >= runs.length / 3 * MIN_RUN_SIZE);
    const decoded = decodeRuns(bytes, 0, runs.length / 3);
    assert.deepEqual(decoded, { runs, nextOffset: bytes.length });
  }
});

Deno.test("decodeRuns() refuses every truncated length", () => {
  for (let length = 0; length < GOLDEN.length; length++) {
    const source = Uint8Array.from(GOLDEN.slice(0, length));
    assert.throws(() => decodeRuns(source, 0, 2), { name: "FrameError" });
  }
});

for (
  const [what, bytes] of [
    ["of 33 bits", [0xff, 0xff, 0xff, 0xff, 0x1f]],
    ["of 35 bits", [0x80, 0x80, 0x80, 0x80, 0x7f]],
    ["of six bytes that says 0", [0x80, 0x80, 0x80, 0x80, 0x80, 0]],
    ["without end", new Array<number>(500).fill(0x80)],
  ] as const
) {
  Deno.test(`decodeRuns() refuses a number ${what}`, () => {
    const source = Uint8Array.from([...bytes, 0, 0, 0]);
    assert.throws(() => decodeRuns(source, 0, 1), { name: "FrameError" });
  });
}
