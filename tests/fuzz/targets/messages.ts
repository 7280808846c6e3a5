// What arrives by ZeroMQ: our frames and the original's messages.

import fc from "fast-check";
import assert from "node:assert/strict";
import { validateRecords } from "../../../lib/pcap/record.ts";
import { RUN } from "../../../lib/packet.ts";
import { hasZstd } from "../../../lib/wire/compression.ts";
import { encodeFrame } from "../../../lib/wire/frame.ts";
import { FrameError } from "../../../lib/wire/frame_error.ts";
import { MessageDecoder } from "../../../lib/wire/message_decoder.ts";
import {
  anyDetails,
  anyGroups,
  anyPackets,
  compressFrame,
  makeBuilder,
} from "../../wire/frames.ts";
import { makeRandom } from "../../pcap/packets.ts";
import { type FuzzTarget, fuzzTarget } from "../fuzz_target.ts";
import { damaged } from "../mutation.ts";

const FOLDER = new URL("../../testdata/", import.meta.url);
const read = (name: string): Uint8Array =>
  Deno.readFileSync(new URL(name, FOLDER));

/** Frames of all kinds, made from seeds. */
const FRAMES = Array.from({ length: 24 }, (_, seed) => {
  const random = makeRandom(seed + 1);
  const batch = makeBuilder(anyPackets(seed + 1)).build();
  return encodeFrame(batch, anyDetails(random), anyGroups(random));
});
const CODECS = hasZstd() ? ["zstd", "deflate"] as const : ["deflate"] as const;
const COMPRESSED = CODECS.flatMap((codec) =>
  FRAMES.map((frame) => compressFrame(frame, codec))
);
const LEGACY = [0, 1, 2, 3].flatMap((number) => [
  read(`legacy/bare${number}.message`),
  read(`legacy/marked${number}.message`),
]).concat(read("legacy/zlib.message"));

const decoder = new MessageDecoder();

/** Whatever a message is, it is refused whole, or what it holds can be written as it is. */
function check(message: Uint8Array): void {
  let decoded;
  try {
    decoded = decoder.decode(message);
  } catch (error) {
    assert(error instanceof FrameError, `It threw ${error}`);
    assert(!error.message.includes("\n"), "The reason is of several lines");
    return;
  }
  const { packets, records, runs, contexts, nanoseconds } = decoded.batch;
  validateRecords(records, packets);
  let counted = 0;
  for (let at = 0; at < runs.length; at += RUN.WORDS) {
    counted += runs[at + RUN.PACKETS] ?? 0;
    assert((runs[at + RUN.CONTEXT] ?? 0) < contexts.length);
  }
  assert.equal(counted, packets);
  assert(nanoseconds === undefined || nanoseconds.length === packets);
}

/** Messages of all kinds, damaged. */
export const DAMAGED_MESSAGES: fc.Arbitrary<Uint8Array<ArrayBuffer>> = damaged([
  ...FRAMES,
  ...COMPRESSED,
  ...LEGACY,
]);

/** Targets: frames, compressed frames, and messages of the original. */
export const MESSAGE_TARGETS: readonly FuzzTarget[] = [
  fuzzTarget("frames", { inputs: damaged(FRAMES), check: check }),
  fuzzTarget("compressed", { inputs: damaged(COMPRESSED), check: check }),
  fuzzTarget("legacy", { inputs: damaged(LEGACY), check: check }),
  fuzzTarget("messages", {
    inputs: fc.uint8Array({ maxLength: 400 }),
    check: check,
  }),
];
