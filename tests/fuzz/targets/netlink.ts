// What the kernel sends; it is trusted, but its formats change.

import assert from "node:assert/strict";
import { validateRecords } from "../../../lib/pcap/record.ts";
import {
  CASES,
  makeTarget,
  makeWalker,
  recordedDatagrams,
} from "../../nflog/datagrams.ts";
import { type FuzzTarget, fuzzTarget } from "../fuzz_target.ts";
import { damaged } from "../mutation.ts";

const SAMPLES = Object.keys(CASES).flatMap(recordedDatagrams)
  .filter((datagram) => datagram.byteLength < 20_000);

const { walker } = makeWalker({ size: 64 * 1024 });
const builder = makeTarget(64 * 1024);

/** Reads a datagram as the capture does, with what was read before still in its buffers. */
function check(datagram: Uint8Array): void {
  builder.reset();
  walker.bytes.set(datagram);
  walker.begin(datagram.byteLength);
  for (let turn = 0; !walker.walk(builder); turn++) {
    assert(turn < 100, "It does not come to an end");
    builder.reset();
  }
  const { records, packets } = builder.build();
  const times = new DataView(records.buffer, records.byteOffset);
  // A time is the kernel's word, which nobody else can check.
  for (let at = 0; at < records.byteLength;) {
    times.setUint32(at + 4, 0, true);
    at += 16 + times.getUint32(at + 8, true);
  }
  validateRecords(records, packets);
}

/** Targets: netlink datagrams. */
export const NETLINK_TARGETS: readonly FuzzTarget[] = [
  fuzzTarget("netlink", { inputs: damaged(SAMPLES), check: check }),
];
