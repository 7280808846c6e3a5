import assert from "node:assert/strict";
import { plainContext } from "../../lib/batch_builder.ts";
import { decodeNflogRecord } from "../../lib/pcap/nflog_decoder.ts";

// deno-fmt-ignore
const RECORD = Uint8Array.of(
  2, 0, 0x01, 0x05,                          // family IPv4, version 0, group 261
  8, 0, 1, 0,  0x08, 0x00, 3, 0,             // packet header: IPv4, OUTPUT
  8, 0, 2, 0,  0, 0, 0xbe, 0xef,             // mark
  20, 0, 3, 0, 0, 0, 0, 0, 0x65, 0x53, 0xf1, 0x00, 0, 0, 0, 0, 0, 1, 0xe2, 0x40,  // 1700000000 s, 123456 µs
  8, 0, 4, 0,  0, 0, 0, 1,                   // input interface 1
  8, 0, 5, 0,  0, 0, 0, 2,                   // output interface 2
  8, 0, 6, 0,  0, 0, 0, 3,                   // physical input interface 3
  8, 0, 7, 0,  0, 0, 0, 4,                   // physical output interface 4
  7, 0, 10, 0, 0x68, 0x69, 0, 0,             // prefix "hi", a NUL and padding
  8, 0, 11, 0, 0, 0, 3, 0xe8,                // uid 1000
  8, 0, 14, 0, 0, 0, 0, 100,                 // gid 100
  8, 0, 99, 0, 1, 2, 3, 4,                   // an attribute of the future
  7, 0, 9, 0,  0x45, 0x00, 0x07,             // payload, unpadded at the end
);

const CONTEXT = plainContext(261, "kernel", {
  family: 2,
  hook: 3,
  protocol: 0x0800,
  mark: 0xbeef,
  uid: 1000,
  gid: 100,
  inputInterface: "if1",
  outputInterface: "if2",
  physicalInputInterface: "if3",
  physicalOutputInterface: "if4",
  prefix: "hi",
});

/** The same record as a big-endian host writes it: lengths and types are swapped, values are not. */
function swapped(): Uint8Array {
  const bytes = RECORD.slice();
  for (let at = 4; at < bytes.length;) {
    const length = RECORD[at] ?? 4;
    bytes.set([0, length, 0, RECORD[at + 2] ?? 0], at);
    at += length + 3 & ~3;
  }
  return bytes;
}

Deno.test("decodeNflogRecord() reads every attribute in both byte orders", () => {
  for (const littleEndian of [true, false]) {
    const bytes = littleEndian ? RECORD : swapped();
    const record = decodeNflogRecord(bytes, { littleEndian });
    assert.deepEqual(record, {
      context: CONTEXT,
      payload: Uint8Array.of(0x45, 0, 7),
      payloadLength: 3,
      time: { seconds: 1700000000, nanoseconds: 123456000 },
    });
    assert.equal(record.payload.buffer, bytes.buffer);
  }
});

Deno.test("decodeNflogRecord() reads a record without any attribute", () => {
  const record = decodeNflogRecord(Uint8Array.of(10, 0, 0, 6), {
    littleEndian: true,
  });
  assert.deepEqual(record.context, plainContext(6, "file", { family: 10 }));
  assert.equal(record.payload.length, 0);
  assert.equal(record.time, undefined);
});

Deno.test("decodeNflogRecord() refuses every truncated length but those between attributes", () => {
  const between = new Set<number>();
  for (let at = 4; at < RECORD.length;) {
    between.add(at);
    const end = at + (RECORD[at] ?? 4);
    at = end + 3 & ~3;
    for (let padding = end; padding < at; padding++) between.add(padding);
  }
  for (let length = 0; length < RECORD.length; length++) {
    const decode = (): unknown =>
      decodeNflogRecord(RECORD.subarray(0, length), { littleEndian: true });
    if (between.has(length)) decode();
    else assert.throws(decode, { name: "PcapError" }, `length ${length}`);
  }
});

Deno.test("decodeNflogRecord() reads on what the file's writer cut off", () => {
  for (let missing = 0; missing < 3; missing++) {
    const bytes = RECORD.subarray(0, RECORD.length - missing);
    const record = decodeNflogRecord(bytes, { littleEndian: true, missing });
    assert.equal(record.payload.length, 3 - missing);
    assert.equal(record.payloadLength, 3);
  }
});

Deno.test("decodeNflogRecord() refuses lengths that lie, and another version", () => {
  const wrong = [
    Uint8Array.of(2, 0, 0, 0, 3, 0, 9, 0),
    Uint8Array.of(2, 0, 0, 0, 0, 0, 9, 0),
    Uint8Array.of(2, 0, 0, 0, 9, 0, 9, 0, 1, 2, 3, 4),
    Uint8Array.of(2, 0, 0, 0, 0xff, 0xff, 9, 0, 1, 2, 3, 4),
    Uint8Array.of(2, 1, 0, 0),
  ];
  for (const bytes of wrong) {
    assert.throws(
      () => decodeNflogRecord(bytes, { littleEndian: true }),
      { name: "PcapError" },
    );
  }
});

Deno.test("decodeNflogRecord() leaves out values that are too short or no time", () => {
  // deno-fmt-ignore
  const bytes = Uint8Array.of(
    2, 0, 0, 0,
    6, 0, 1, 0, 8, 0, 0, 0,
    6, 0, 2, 0, 1, 2, 0, 0,
    6, 0, 4, 0, 1, 2, 0, 0,
    12, 0, 3, 0, 0, 0, 0, 0, 1, 1, 1, 1,
    20, 0, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    20, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0f, 0x42, 0x40,
  );
  const { context, time } = decodeNflogRecord(bytes, { littleEndian: true });
  assert.deepEqual(context, plainContext(0, "file", { family: 2 }));
  assert.equal(time, undefined);
});
