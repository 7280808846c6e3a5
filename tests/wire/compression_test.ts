import assert from "node:assert/strict";
import { compressBody, decompressBody } from "../../lib/wire/compression.ts";
import type { Codec } from "../../lib/wire/constants.ts";
import { FrameError } from "../../lib/wire/frame_error.ts";
import { zstdFrameSize } from "../../lib/wire/zstd_frame.ts";
import { concatenate, makeRandom } from "../pcap/packets.ts";
import { isMissing } from "./codecs.ts";

const ALL = ["zstd", "deflate"] as const;
const LEVELS = { none: [0], zstd: [-7, 1, 3, 19], deflate: [0, 1, 9] } as const;

/** A skippable frame of zstd, which stands for nothing (RFC 8878, 3.1.2). */
const SKIPPED = [0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9];

function body(size: number): Uint8Array {
  const random = makeRandom(size + 1);
  return Uint8Array.from({ length: size }, () => random(7));
}

function refuse(bytes: Uint8Array, codec: Codec, size: number): void {
  assert.throws(() => decompressBody(bytes, codec, size), (error) => {
    assert(error instanceof FrameError, `${error}`);
    assert.equal(error.kind, "compression");
    return true;
  });
}

for (const codec of ["none", ...ALL] as const) {
  const ignore = isMissing(codec);
  Deno.test({
    name:
      `decompressBody() gives back what compressBody() made with ${codec}, at every level`,
    ignore,
  }, () => {
    for (const size of [0, 1, 3, 1000, 70_001]) {
      const plain = body(size);
      for (const level of [undefined, ...LEVELS[codec]]) {
        const packed = compressBody(plain, codec, level);
        assert.deepEqual(decompressBody(packed, codec, size), plain);
        assert.deepEqual(plain, body(size));
      }
    }
  });
}

for (const codec of ALL) {
  const ignore = isMissing(codec);
  Deno.test({
    name: `compressBody() makes less of a body with ${codec}`,
    ignore,
  }, () => {
    assert(compressBody(body(10_000), codec).length < 5000);
  });

  Deno.test({
    name: `decompressBody() gives an array whose slice is a copy with ${codec}`,
    ignore,
  }, () => {
    const plain = decompressBody(compressBody(body(9), codec), codec, 9);
    assert.equal(Object.getPrototypeOf(plain), Uint8Array.prototype);
    plain.slice(0, 1).fill(77);
    assert.deepEqual(plain, body(9));
  });

  Deno.test({
    name: `decompressBody() refuses every truncated length of ${codec}`,
    ignore,
  }, () => {
    const packed = compressBody(body(500), codec);
    for (let length = 0; length < packed.length; length++) {
      refuse(packed.subarray(0, length), codec, 500);
    }
  });

  Deno.test({
    name: `decompressBody() refuses bytes after the end of what ${codec} made`,
    ignore,
  }, () => {
    const nothing = compressBody(body(0), codec);
    // Sizes at which a piece of the output is full just where the stream ends, too.
    for (const size of [1, 500, 16_384, 65_536, 70_001]) {
      const packed = compressBody(body(size), codec);
      const rests = [
        [0],
        [1, 2, 3, 4, 5],
        body(1000),
        packed,
        nothing,
        SKIPPED,
      ];
      for (const rest of rests) {
        const followed = concatenate([packed, Uint8Array.from(rest)]);
        refuse(followed, codec, size);
      }
    }
    refuse(concatenate([nothing, Uint8Array.of(0)]), codec, 0);
  });

  Deno.test({
    name: `decompressBody() refuses another size than announced with ${codec}`,
    ignore,
  }, () => {
    const packed = compressBody(body(500), codec);
    for (const size of [0, 1, 499, 501, 16 * 1024 * 1024]) {
      refuse(packed, codec, size);
    }
  });

  Deno.test({
    name:
      `decompressBody() throws nothing but FrameError on wrong bytes of ${codec}`,
    ignore,
  }, () => {
    const packed = compressBody(body(500), codec);
    for (let offset = 0; offset < packed.length; offset++) {
      for (const flip of [1, 0x80, 0xff]) {
        const wrong = packed.slice();
        wrong[offset] = (wrong[offset] ?? 0) ^ flip;
        try {
          assert.equal(decompressBody(wrong, codec, 500).length, 500);
        } catch (error) {
          assert(error instanceof FrameError, `${offset}: ${error}`);
        }
      }
    }
  });

  Deno.test({
    name: `decompressBody() stops a ${codec} bomb before it takes its memory`,
    ignore,
  }, () => {
    const bomb = compressBody(new Uint8Array(200 * 1024 * 1024), codec);
    const before = Deno.memoryUsage();
    refuse(bomb, codec, 100_000);
    const taken = Deno.memoryUsage().rss - before.rss;
    assert(taken < 64 * 1024 * 1024, `${taken} bytes were taken`);
  });
}

Deno.test({
  name:
    "decompressBody() refuses a zstd frame that asks for a larger window than a body can fill",
  ignore: isMissing("zstd"),
}, () => {
  const block = Uint8Array.of(0x03 | 100 << 3 & 0xff, 100 >> 5, 0, 0x61);
  // Window descriptors: 2^41 * 15/8 bytes, which nobody grants, and 2^25 bytes, which zstd would by itself.
  for (const descriptor of [0xff, (25 - 10) << 3]) {
    // Magic, then a frame header: no single segment, no content size (RFC 8878, 3.1.1.1).
    const header = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, descriptor);
    refuse(concatenate([header, block]), "zstd", 100);
  }
  const small = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0);
  const plain = decompressBody(concatenate([small, block]), "zstd", 100);
  assert.deepEqual(plain, new Uint8Array(100).fill(0x61));
});

Deno.test({
  name: "decompressBody() refuses one codec for the other",
  ignore: isMissing("zstd"),
}, () => {
  refuse(compressBody(body(100), "zstd"), "deflate", 100);
  refuse(compressBody(body(100), "deflate"), "zstd", 100);
});

Deno.test({
  name:
    "decompressBody() refuses two zstd frames that together have the right size",
  ignore: isMissing("zstd"),
}, () => {
  for (const size of [100, 16_384, 65_536]) {
    const half = compressBody(body(size), "zstd");
    refuse(concatenate([half, half]), "zstd", 2 * size);
  }
});

Deno.test({
  name: "compressBody() makes one zstd frame of a body, and nothing after it",
  ignore: isMissing("zstd"),
}, () => {
  for (const size of [0, 1, 40_000, 131_072, 300_000]) {
    for (const level of LEVELS.zstd) {
      const packed = compressBody(body(size), "zstd", level);
      assert.equal(zstdFrameSize(packed), packed.byteLength);
    }
  }
});
