import assert from "node:assert/strict";
import type { PacketInput } from "../../lib/batch_builder.ts";
import { MAX_SNAPLEN, RECORD } from "../../lib/pcap/constants.ts";
import type { RecordFormat } from "../../lib/pcap/file_header.ts";
import {
  decodeRecord,
  encodeRecord,
  validateRecords,
} from "../../lib/pcap/record.ts";
import { concatenate, generatePackets, makeBatch } from "./packets.ts";

const FORMATS: RecordFormat[] = [
  { littleEndian: true, precision: "microseconds" },
  { littleEndian: true, precision: "nanoseconds" },
  { littleEndian: false, precision: "microseconds" },
  { littleEndian: false, precision: "nanoseconds" },
];

const PACKET: PacketInput = {
  seconds: 0x01020304,
  nanoseconds: 500_000_999,
  originalLength: 60,
  data: Uint8Array.of(0x45, 0xaa),
};

Deno.test("encodeRecord() writes a little-endian header", () => {
  // deno-fmt-ignore
  assert.deepEqual([...encodeRecord(PACKET)], [
    4, 3, 2, 1,             // seconds
    0x20, 0xa1, 0x07, 0,    // 500,000 microseconds
    2, 0, 0, 0,             // captured
    60, 0, 0, 0,            // original
    0x45, 0xaa,
  ]);
});

Deno.test("encodeRecord() writes a big-endian header with nanoseconds", () => {
  const format: RecordFormat = {
    littleEndian: false,
    precision: "nanoseconds",
  };
  // deno-fmt-ignore
  assert.deepEqual([...encodeRecord(PACKET, format)], [
    1, 2, 3, 4,             // seconds
    0x1d, 0xcd, 0x68, 0xe7, // 500,000,999 nanoseconds
    0, 0, 0, 2,             // captured
    0, 0, 0, 60,            // original
    0x45, 0xaa,
  ]);
});

Deno.test("encodeRecord() refuses what a record can not hold", () => {
  const wrong: Partial<PacketInput>[] = [
    { originalLength: 1 },
    { data: new Uint8Array(MAX_SNAPLEN + 1), originalLength: 300_000 },
    { seconds: -1 },
    { seconds: 2 ** 32 },
    { seconds: NaN },
    { nanoseconds: 1_000_000_000 },
    { nanoseconds: -1 },
  ];
  for (const change of wrong) {
    assert.throws(() => encodeRecord({ ...PACKET, ...change }), RangeError);
  }
});

Deno.test("decodeRecord() reads back generated packets in every format", () => {
  for (const format of FORMATS) {
    for (const packet of generatePackets(200)) {
      const bytes = encodeRecord(packet, format);
      const record = decodeRecord(new DataView(bytes.buffer), 0, format);
      const nanoseconds = format.precision === "nanoseconds"
        ? packet.nanoseconds
        : packet.nanoseconds - packet.nanoseconds % 1000;
      const nextOffset = bytes.length;
      assert.deepEqual(record, { ...packet, nanoseconds, nextOffset });
    }
  }
});

Deno.test("decodeRecord() refuses every truncated length", () => {
  const bytes = encodeRecord(PACKET);
  for (let length = 0; length < bytes.length; length++) {
    const view = new DataView(bytes.buffer, 0, length);
    assert.throws(() => decodeRecord(view, 0), {
      name: "PcapError",
      offset: 0,
    });
  }
});

Deno.test("decodeRecord() borrows from its source", () => {
  const bytes = encodeRecord(PACKET);
  const record = decodeRecord(new DataView(bytes.buffer), 0);
  bytes[RECORD.SIZE] = 0x60;
  assert.equal(record.data[0], 0x60);
});

Deno.test("validateRecords() accepts what a builder makes, at any offset", () => {
  const { records } = makeBatch(generatePackets(500));
  validateRecords(records, 500);
  const shifted = concatenate([new Uint8Array(5), records]);
  validateRecords(shifted, 500, 5);
  validateRecords(shifted.subarray(5), 500);
  validateRecords(new Uint8Array(0), 0);
});

Deno.test("validateRecords() refuses every truncated length and every wrong count", () => {
  const { records } = makeBatch(generatePackets(5));
  for (let length = 0; length < records.length; length++) {
    assert.throws(() => validateRecords(records.subarray(0, length), 5), {
      name: "PcapError",
    });
  }
  for (const packets of [0, 1, 4, 6, 2 ** 32 - 1]) {
    assert.throws(() => validateRecords(records, packets), {
      name: "PcapError",
    });
  }
});

Deno.test("validateRecords() names the record whose header is wrong", () => {
  const first = encodeRecord(PACKET);
  const wrong: [number, number, RegExp][] = [
    [RECORD.FRACTION, 1_000_000, /fraction of a second is 1000000/],
    [RECORD.FRACTION, 0xffff_ffff, /fraction/],
    [RECORD.CAPTURED, MAX_SNAPLEN + 1, /captured length is 262145/],
    [RECORD.CAPTURED, 0xffff_ffff, /captured length is 4294967295/],
    [RECORD.CAPTURED, 3, /18 of the 19 bytes/],
    [RECORD.ORIGINAL, 1, /original length is 1, below/],
  ];
  for (const [field, value, message] of wrong) {
    const second = encodeRecord(PACKET);
    new DataView(second.buffer).setUint32(field, value, true);
    const records = concatenate([first, second]);
    assert.throws(() => validateRecords(records, 2), (error) => {
      assert(error instanceof RangeError && "offset" in error);
      assert.equal(error.offset, first.length);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("validateRecords() tells between which times the records lie, in whatever order", () => {
  const data = Uint8Array.of(0x45);
  const times = [[9, 1], [7, 5], [7, 4], [12, 0], [11, 999_999]] as const;
  const records = times.flatMap(([seconds, microseconds]) => [
    ...encodeRecord({
      seconds,
      nanoseconds: microseconds * 1000 + 999,
      originalLength: 1,
      data,
    }),
  ]);
  const span = validateRecords(Uint8Array.from(records), times.length);
  assert.deepEqual(span, { first: 7_000_004, last: 12_000_000 });
  const none = { first: Infinity, last: -Infinity };
  assert.deepEqual(validateRecords(new Uint8Array(0), 0), none);
});

Deno.test("validateRecords() accepts the limits themselves", () => {
  const data = new Uint8Array(MAX_SNAPLEN);
  const records = encodeRecord({
    seconds: 2 ** 32 - 1,
    nanoseconds: 999_999_999,
    originalLength: 2 ** 32 - 1,
    data,
  });
  validateRecords(records, 1);
});
