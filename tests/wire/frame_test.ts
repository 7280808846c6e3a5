import assert from "node:assert/strict";
import { BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import type { GroupTotals } from "../../lib/packet.ts";
import { validateRecords } from "../../lib/pcap/record.ts";
import { makeFrameBuilder } from "../../lib/roles/builder_pool.ts";
import { compressBody } from "../../lib/wire/compression.ts";
import { FRAME_SIZE } from "../../lib/wire/constants.ts";
import { ContextReader } from "../../lib/wire/context_codec.ts";
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  sealFrame,
} from "../../lib/wire/frame.ts";
import { maximumTrailerSize } from "../../lib/wire/frame_body.ts";
import { FrameError } from "../../lib/wire/frame_error.ts";
import { frameHeaderSize } from "../../lib/wire/frame_header.ts";
import { concatenate, makeRandom, toHex } from "../pcap/packets.ts";
import { CODECS, COMPRESSING, isMissing } from "./codecs.ts";
import {
  anyContext,
  anyDetails,
  anyGroups,
  anyPackets,
  compressFrame,
  DETAILS,
  makeBuilder,
  readBatch,
} from "./frames.ts";

const FILES = new URL("../testdata/wire/", import.meta.url);

function readFile(name: string): Uint8Array {
  return Deno.readFileSync(new URL(name, FILES));
}

function decode(message: Uint8Array): Frame {
  return decodeFrame(message, new ContextReader());
}

/** Whatever was decoded must hold what a receiver takes for granted. */
function assertSound({ header, batch, groups }: Frame): void {
  validateRecords(batch.records, header.packets);
  assert.equal(batch.packets, header.packets);
  assert.equal(readBatch(batch).length, header.packets);
  assert.equal(batch.contexts.length, header.contexts);
  assert(groups.size <= header.groups);
}

function assertRefused(message: Uint8Array): void {
  assert.throws(() => decode(message), FrameError);
}

const TOTALS: GroupTotals = {
  captured: 1,
  captured_bytes: 32,
  own_dropped: 2,
  kernel_dropped: 3,
  rate_dropped: 4,
  queue_dropped: 5,
  sent: 6,
};

for (const codec of ["plain", "deflate", "zstd"]) {
  Deno.test({
    name: `decodeFrame() reads the ${codec} frame that another program made`,
    ignore: codec === "zstd" && isMissing("zstd"),
  }, () => {
    const frame = decode(readFile(`${codec}.frame`));
    const { header } = frame;
    assertSound(frame);
    assert.equal(header.sensor, "gate-1 ä");
    assert.equal(header.instance, 0x1122334455667788n);
    assert.deepEqual([header.number, header.lane], [7, 3]);
    assert.deepEqual(header.totals, {
      sent: 2 ** 40,
      captured: 1000,
      own_dropped: 11,
      kernel_dropped: 22,
      rate_dropped: 33,
      queue_dropped: 44,
    });
    assert.deepEqual(header.relay, {
      relay: 0x99n,
      relay_rate_dropped: 55,
      relay_queue_dropped: 66,
    });
    assert.equal(header.madeAt, 1_700_000_000_123_456);
    assert.equal(header.last, false);
    const outside = plainContext(5, "kernel", {
      family: 2,
      hook: 1,
      protocol: 0x0800,
      mark: 0xdeadbeef,
      uid: 1000,
      gid: 100,
      inputInterface: "eth0",
      physicalInputInterface: "port1",
      prefix: "from outside: ",
    });
    const tunnel = plainContext(65535, "clock", {
      family: 10,
      hook: 3,
      protocol: 0x86dd,
      outputInterface: "wg0",
      physicalOutputInterface: "port2",
      prefix: "é",
    });
    const seen = readBatch(frame.batch).map(({ data, ...rest }) => ({
      ...rest,
      data: toHex(data).slice(0, 8),
      captured: data.length,
    }));
    assert.deepEqual(seen, [
      {
        seconds: 1_700_000_000,
        nanoseconds: 123_456_000,
        originalLength: 32,
        context: outside,
        lostBefore: 0,
        data: "45000020",
        captured: 32,
      },
      {
        seconds: 1_700_000_000,
        nanoseconds: 999_999_999,
        originalLength: 1500,
        context: tunnel,
        lostBefore: 300,
        data: "60000000",
        captured: 48,
      },
      {
        seconds: 0xffff_ffff,
        nanoseconds: 1,
        originalLength: 0,
        context: outside,
        lostBefore: 0xffff_ffff,
        data: "",
        captured: 0,
      },
    ]);
    assert.deepEqual([...frame.groups], [
      [5, TOTALS],
      [65535, {
        captured: 2 ** 53 - 1,
        captured_bytes: 0,
        own_dropped: 0,
        kernel_dropped: 0,
        rate_dropped: 0,
        queue_dropped: 0,
        sent: 0,
      }],
    ]);
  });
}

Deno.test("decodeFrame() reads the last frame of a sender that another program made", () => {
  const frame = decode(readFile("last.frame"));
  assertSound(frame);
  assert.equal(frame.header.last, true);
  assert.equal(frame.header.packets, 0);
  assert.deepEqual([...frame.groups], [[5, TOTALS]]);
});

Deno.test("encodeFrame() writes the very bytes that another program made", () => {
  for (const name of ["plain.frame", "last.frame"]) {
    const bytes = readFile(name);
    const { header, batch, groups } = decode(bytes);
    assert.equal(toHex(encodeFrame(batch, header, groups)), toHex(bytes));
  }
});

Deno.test("frames of generated packets come back as they were, by every codec and both encoders", () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = makeRandom(seed);
    const packets = anyPackets(seed);
    const details = anyDetails(random);
    const groups = anyGroups(random);
    const builder = makeBuilder(packets);
    const message = encodeFrame(builder.build(), details, groups);
    const sealed = sealFrame(builder, details, groups);
    assert.deepEqual(sealed, message, `seed ${seed}`);
    for (const codec of CODECS) {
      const frame = decode(compressFrame(message, codec));
      assertSound(frame);
      assert.deepEqual(readBatch(frame.batch), packets, `seed ${seed}`);
      assert.deepEqual(frame.groups, groups);
      const { sensor, instance, number, lane, totals, relay, madeAt, last } =
        frame.header;
      assert.deepEqual(
        { sensor, instance, number, lane, totals, relay, madeAt, last },
        details,
      );
    }
  }
});

Deno.test("decodeFrame() borrows the records of an uncompressed frame", () => {
  const message = encodeFrame(makeBuilder(anyPackets(3)).build(), DETAILS);
  assert.equal(decode(message).batch.records.buffer, message.buffer);
});

for (const name of ["plain", "deflate", "zstd", "last"]) {
  Deno.test(`decodeFrame() refuses every truncated length of the ${name} frame`, () => {
    const message = readFile(`${name}.frame`);
    for (let length = 0; length < message.length; length++) {
      assertRefused(message.subarray(0, length));
    }
  });

  Deno.test(`decodeFrame() survives every wrong byte of the ${name} frame`, () => {
    const message = readFile(`${name}.frame`);
    for (let offset = 0; offset < message.length; offset++) {
      for (let flip = 1; flip < 256; flip = flip * 2 + 1) {
        const wrong = message.slice();
        wrong[offset] = (wrong[offset] ?? 0) ^ flip;
        try {
          assertSound(decode(wrong));
        } catch (error) {
          assert(error instanceof FrameError, `${offset} ^ ${flip}: ${error}`);
        }
      }
    }
  });
}

Deno.test("decodeFrame() survives random damage to generated frames", () => {
  for (let seed = 1; seed <= 4000; seed++) {
    const random = makeRandom(seed);
    const packets = anyPackets(1 + seed % 50, 8);
    const codec = CODECS[random(CODECS.length)] ?? "none";
    const message = compressFrame(
      encodeFrame(makeBuilder(packets).build(), DETAILS, anyGroups(random)),
      codec,
    ).slice();
    for (let wrong = random(6); wrong >= 0; wrong--) {
      // Half of the damage goes to the header and what is near it.
      const reach = random(2) === 0 ? message.length : 160;
      message[random(Math.min(reach, message.length))] = random(256);
    }
    const cut = random(4) === 0 ? random(message.length) : message.length;
    try {
      assertSound(decode(message.subarray(0, cut)));
    } catch (error) {
      assert(error instanceof FrameError, `seed ${seed}: ${error}`);
    }
  }
});

Deno.test("decodeFrame() refuses bytes left over, and a frame glued to another", () => {
  const message = readFile("plain.frame");
  assertRefused(concatenate([message, Uint8Array.of(0)]));
  assertRefused(concatenate([message, message]));
});

Deno.test("attack: decodeFrame() refuses bombs, whether they announce much or little", () => {
  const records = new Uint8Array(50_000_000);
  const empty = makeBuilder([]).build();
  const honest = encodeFrame({ ...empty, records }, DETAILS);
  const small = encodeFrame(empty, DETAILS);
  for (const codec of COMPRESSING) {
    const header = compressFrame(small, codec)
      .subarray(0, frameHeaderSize(DETAILS.sensor));
    const lying = concatenate([header, compressBody(records, codec)]);
    assert.throws(() => decode(lying), { kind: "compression" });
  }
  assert.throws(() => decode(honest), { kind: "size" });
});

Deno.test("decodeFrame() refuses runs that do not add up, and contexts that are not there", () => {
  const context = plainContext(1, "kernel");
  const builder = makeBuilder([]);
  const data = new Uint8Array(4);
  const packet = { seconds: 1, nanoseconds: 0, originalLength: 4, data };
  builder.add(packet, context);
  builder.add(packet, context);
  const batch = builder.build();
  for (
    const runs of [
      [1, 0, 0],
      [3, 0, 0],
      [0, 0, 0, 2, 0, 0],
      [2, 1, 0],
      [1, 0, 0, 1, 0xffff_ffff, 0],
      [0xffff_ffff, 0, 0, 3, 0, 0],
    ]
  ) {
    assertRefused(
      encodeFrame({ ...batch, runs: Uint32Array.from(runs) }, DETAILS),
    );
  }
  decode(encodeFrame({ ...batch, runs: Uint32Array.of(2, 0, 9) }, DETAILS));
});

Deno.test("decodeFrame() refuses a packet of 1000 ns or more", () => {
  const batch = makeBuilder(anyPackets(2)).build();
  const nanoseconds = new Uint16Array(batch.packets);
  const last = batch.packets - 1;
  nanoseconds[last] = 999;
  decode(encodeFrame({ ...batch, nanoseconds }, DETAILS));
  nanoseconds[last] = 1000;
  assert.throws(
    () => decode(encodeFrame({ ...batch, nanoseconds }, DETAILS)),
    { name: "FrameError", message: /999 ns/ },
  );
});

Deno.test("sealFrame() keeps the most crowded batch within 256 KiB", () => {
  const random = makeRandom(1);
  const builder = makeFrameBuilder();
  // The longest names that Linux has (15 bytes) and the longest prefixes (127).
  const contexts = Array.from({ length: 64 }, (_, group) => ({
    ...anyContext(random),
    group,
    inputInterface: "i".repeat(15),
    outputInterface: "o".repeat(15),
    physicalInputInterface: "p".repeat(15),
    physicalOutputInterface: "q".repeat(15),
    prefix: "x".repeat(127),
  }));
  const data = new Uint8Array(0);
  const packet = { seconds: 1, nanoseconds: 999, originalLength: 0, data };
  let packets = 0;
  // 1023 runs, then as many of the smallest packets as there is room for.
  for (; packets < 1023; packets++) {
    const context = contexts[packets % 63];
    assert(context && builder.add(packet, context, 2 ** 32 - 1));
  }
  const context = contexts[(packets - 1) % 63];
  while (context && builder.add(packet, context)) packets++;
  assert(packets > 12_000);
  const sensor = "n".repeat(64);
  const message = sealFrame(builder, { ...DETAILS, sensor });
  assert(message.length <= FRAME_SIZE);
  assert.equal(decode(message).header.packets, packets);
});

Deno.test("sealFrame() leaves the builder as it was, so that it can be sealed again", () => {
  const packets = anyPackets(8);
  const builder = makeBuilder(packets);
  const first = sealFrame(builder, DETAILS).slice();
  const other = sealFrame(builder, { ...DETAILS, sensor: "a longer name" });
  assert.deepEqual(readBatch(decode(other).batch), packets);
  assert.deepEqual(sealFrame(builder, DETAILS), first);
});

Deno.test("sealFrame() refuses a builder without room for header or trailer", () => {
  const packet = {
    seconds: 1,
    nanoseconds: 0,
    originalLength: 4,
    data: new Uint8Array(4),
  };
  const context = plainContext(1, "kernel");
  const tight = new BatchBuilder(new Uint8Array(300), { start: 131 });
  tight.add(packet, context);
  assert.throws(() => sealFrame(tight, DETAILS), RangeError);
  const full = new BatchBuilder(new Uint8Array(192 + 20), { start: 192 });
  full.add(packet, context);
  assert.throws(() => sealFrame(full, DETAILS), RangeError);
});

Deno.test("maximumTrailerSize() is never below what a trailer takes", () => {
  for (let seed = 1; seed < 100; seed++) {
    const random = makeRandom(seed);
    const batch = makeBuilder(anyPackets(seed)).build();
    const groups = anyGroups(random);
    const most = maximumTrailerSize(batch, groups);
    const { header } = decode(encodeFrame(batch, DETAILS, groups));
    assert(header.bodySize - header.recordsSize <= most);
  }
});
