import assert from "node:assert/strict";
import {
  packetsWithin,
  type PartCounts,
  recordsOf,
} from "../../lib/roles/part_counts.ts";
import { wholePackets } from "../../lib/roles/whole_packets.ts";
import { makeRandom } from "../pcap/packets.ts";

const TRIES = 200;

/** Which packet each record is of. */
function ownersOf(packets: number, parts: PartCounts): number[] {
  return Array.from(
    { length: packets },
    (_, packet) => Array<number>(parts.get(packet) ?? 1).fill(packet),
  ).flat();
}

function anyParts(
  random: (below: number) => number,
  packets: number,
): PartCounts {
  const parts = new Map<number, number>();
  for (let packet = 0; packet < packets; packet++) {
    if (random(3) === 0) parts.set(packet, 2 + random(4));
  }
  return parts;
}

Deno.test("recordsOf() and packetsWithin() say what counting one by one says", () => {
  const random = makeRandom(5);
  for (let round = 0; round < TRIES; round++) {
    const packets = random(9);
    const parts = anyParts(random, packets);
    const owners = ownersOf(packets, parts);
    for (let count = 0; count <= packets; count++) {
      const records = owners.filter((packet) => packet < count).length;
      assert.equal(recordsOf(parts, count), records);
    }
    for (let records = 0; records <= owners.length; records++) {
      const missing = owners[records];
      const whole = missing === undefined ? packets : missing;
      assert.equal(packetsWithin(parts, records), whole);
    }
  }
});

Deno.test("wholePackets() never cuts a packet, wherever the bytes end", () => {
  const random = makeRandom(6);
  for (let round = 0; round < TRIES; round++) {
    const packets = 1 + random(6);
    const parts = anyParts(random, packets);
    const owners = ownersOf(packets, parts);
    const sizes = owners.map(() => 1 + random(5));
    const starts = sizes.map((_, index) =>
      sizes.slice(0, index).reduce((sum, size) => sum + size, 0)
    );
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const sizeAt = (offset: number): number => {
      const size = sizes[starts.indexOf(offset)];
      assert(size !== undefined, `no record begins at ${offset}`);
      return size;
    };
    for (let written = 0; written <= total; written++) {
      const whole = wholePackets(parts, written, sizeAt);
      assert(whole.bytes <= written);
      const records = owners.filter((packet) => packet < whole.packets);
      const bytes = sizes.slice(0, records.length)
        .reduce((sum, size) => sum + size, 0);
      assert.equal(whole.bytes, bytes);
      const next = owners.filter((packet) => packet <= whole.packets);
      const more = sizes.slice(0, next.length)
        .reduce((sum, size) => sum + size, 0);
      assert(whole.packets === packets || more > written);
    }
  }
});
