import assert from "node:assert/strict";
import {
  decodeFileHeader,
  encodeFileHeader,
  PCAP_FILE_DEFAULTS,
  type Precision,
} from "../../lib/pcap/file_header.ts";
import { PcapError } from "../../lib/pcap/pcap_error.ts";

Deno.test("encodeFileHeader() writes the header tcpdump expects of raw IP", () => {
  // deno-fmt-ignore
  assert.deepEqual([...encodeFileHeader()], [
    0xd4, 0xc3, 0xb2, 0xa1, // magic: little-endian, microseconds
    2, 0, 4, 0,             // version 2.4
    0, 0, 0, 0,             // time zone
    0, 0, 0, 0,             // accuracy
    0, 0, 4, 0,             // snaplen 262144
    101, 0, 0, 0,           // LINKTYPE_RAW
  ]);
});

Deno.test("encodeFileHeader() starts a little-endian nanosecond file with 4d 3c b2 a1", () => {
  const header = encodeFileHeader({ precision: "nanoseconds" });
  assert.deepEqual([...header.subarray(0, 4)], [0x4d, 0x3c, 0xb2, 0xa1]);
});

Deno.test("decodeFileHeader() reads back every byte order and precision", () => {
  const precisions: Precision[] = ["microseconds", "nanoseconds"];
  for (const littleEndian of [true, false]) {
    for (const precision of precisions) {
      const header = { littleEndian, precision, snaplen: 65535, linkType: 239 };
      assert.deepEqual(decodeFileHeader(encodeFileHeader(header)), header);
    }
  }
});

Deno.test("decodeFileHeader() leaves out what the link type's high half says of check sequences", () => {
  const bytes = encodeFileHeader({ linkType: 1 });
  bytes[23] = 0xf4;
  assert.equal(decodeFileHeader(bytes).linkType, 1);
});

Deno.test("decodeFileHeader() reads from within a larger buffer", () => {
  const bytes = new Uint8Array(40);
  bytes.set(encodeFileHeader(), 7);
  assert.deepEqual(decodeFileHeader(bytes.subarray(7)), PCAP_FILE_DEFAULTS);
});

Deno.test("decodeFileHeader() refuses every shorter length", () => {
  const header = encodeFileHeader();
  for (let length = 0; length < header.length; length++) {
    assert.throws(() => decodeFileHeader(header.subarray(0, length)), {
      name: "PcapError",
      offset: length,
    });
  }
});

Deno.test("decodeFileHeader() says what another kind of file is", () => {
  const cases: [number[], RegExp][] = [
    [[0x0a, 0x0d, 0x0d, 0x0a], /pcapng/],
    [[0x1f, 0x8b, 8, 0], /gzip/],
    [[0x28, 0xb5, 0x2f, 0xfd], /zstd/],
    [[0x34, 0xcd, 0xb2, 0xa1], /modified/],
    [[0x7f, 0x45, 0x4c, 0x46], /7f454c46/],
  ];
  for (const [magic, message] of cases) {
    const bytes = encodeFileHeader();
    bytes.set(magic);
    assert.throws(() => decodeFileHeader(bytes), message);
  }
});

Deno.test("decodeFileHeader() refuses another version", () => {
  const bytes = encodeFileHeader();
  bytes[6] = 3;
  assert.throws(
    () => decodeFileHeader(bytes),
    (error) => error instanceof PcapError && /version 2\.3/.test(error.message),
  );
});
