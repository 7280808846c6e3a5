// What arrives by ZeroMQ: our frames and the original's messages.

import fc from "fast-check";
import assert from "node:assert/strict";
import { validateRecords } from "../../../lib/pcap/record.ts";
import { ReceiverLedger } from "../../../lib/metrics/receiver_ledger.ts";
import { type PacketBatch, RUN } from "../../../lib/packet.ts";
import { hasZstd } from "../../../lib/wire/compression.ts";
import { encodeFrame } from "../../../lib/wire/frame.ts";
import { FrameError } from "../../../lib/wire/frame_error.ts";
import {
  type DecodedMessage,
  MessageDecoder,
} from "../../../lib/wire/message_decoder.ts";
import {
  anyDetails,
  anyGroups,
  anyPackets,
  compressFrame,
  makeBuilder,
  readBatch,
} from "../../wire/frames.ts";
import { makeRandom } from "../../pcap/packets.ts";
import { type FuzzTarget, fuzzTarget } from "../fuzz_target.ts";
import { damaged } from "../mutation.ts";

const FOLDER = new URL("../../testdata/", import.meta.url);
const read = (name: string): Uint8Array =>
  Deno.readFileSync(new URL(name, FOLDER));

/** Frames of all kinds, made from seeds. */
export const FRAMES: readonly Uint8Array<ArrayBuffer>[] = Array.from({
  length: 24,
}, (_, seed) => {
  const random = makeRandom(seed + 1);
  const batch = makeBuilder(anyPackets(seed + 1)).build();
  return encodeFrame(batch, anyDetails(random), anyGroups(random));
});
/** What is in them. */
const GOOD = FRAMES.map((frame) =>
  readBatch(new MessageDecoder().decode(frame).batch)
);
const CODECS = hasZstd() ? ["zstd", "deflate"] as const : ["deflate"] as const;
const COMPRESSED = CODECS.flatMap((codec) =>
  FRAMES.map((frame) => compressFrame(frame, codec))
);
const LEGACY = [0, 1, 2, 3].flatMap((number) => [
  read(`legacy/bare${number}.message`),
  read(`legacy/marked${number}.message`),
]).concat(read("legacy/zlib.message"));

const decoder = new MessageDecoder();
let ledger = new ReceiverLedger();
let messages = 0;

/** Whatever a message is, it is refused whole, or what it holds can be written as it is and counted; and the next good one is read as ever. */
export function checkMessage(message: Uint8Array): void {
  const decoded = decode(message);
  if (decoded !== undefined) {
    checkBatch(decoded.batch);
    if (decoded.kind === "frame") ledger.book(decoded, message.byteLength, 0);
  }
  if (++messages % TURN === 0) checkStanding();
}

/** Messages after which what was kept of them is looked at. */
const TURN = 64;

/** Whether a damaged message left something behind that spoils a good one, or the counts. */
function checkStanding(): void {
  const index = messages / TURN % FRAMES.length;
  const decoded = decode(FRAMES[index] ?? new Uint8Array(0));
  assert(decoded !== undefined, "A good frame is refused");
  assert.deepEqual(readBatch(decoded.batch), GOOD[index]);
  for (const [name, count] of Object.entries(ledger.totals)) {
    assert(Number.isSafeInteger(count) && count >= 0, `${name} is ${count}`);
  }
  if (messages / TURN % TURN === 0) ledger = new ReceiverLedger();
}

function decode(message: Uint8Array): DecodedMessage | undefined {
  try {
    return decoder.decode(message);
  } catch (error) {
    assert(error instanceof FrameError, `It threw ${error}`);
    assert(!error.message.includes("\n"), "The reason is of several lines");
    return undefined;
  }
}

function checkBatch(batch: PacketBatch): void {
  const { packets, records, runs, contexts, nanoseconds } = batch;
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
  fuzzTarget("frames", { inputs: damaged(FRAMES), check: checkMessage }),
  fuzzTarget("compressed", {
    inputs: damaged(COMPRESSED),
    check: checkMessage,
  }),
  fuzzTarget("legacy", { inputs: damaged(LEGACY), check: checkMessage }),
  fuzzTarget("messages", {
    inputs: fc.uint8Array({ maxLength: 400 }),
    check: checkMessage,
  }),
];
