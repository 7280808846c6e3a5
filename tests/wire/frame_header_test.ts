import assert from "node:assert/strict";
import {
  encodeFrameHeader,
  type FrameHeader,
  frameHeaderSize,
} from "../../lib/wire/frame_header.ts";
import {
  decodeFrameHeader,
  foreignVersion,
  hasFrameMagic,
} from "../../lib/wire/frame_header_decoder.ts";
import { FRAME_HEADER, MAX_HEADER_SIZE } from "../../lib/wire/constants.ts";
import { FrameError } from "../../lib/wire/frame_error.ts";
import { makeRandom } from "../pcap/packets.ts";
import { anyCount, anyDetails, DETAILS } from "./frames.ts";

const HEADER: FrameHeader = {
  ...DETAILS,
  codec: "zstd",
  hasNanoseconds: true,
  last: true,
  sensor: "gä",
  instance: 0x1112131415161718n,
  number: 2 ** 40 + 1,
  lane: 0xa1,
  packets: 3,
  recordsSize: 0x40,
  runs: 2,
  contexts: 1,
  groups: 0x0304,
  bodySize: 0x12345,
  totals: {
    sent: 1,
    captured: 2 ** 53 - 1,
    own_dropped: 3,
    kernel_dropped: 4,
    rate_dropped: 5,
    queue_dropped: 2 ** 32 + 6,
  },
  relay: {
    relay: 0xffff_ffff_ffff_fffen,
    relay_rate_dropped: 7,
    relay_queue_dropped: 8,
  },
  madeAt: 1_700_000_000_123_456,
};

// deno-fmt-ignore
const GOLDEN = Uint8Array.of(
  0xf5, 0x4e, 0x46, 0x5a,                          // magic
  1,                                               // version
  1,                                               // codec: zstd
  3,                                               // flags: nanoseconds, last
  3,                                               // length of the name
  0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,  // instance
  1, 0, 0, 0, 0, 1, 0, 0,                          // number
  0xa1, 0,                                         // lane
  1, 0,                                            // contexts
  3, 0, 0, 0,                                      // packets
  0x40, 0, 0, 0,                                   // bytes of records
  2, 0, 0, 0,                                      // runs
  0x45, 0x23, 1, 0,                                // bytes of the body
  4, 3,                                            // groups
  0, 0,                                            // reserved
  1, 0, 0, 0, 0, 0, 0, 0,                          // sent
  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0,     // captured
  3, 0, 0, 0, 0, 0, 0, 0,                          // own_dropped
  4, 0, 0, 0, 0, 0, 0, 0,                          // kernel_dropped
  5, 0, 0, 0, 0, 0, 0, 0,                          // rate_dropped
  6, 0, 0, 0, 1, 0, 0, 0,                          // queue_dropped
  0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,  // relay
  7, 0, 0, 0, 0, 0, 0, 0,                          // relay_rate_dropped
  8, 0, 0, 0, 0, 0, 0, 0,                          // relay_queue_dropped
  0x40, 0x22, 0x20, 0x18, 0x24, 0x0a, 6, 0,        // made at
  0x67, 0xc3, 0xa4,                                // name
);

function encode(header: FrameHeader): Uint8Array {
  const target = new Uint8Array(MAX_HEADER_SIZE);
  return target.subarray(0, encodeFrameHeader(header, target));
}

/** The golden header with other bytes at `offset`. */
function changed(offset: number, ...bytes: number[]): Uint8Array {
  const copy = GOLDEN.slice();
  copy.set(bytes, offset);
  return copy;
}

function refuse(message: Uint8Array, kind: string): FrameError {
  let caught: unknown;
  try {
    decodeFrameHeader(message);
  } catch (error) {
    caught = error;
  }
  assert(caught instanceof FrameError, `${caught}`);
  assert.equal(caught.kind, kind, caught.message);
  return caught;
}

Deno.test("encodeFrameHeader() writes the golden bytes", () => {
  assert.deepEqual(encode(HEADER), GOLDEN);
  assert.equal(frameHeaderSize(HEADER.sensor), GOLDEN.length);
});

Deno.test("decodeFrameHeader() reads the golden bytes", () => {
  const message = new Uint8Array(GOLDEN.length + 9);
  message.set(GOLDEN);
  const { header, headerSize } = decodeFrameHeader(message);
  assert.deepEqual(header, HEADER);
  assert.equal(headerSize, GOLDEN.length);
});

Deno.test("decodeFrameHeader() reads back generated headers, at any offset", () => {
  const random = makeRandom(3);
  const codecs = ["none", "zstd", "deflate"] as const;
  for (let turn = 0; turn < 500; turn++) {
    const packets = random(1000);
    const codec = codecs[random(3)] ?? "none";
    const header: FrameHeader = {
      ...anyDetails(random),
      codec,
      hasNanoseconds: random(2) === 0,
      packets,
      recordsSize: packets * 16,
      runs: packets === 0 ? 0 : 1 + random(packets),
      contexts: packets === 0 ? 0 : 1,
      groups: random(65536),
      bodySize: packets * 21 + random(1000),
    };
    const bytes = encode(header);
    const body = codec === "none" ? header.bodySize : random(1000);
    const outer = new Uint8Array(1 + bytes.length + body);
    outer.set(bytes, 1);
    assert.deepEqual(decodeFrameHeader(outer.subarray(1)).header, header);
  }
});

Deno.test("decodeFrameHeader() refuses every truncated length", () => {
  refuse(new Uint8Array(0), "empty");
  for (let length = 1; length < GOLDEN.length; length++) {
    const kind = length < 4 ? "content" : "truncated";
    refuse(GOLDEN.subarray(0, length), kind);
  }
  decodeFrameHeader(GOLDEN);
});

Deno.test("decodeFrameHeader() throws nothing but FrameError, whatever single byte is wrong", () => {
  let refused = 0;
  for (let offset = 0; offset < GOLDEN.length; offset++) {
    for (const flip of [0x01, 0x80, 0xff, 0x7f]) {
      const message = changed(offset, (GOLDEN[offset] ?? 0) ^ flip);
      try {
        const { header } = decodeFrameHeader(message);
        assert.deepEqual(encode(header).length, GOLDEN.length);
      } catch (error) {
        assert(error instanceof FrameError, `${offset}: ${error}`);
        refused++;
      }
    }
  }
  assert(refused > 60, `${refused}`);
});

Deno.test("decodeFrameHeader() refuses another magic, version and codec by name", () => {
  refuse(changed(FRAME_HEADER.MAGIC + 3, 0x5b), "content");
  const version = refuse(changed(FRAME_HEADER.VERSION, 2), "version");
  assert.match(version.message, /version 2: this program knows version 1/);
  const short = changed(FRAME_HEADER.VERSION, 3).subarray(0, 6);
  assert.throws(() => decodeFrameHeader(short), { kind: "version" });
  assert.equal(foreignVersion(short), 3);
  assert.equal(foreignVersion(GOLDEN), undefined);
  const codec = refuse(changed(FRAME_HEADER.CODEC, 3), "codec");
  assert.match(codec.message, /codec 3/);
  assert.equal(codec.offset, FRAME_HEADER.CODEC);
});

Deno.test("attack: decodeFrameHeader() refuses hostile sizes before it takes memory", () => {
  const { BODY_SIZE, PACKETS, RECORDS_SIZE, RUNS, CONTEXTS } = FRAME_HEADER;
  const max = [0xff, 0xff, 0xff, 0xff];
  refuse(changed(BODY_SIZE, ...max), "size");
  refuse(changed(BODY_SIZE, 1, 0, 0, 1), "size"); // 16 MiB and 1
  refuse(changed(PACKETS, ...max), "content");
  refuse(changed(RECORDS_SIZE, ...max), "content");
  refuse(changed(RUNS, ...max), "content");
  refuse(changed(RUNS, 0), "content"); // packets without runs
  refuse(changed(RUNS, 4), "content"); // more runs than packets
  refuse(changed(PACKETS, 0), "content"); // runs without packets
  refuse(changed(CONTEXTS, 3), "content"); // more contexts than runs
});

Deno.test("decodeFrameHeader() refuses an uncompressed body of another size than announced", () => {
  const plain = encode({ ...HEADER, codec: "none", bodySize: 100 });
  for (const [size, kind] of [[99, "truncated"], [101, "size"]] as const) {
    const message = new Uint8Array(plain.length + size);
    message.set(plain);
    refuse(message, kind);
  }
});

Deno.test("decodeFrameHeader() refuses counts of 2^53 and more", () => {
  for (
    const offset of [
      FRAME_HEADER.NUMBER,
      FRAME_HEADER.SENT,
      FRAME_HEADER.CAPTURED,
      FRAME_HEADER.OWN_DROPPED,
      FRAME_HEADER.KERNEL_DROPPED,
      FRAME_HEADER.RATE_DROPPED,
      FRAME_HEADER.QUEUE_DROPPED,
      FRAME_HEADER.RELAY_RATE_DROPPED,
      FRAME_HEADER.RELAY_QUEUE_DROPPED,
      FRAME_HEADER.MADE_AT,
    ]
  ) {
    const error = refuse(changed(offset, 0, 0, 0, 0, 0, 0, 0x20, 0), "content");
    assert.equal(error.offset, offset);
  }
});

Deno.test("decodeFrameHeader() refuses names that are no names", () => {
  refuse(changed(FRAME_HEADER.SENSOR_LENGTH, 0), "content");
  const long = new Uint8Array(FRAME_HEADER.SIZE + 65);
  long.set(GOLDEN);
  long.fill(0x61, FRAME_HEADER.SIZE);
  long[FRAME_HEADER.SENSOR_LENGTH] = 65;
  refuse(long, "content");
  refuse(changed(FRAME_HEADER.SIZE, 0x1b), "content"); // an escape for the terminal
  refuse(changed(FRAME_HEADER.SIZE + 1, 0xc3, 0x28), "content"); // no UTF-8
  refuse(changed(FRAME_HEADER.SIZE, 0xe2, 0x80, 0xae), "content"); // turns text round
});

Deno.test("hasFrameMagic() wants all four bytes", () => {
  assert(hasFrameMagic(GOLDEN));
  assert(hasFrameMagic(GOLDEN.subarray(0, 4)));
  assert(!hasFrameMagic(GOLDEN.subarray(0, 3)));
  for (let at = 0; at < 4; at++) assert(!hasFrameMagic(changed(at, 0)));
});

Deno.test("encodeFrameHeader() refuses a target that is too short for its fixed part", () => {
  const target = new Uint8Array(FRAME_HEADER.SIZE - 1);
  assert.throws(() => encodeFrameHeader(HEADER, target), RangeError);
});

Deno.test("anyCount() covers what a count can be", () => {
  const random = makeRandom(9);
  const counts = Array.from({ length: 100 }, () => anyCount(random));
  assert(counts.every((count) => Number.isSafeInteger(count) && count >= 0));
  assert(counts.some((count) => count > 2 ** 52));
});
