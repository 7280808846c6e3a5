// Messages that are put together field by field, so that what is wrong lies deeper than damage of bytes gets: under right sizes and sound compression.

import fc from "fast-check";
import { deflateSync } from "node:zlib";
import { compressBody, hasZstd } from "../../../lib/wire/compression.ts";
import {
  type Codec,
  CODEC_NUMBER,
  FRAME_HEADER,
} from "../../../lib/wire/constants.ts";
import { LEGACY, LEGACY_MARK } from "../../../lib/wire/legacy_constants.ts";
import { type FuzzTarget, fuzzTarget } from "../fuzz_target.ts";
import { DAMAGE, type Damage, damage, EDGES, join } from "../mutation.ts";
import { checkMessage, FRAMES } from "./messages.ts";

/** Fields of a frame's header of four bytes or more, which sizes and counts are. */
const FIELDS: readonly number[] = [
  ...[FRAME_HEADER.PACKETS, FRAME_HEADER.RECORDS_SIZE, FRAME_HEADER.RUNS],
  ...[FRAME_HEADER.BODY_SIZE, FRAME_HEADER.CONTEXTS, FRAME_HEADER.GROUPS],
  ...[FRAME_HEADER.SENT, FRAME_HEADER.CAPTURED, FRAME_HEADER.QUEUE_DROPPED],
  ...[FRAME_HEADER.RELAY_RATE_DROPPED, FRAME_HEADER.INSTANCE],
];

/** A lie in a header: another number than is right, by a little or altogether. */
interface Lie {
  field: number;
  by: number;
  to: number | undefined;
}

/** A frame, and what is done to it from the inside out. */
interface FramePlan {
  frame: number;
  body: readonly Damage[];
  codec: Codec;
  lies: readonly Lie[];
  rest: Uint8Array;
}

const LIE: fc.Arbitrary<Lie> = fc.record({
  field: fc.constantFrom(...FIELDS),
  by: fc.integer({ min: -3, max: 3 }),
  to: fc.option(fc.constantFrom(...EDGES), { nil: undefined }),
});

const CODECS: readonly Codec[] = hasZstd()
  ? ["none", "deflate", "zstd"]
  : ["none", "deflate"];

/** Bytes behind the end, mostly none. */
const REST = fc.oneof(
  { weight: 3, arbitrary: fc.constant(new Uint8Array(0)) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 8 }) },
);

const FRAME_PLAN: fc.Arbitrary<FramePlan> = fc.record({
  frame: fc.nat(FRAMES.length - 1),
  body: fc.array(DAMAGE, { maxLength: 4 }),
  codec: fc.constantFrom(...CODECS),
  lies: fc.array(LIE, { maxLength: 2 }),
  rest: REST,
});

/** Makes a frame whose header is right for its body, but for the lies. */
function makeFrame(plan: FramePlan): Uint8Array<ArrayBuffer> {
  const frame = FRAMES[plan.frame] ?? new Uint8Array(0);
  const size = FRAME_HEADER.SIZE + (frame[FRAME_HEADER.SENSOR_LENGTH] ?? 0);
  const header = frame.slice(0, size);
  let body = frame.slice(size);
  for (const fault of plan.body) body = damage(body, fault);
  const view = new DataView(header.buffer);
  view.setUint8(FRAME_HEADER.CODEC, CODEC_NUMBER[plan.codec]);
  view.setUint32(FRAME_HEADER.BODY_SIZE, body.byteLength, true);
  for (const { field, by, to } of plan.lies) {
    const said = to ?? view.getUint32(field, true) + by;
    view.setUint32(field, said, true);
  }
  return join(header, compressBody(body, plan.codec), plan.rest);
}

/** One of the original's structures, which may not be what it says. */
interface StructurePlan {
  seconds: number;
  micros: number;
  length: number;
  data: Uint8Array;
  by: number;
  padding: number;
}

const MOSTLY_ZERO = fc.oneof(
  { weight: 12, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: -5, max: 5 }) },
);

const STRUCTURE: fc.Arbitrary<StructurePlan> = fc.record({
  seconds: fc.nat(0xffffffff),
  micros: fc.oneof(
    { weight: 12, arbitrary: fc.nat(999_999) },
    { weight: 1, arbitrary: fc.constantFrom(1_000_000, 0xffffffff) },
  ),
  length: fc.oneof(fc.constant(0), fc.nat(3000), fc.constantFrom(...EDGES)),
  data: fc.uint8Array({ maxLength: 80 }),
  by: MOSTLY_ZERO,
  padding: MOSTLY_ZERO,
});

function makeStructure(plan: StructurePlan): Uint8Array<ArrayBuffer> {
  const { data, by, padding } = plan;
  const size = LEGACY.SIZE + (data.length + 3 & ~3);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(LEGACY.SECONDS, plan.seconds);
  view.setUint32(LEGACY.MICROSECONDS, plan.micros);
  view.setUint32(LEGACY.LENGTH, plan.length);
  view.setUint32(LEGACY.COUNT, data.length + by);
  bytes.fill(padding, LEGACY.SIZE);
  bytes.set(data, LEGACY.SIZE);
  return bytes;
}

/** One of the original's messages, from the inside out. */
interface LegacyPlan {
  form: "bare" | "plain" | "zlib";
  structures: readonly StructurePlan[];
  by: number;
  rest: Uint8Array;
}

const LEGACY_PLAN: fc.Arbitrary<LegacyPlan> = fc.record({
  form: fc.constantFrom("bare", "plain", "zlib") as fc.Arbitrary<
    LegacyPlan["form"]
  >,
  structures: fc.array(STRUCTURE, { minLength: 1, maxLength: 6 }),
  by: MOSTLY_ZERO,
  rest: REST,
});

function makeLegacy(
  { form, structures, by, rest }: LegacyPlan,
): Uint8Array<ArrayBuffer> {
  const [first = new Uint8Array(0), ...others] = structures.map(makeStructure);
  switch (form) {
    case "bare":
      return join(first, rest);
    case "plain":
      return join(Uint8Array.of(LEGACY_MARK.PLAIN), first, rest);
    case "zlib": {
      const parts = [first, ...others].flatMap((structure) => {
        const size = new Uint8Array(4);
        new DataView(size.buffer).setUint32(0, structure.length + by);
        return [size, structure];
      });
      const stream = deflateSync(join(...parts));
      return join(Uint8Array.of(LEGACY_MARK.ZLIB), stream, rest);
    }
  }
}

const WRONG_FRAMES = FRAME_PLAN.map(makeFrame);
const WRONG_LEGACY = LEGACY_PLAN.map(makeLegacy);

/** Messages of both kinds. */
export const ANY_STRUCTURE: fc.Arbitrary<Uint8Array<ArrayBuffer>> = fc.oneof(
  WRONG_FRAMES,
  WRONG_LEGACY,
);

/** Targets: frames and messages of the original, put together by their fields. */
export const STRUCTURE_TARGETS: readonly FuzzTarget[] = [
  fuzzTarget("frame-structures", { inputs: WRONG_FRAMES, check: checkMessage }),
  fuzzTarget("legacy-structures", {
    inputs: WRONG_LEGACY,
    check: checkMessage,
  }),
];
