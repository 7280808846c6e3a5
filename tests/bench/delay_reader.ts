#!/usr/bin/env -S deno run -A
// Reads a pcap stream from a FIFO and tells how old its packets are when they come, by the phase in the second byte of each.
//
//   deno run -A tests/bench/delay_reader.ts FIFO
//
// Prints one JSON object at the end of the stream: for each phase packets, and milliseconds: median, 99 %, worst.

import { FILE_HEADER, RECORD } from "../../lib/pcap/constants.ts";

const [path = ""] = Deno.args;
const LONGEST = 10_000;
using fifo = await Deno.open(path);
const buffer = new Uint8Array(2 * 1024 * 1024);
const view = new DataView(buffer.buffer);
let filled = 0;
let skip: number = FILE_HEADER.SIZE;
const phases = new Map<number, Uint32Array>();

/** Counts the whole packets in the buffer; gives the offset after them. */
function count(now: number): number {
  let at = 0;
  while (at + RECORD.SIZE <= filled) {
    const size = RECORD.SIZE + view.getUint32(at + RECORD.CAPTURED, true);
    if (at + size > filled) break;
    const time = view.getUint32(at + RECORD.SECONDS, true) * 1000 +
      view.getUint32(at + RECORD.FRACTION, true) / 1000;
    const phase = buffer[at + RECORD.SIZE + 1] ?? 0;
    let ages = phases.get(phase);
    if (ages === undefined) phases.set(phase, ages = new Uint32Array(LONGEST));
    const age = Math.min(Math.max(Math.round(now - time), 0), LONGEST - 1);
    ages[age] = (ages[age] ?? 0) + 1;
    at += size;
  }
  return at;
}

function describe(ages: Uint32Array): Record<string, number> {
  const packets = ages.reduce((sum, number) => sum + number, 0);
  const share = (part: number): number => {
    let seen = 0;
    return ages.findIndex((number) => (seen += number) >= packets * part);
  };
  return { packets, median: share(0.5), most: share(0.99), worst: share(1) };
}

for (;;) {
  const read = await fifo.read(buffer.subarray(filled));
  if (read === null) break;
  filled += read;
  if (skip > 0) {
    const part = Math.min(skip, filled);
    buffer.copyWithin(0, part, filled);
    filled -= part;
    skip -= part;
  }
  const done = count(Date.now());
  buffer.copyWithin(0, done, filled);
  filled -= done;
}
const report = Object.fromEntries(
  [...phases].map(([phase, ages]) => [phase, describe(ages)]),
);
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(report)));
