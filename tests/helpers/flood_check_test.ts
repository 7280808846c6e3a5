import assert from "node:assert/strict";
import { checkFlood, readFlood } from "./flood_check.ts";
import { FloodJudge, type FloodVerdict } from "./flood_judge.ts";
import { fillPayload, HEADERS_SIZE } from "./flood_payload.ts";

const SIZE = 100;
const PERFECT: FloodVerdict = {
  packets: 5,
  missing: 0,
  duplicated: 0,
  reordered: 0,
  damaged: 0,
  foreign: 0,
};

/** Makes the IPv4 packet that a flood sends. */
function floodPacket(number: number): Uint8Array {
  const packet = new Uint8Array(SIZE);
  const view = new DataView(packet.buffer);
  packet[0] = 0x45;
  view.setUint16(2, SIZE);
  packet[9] = 17;
  view.setUint16(10, 0xffff - 0x4500 - SIZE - 17); // the checksum of these few words
  view.setUint16(22, 9999);
  view.setUint16(24, SIZE - 20);
  fillPayload(packet.subarray(HEADERS_SIZE[4]), number);
  return packet;
}

function judge(packets: Uint8Array[]): FloodVerdict {
  const judge = new FloodJudge({ count: 5, size: SIZE, first: 254 });
  for (const packet of packets) judge.add(packet, packet.length);
  return judge.verdict();
}

function allFive(): Uint8Array[] {
  return [254, 255, 256, 257, 258].map(floodPacket);
}

Deno.test("FloodJudge finds nothing wrong with a whole flood", () => {
  assert.deepEqual(judge(allFive()), PERFECT);
});

Deno.test("FloodJudge counts a packet that did not arrive", () => {
  const packets = allFive().toSpliced(2, 1);
  assert.deepEqual(judge(packets), { ...PERFECT, packets: 4, missing: 1 });
});

Deno.test("FloodJudge tells the numbers that did not arrive, gap by gap", () => {
  const judge = new FloodJudge({ count: 5, size: SIZE, first: 254 });
  assert.deepEqual(judge.gaps(), [[254, 259]]);
  for (const number of [255, 257]) judge.add(floodPacket(number), SIZE);
  assert.deepEqual(judge.gaps(), [[254, 255], [256, 257], [258, 259]]);
  for (const number of [254, 256, 258]) judge.add(floodPacket(number), SIZE);
  assert.deepEqual(judge.gaps(), []);
});

Deno.test("FloodJudge counts a packet that arrived twice", () => {
  const packets = [...allFive(), floodPacket(258)];
  assert.deepEqual(judge(packets), { ...PERFECT, packets: 6, duplicated: 1 });
});

Deno.test("FloodJudge counts a packet that was overtaken", () => {
  const [first, second, ...rest] = allFive();
  assert.ok(first !== undefined && second !== undefined);
  const verdict = judge([second, first, ...rest]);
  assert.deepEqual(verdict, { ...PERFECT, reordered: 1 });
});

Deno.test("FloodJudge sees every byte that is wrong, save the addresses and marks that a flood does not choose", () => {
  const free = new Set([20, 21, 26, 27]);
  const packet = floodPacket(254);
  for (let index = 0; index < SIZE; index++) {
    const wrong = packet.slice();
    wrong[index] = (wrong[index] ?? 0) ^ 1;
    const verdict = judge([wrong]);
    const isNumber = index >= 28 && index < 32;
    if (free.has(index)) continue;
    assert.equal(
      verdict.damaged + verdict.foreign + (isNumber ? 1 : 0) > 0,
      true,
      `byte ${index}`,
    );
  }
});

Deno.test("FloodJudge leaves other packets out", () => {
  const other = floodPacket(254);
  other[23] = 0;
  const verdict = judge([...allFive(), other, new Uint8Array(0)]);
  assert.deepEqual(verdict, { ...PERFECT, foreign: 2 });
});

Deno.test("checkFlood() reads a capture file and refuses one that is cut short", () => {
  const path = Deno.makeTempFileSync();
  const header = new Uint32Array([0xa1b2c3d4, 0x0004_0002, 0, 0, 262144, 101]);
  const record = (packet: Uint8Array) => [
    ...new Uint8Array(Uint32Array.of(1, 2, SIZE, SIZE).buffer),
    ...packet,
  ];
  const bytes = Uint8Array.from([
    ...new Uint8Array(header.buffer),
    ...allFive().flatMap(record),
  ]);
  try {
    Deno.writeFileSync(path, bytes);
    const expected = { count: 5, size: SIZE, first: 254 };
    assert.deepEqual(checkFlood(path, expected), PERFECT);
    Deno.writeFileSync(path, bytes.subarray(0, -1));
    assert.throws(() => checkFlood(path, expected), RangeError);
    const judge = new FloodJudge(expected);
    assert.equal(readFlood(path, judge), 16 + SIZE - 1);
    assert.equal(judge.verdict().packets, 4);
    Deno.writeFileSync(path, new Uint8Array());
    assert.equal(readFlood(path, judge), 1);
  } finally {
    Deno.removeSync(path);
  }
});
