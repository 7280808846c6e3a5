// What writing pcapng costs a receiver, beside a mere copy of the records: an iteration is one frame of 256 KiB.
//
//   scripts/deno bench tests/bench/pcapng_bench.ts
//
// docs/performance.md has the results, under "pcapng".

import { BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import type { PacketBatch } from "../../lib/packet.ts";
import { RECORD } from "../../lib/pcap/constants.ts";
import { makeCaptureEncoder } from "../../lib/roles/capture_encoder.ts";

const FRAME_SIZE = 256 * 1024;
/** Buffers in turn, as those that a receiver copies its messages into. */
const FRAMES = 8;

const CONTEXT = plainContext(5, "kernel", {
  family: 2,
  hook: 0,
  protocol: 0x0800,
  inputInterface: "eth0",
  prefix: "bench",
});

/** Makes a frame's packets, which begin unaligned as they do in a message. */
function makeBatch(size: number, start: number): PacketBatch {
  const data = new Uint8Array(size);
  data.set([0x45, 0, size >> 8, size & 0xff]);
  const builder = new BatchBuilder(new Uint8Array(FRAME_SIZE), {
    limit: FRAME_SIZE,
  });
  const count = Math.floor(FRAME_SIZE / (RECORD.SIZE + size));
  for (let index = 0; index < count; index++) {
    const nanoseconds = (start + index) * 5000 % 1e9;
    const packet = { seconds: 1, nanoseconds, originalLength: size, data };
    if (!builder.add(packet, CONTEXT)) break;
  }
  return builder.build();
}

for (const size of [40, 100, 250, 400, 1400]) {
  const batches = Array.from(
    { length: FRAMES },
    (_, index) => makeBatch(size, index * 1000),
  );
  const { packets = 0 } = batches[0] ?? {};
  const group = `${packets} packets of ${size} bytes`;
  let turn = 0;
  const next = (): PacketBatch => batches[turn++ % FRAMES] as PacketBatch;
  const copies = new Uint8Array(FRAME_SIZE);
  Deno.bench({ name: "copy of the records", group }, () => {
    copies.set(next().records);
  });
  for (const format of ["pcapng", "nflog"] as const) {
    const encoder = makeCaptureEncoder(format);
    encoder.begin();
    const baseline = format === "pcapng";
    Deno.bench({ name: format, group, baseline }, () => {
      encoder.encode(next(), { sensor: "gateway" }).release(0);
    });
  }
}
