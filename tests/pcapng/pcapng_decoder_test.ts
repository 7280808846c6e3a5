import assert from "node:assert/strict";
import { decodePcap } from "../../lib/pcap/pcap_decoder_stream.ts";
import { PcapError } from "../../lib/pcap/pcap_error.ts";
import { CaptureParser } from "../../lib/pcapng/capture_parser.ts";
import {
  decodePcapng,
  PcapngDecoderStream,
} from "../../lib/pcapng/pcapng_decoder_stream.ts";
import type { PcapngPacket } from "../../lib/pcapng/packet_block.ts";
import { collect, concatenate, streamOf, toHex } from "../pcap/packets.ts";
import { canRun, findTraces, tsharkFields } from "../pcap/tools.ts";

const FILES = new URL("../testdata/pcap/", import.meta.url);
const NAMES = Array.from(Deno.readDirSync(FILES), ({ name }) => name)
  .filter((name) => name.endsWith(".pcapng")).sort();

function read(name: string): Promise<Uint8Array> {
  return Deno.readFile(new URL(name, FILES));
}

async function decode(...chunks: Uint8Array[]): Promise<PcapngPacket[]> {
  const { items, error } = await collect(decodePcapng(streamOf(...chunks)));
  assert.equal(error, undefined);
  return items;
}

/** What tshark is asked, and what we have to say to it. */
const FIELDS = [
  "frame.time_epoch",
  "frame.cap_len",
  "frame.len",
  "frame.drop_count",
  "frame.packet_flags_direction",
  "frame.comment",
];

function describe(packet: PcapngPacket): string[] {
  const { seconds, data, originalLength, dropCount, direction } = packet;
  const nanoseconds = String(packet.nanoseconds).padStart(9, "0");
  return [
    // A simple packet has none, for which we have zero.
    seconds === 0 && packet.nanoseconds === 0
      ? ""
      : `${seconds}.${nanoseconds}`,
    String(data.length),
    String(originalLength),
    dropCount === 0 ? "" : String(dropCount),
    direction === 0 ? "" : `0x0000000${direction}`,
    packet.comments.join(","),
  ];
}

const VARIANTS = [
  ["1700000000.123456000", "30", "32", "", "", ""],
  ["1700001000.123456789", "32", "32", "77", "0x00000002", "a comment,another"],
  ["1700000000.500000000", "29", "29", "", "", ""],
  ["1700000000.999000000", "31", "31", "", "", ""],
  ["1700000000.000001000", "28", "32", "5", "", ""],
  ["1700001000.000000001", "32", "32", "", "", ""],
  ["1700000000.999999000", "0", "32", "", "", ""],
];

Deno.test("decodePcapng() reads every kind of packet and unit of time in both byte orders", async () => {
  const le = await decode(await read("variants_le.pcapng"));
  const be = await decode(await read("variants_be.pcapng"));
  const both = await decode(await read("variants_sections.pcapng"));
  assert.deepEqual(le.map(describe), VARIANTS);
  assert.deepEqual(be.map(describe), VARIANTS);
  assert.deepEqual(both.map(describe), [...VARIANTS, ...VARIANTS]);
  const simple = await decode(await read("variants_simple.pcapng"));
  assert.deepEqual(simple.map(describe), [
    ["", "30", "32", "", "", ""],
    ["", "29", "29", "", "", ""],
  ]);
});

Deno.test("decodePcapng() tells of interfaces", async () => {
  const packets = await decode(await read("variants_be.pcapng"));
  assert.deepEqual(packets[1]?.interface, {
    linkType: 228,
    snaplen: 0,
    name: "nano",
    description: "",
    resolution: 9,
    timeOffset: 1000,
  });
  assert.deepEqual(
    packets.map(({ linkType }) => linkType),
    [101, 228, 101, 101, 101, 228, 101],
  );
  assert(packets.every(({ littleEndian }) => !littleEndian));
});

for (const name of NAMES) {
  Deno.test({
    name: `decodePcapng() reads ${name} as tshark does`,
    ignore: !canRun("tshark"),
    fn: async () => {
      const packets = await decode(await read(name));
      const rows = await tsharkFields(new URL(name, FILES).pathname, FIELDS);
      assert.deepEqual(packets.map(describe), rows);
    },
  });
}

const TRACES = findTraces(".pcapng");

Deno.test({
  name: "decodePcapng() reads other people's captures as tshark does",
  ignore: TRACES === undefined || !canRun("tshark"),
  fn: async () => {
    assert(TRACES !== undefined && TRACES.length > 0);
    for (const url of TRACES) {
      const packets = await decode(await Deno.readFile(url));
      const rows = await tsharkFields(url.pathname, FIELDS);
      assert.deepEqual(packets.map(describe), rows, url.pathname);
    }
  },
});

Deno.test("PcapngDecoderStream reads a file cut at any byte, and in small chunks", async () => {
  const file = await read("variants_sections.pcapng");
  const expected = await decode(file);
  for (let cut = 0; cut <= file.length; cut++) {
    const parts = streamOf(file.subarray(0, cut), file.subarray(cut));
    const packets = await Array.fromAsync(
      parts.pipeThrough(new PcapngDecoderStream()),
    );
    assert.deepEqual(packets, expected, `cut at ${cut}`);
  }
  for (const size of [1, 3, 7, 64]) {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < file.length; at += size) {
      chunks.push(file.slice(at, at + size));
    }
    assert.deepEqual(await decode(...chunks), expected, `chunks of ${size}`);
  }
});

Deno.test("decodePcapng() delivers every packet before a truncation, then one error", async () => {
  const file = await read("variants_be.pcapng");
  const view = new DataView(file.buffer);
  const ends = [0];
  while ((ends.at(-1) ?? 0) < file.length) {
    const at = ends.at(-1) ?? 0;
    ends.push(at + view.getUint32(at + 4));
  }
  for (let length = 0; length < file.length; length++) {
    const { items, error } = await collect(
      decodePcapng(streamOf(file.subarray(0, length))),
    );
    if (length > 0 && ends.includes(length)) assert.equal(error, undefined);
    else {
      assert(error instanceof PcapError);
      assert.equal(error.offset, ends.findLast((end) => end <= length));
    }
    assert(items.length <= VARIANTS.length);
    assert.deepEqual(items.map(describe), VARIANTS.slice(0, items.length));
  }
});

Deno.test("decodePcapng() refuses blocks that make no sense, and says where they are", async () => {
  const file = await read("variants_le.pcapng");
  const first = new DataView(file.buffer).getUint32(4, true);
  const packet = concatenate([
    file.subarray(0, first),
    new Uint8Array(32),
  ]);
  const view = new DataView(packet.buffer);
  // An enhanced packet of an interface that was not described.
  view.setUint32(first, 6, true);
  view.setUint32(first + 4, 32, true);
  view.setUint32(first + 28, 32, true);
  const changed = (offset: number, value: number): Uint8Array => {
    const bytes = file.slice();
    new DataView(bytes.buffer).setUint32(offset, value, true);
    return bytes;
  };
  const wrong: [Uint8Array, number, RegExp][] = [
    [changed(0, 1), 0, /does not begin with a section/],
    [changed(8, 0), 0, /byte-order magic is 00000000/],
    [changed(12, 2), 0, /version 2/],
    [changed(first + 4, 8), first, /length is 8/],
    [changed(first + 4, 13), first, /length is 13/],
    [changed(first + 4, 1 << 30), first, /length is 1073741824/],
    [changed(first - 4, 4), 0, /at its start and 4 at its end/],
    [packet, first, /interface is 0 of 0/],
  ];
  for (const [bytes, offset, message] of wrong) {
    const { error } = await collect(decodePcapng(streamOf(bytes)));
    assert(error instanceof PcapError, String(message));
    assert.match(error.message, message);
    assert.equal(error.offset, offset, error.message);
  }
  const { error } = await collect(decodePcapng(streamOf()));
  assert.match(String(error), /it is empty/);
});

Deno.test("decodePcapng() survives changed bytes", async () => {
  const file = await read("variants_sections.pcapng");
  for (let at = 0; at < file.length; at++) {
    for (const value of [0, 1, 0x7f, 0xff]) {
      const bytes = file.slice();
      bytes[at] = value;
      const { error } = await collect(decodePcapng(streamOf(bytes)));
      assert(error === undefined || error instanceof PcapError, String(error));
    }
  }
});

Deno.test("CaptureParser tells the formats apart, wherever the first chunk ends", async () => {
  for (const name of ["scapy_ethernet_be_ns.pcap", "editcap_ethernet.pcapng"]) {
    const file = await read(name);
    const source = name.endsWith("ng")
      ? decodePcapng(streamOf(file))
      : decodePcap(streamOf(file));
    const expected = (await Array.fromAsync(source)).map(({ data }) =>
      toHex(data)
    );
    assert.equal(expected.length, 6);
    for (let cut = 0; cut < 40; cut++) {
      const parser = new CaptureParser();
      const seen: string[] = [];
      for (const chunk of [file.subarray(0, cut), file.subarray(cut)]) {
        parser.push(chunk);
        let packet = parser.next();
        while (packet !== undefined) {
          seen.push(toHex(packet.data));
          packet = parser.next();
        }
      }
      parser.end();
      assert.deepEqual(seen, expected);
    }
  }
});

Deno.test("CaptureParser refuses a file that is too short for either format", () => {
  for (let length = 0; length < 4; length++) {
    const parser = new CaptureParser();
    parser.push(new Uint8Array(length));
    assert.equal(parser.next(), undefined);
    assert.throws(() => parser.end(), { name: "PcapError", offset: length });
  }
});
