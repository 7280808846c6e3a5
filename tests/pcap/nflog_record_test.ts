import assert from "node:assert/strict";
import { BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import type { PacketContext } from "../../lib/packet.ts";
import { encodeFileHeader } from "../../lib/pcap/file_header.ts";
import { encodeNflogRecords } from "../../lib/pcap/nflog_record.ts";
import { decodePcap } from "../../lib/pcap/pcap_decoder_stream.ts";
import {
  type NetworkPacket,
  PacketStripper,
} from "../../lib/pcap/packet_stripper.ts";
import {
  collect,
  concatenate,
  generatePackets,
  makeRandom,
  streamOf,
} from "./packets.ts";
import { canRun, run, tsharkFields, withFile } from "./tools.ts";

const LINK = { linkType: 239 };

/** A context whose every value a record can tell. */
const FULL = plainContext(0x1234, "kernel", {
  family: 2,
  hook: 1,
  protocol: 0x0800,
  mark: 0xdeadbeef,
  uid: 1000,
  gid: 0,
  inputInterface: "if3",
  outputInterface: "if4294967295",
  physicalInputInterface: "if5",
  physicalOutputInterface: "if6",
  prefix: "to web: ",
});

const CONTEXTS: PacketContext[] = [
  FULL,
  plainContext(0, "file"),
  plainContext(65535, "file", { family: 10, hook: 4, protocol: 0x86dd }),
  plainContext(5, "kernel", { prefix: "drop", mark: 0 }),
];

interface Made {
  builder: BatchBuilder;
  expected: NetworkPacket[];
}

function makeBuilder(): Made {
  const builder = new BatchBuilder(new Uint8Array(200_000));
  const random = makeRandom(3);
  // The first byte does not look like IP: a header would tell another length.
  const expected = generatePackets(300).map((packet) => {
    packet.data.fill(0x11, 0, 1);
    const context = CONTEXTS[random(CONTEXTS.length)];
    assert(context !== undefined && builder.add(packet, context));
    return { ...packet, context };
  });
  return { builder, expected };
}

async function readBack(bytes: Uint8Array): Promise<NetworkPacket[]> {
  const stripper = new PacketStripper();
  const { items, error } = await collect(decodePcap(streamOf(bytes)));
  assert.equal(error, undefined);
  return items.map((packet) => stripper.strip(packet) ?? assert.fail());
}

Deno.test("encodeNflogRecords() writes what the kernel sends", () => {
  const builder = new BatchBuilder(new Uint8Array(1000));
  const data = Uint8Array.of(0x45, 0, 7);
  const packet = {
    seconds: 0x65535f00,
    nanoseconds: 123456789,
    originalLength: 100,
    data,
  };
  const context = plainContext(261, "kernel", {
    family: 2,
    hook: 3,
    protocol: 0x0800,
    prefix: "hi",
    outputInterface: "if2",
    mark: 0xbeef,
    uid: 1000,
  });
  assert(builder.add(packet, context));
  // deno-fmt-ignore
  assert.deepEqual([...encodeNflogRecords(builder.build())], [
    0x00, 0x5f, 0x53, 0x65,                    // seconds
    0x40, 0xe2, 0x01, 0,                       // 123456 microseconds
    72, 0, 0, 0,                               // captured
    169, 0, 0, 0,                              // original: 97 more
    2, 0, 0x01, 0x05,                          // family IPv4, version 0, group 261
    8, 0, 1, 0,  0x08, 0x00, 3, 0,             // packet header: IPv4, OUTPUT
    7, 0, 10, 0, 0x68, 0x69, 0, 0,             // prefix "hi", a NUL and padding
    8, 0, 5, 0,  0, 0, 0, 2,                   // output interface 2
    8, 0, 2, 0,  0, 0, 0xbe, 0xef,             // mark
    8, 0, 11, 0, 0, 0, 3, 0xe8,                // uid 1000
    20, 0, 3, 0, 0, 0, 0, 0, 0x65, 0x53, 0x5f, 0, 0, 0, 0, 0, 0, 1, 0xe2, 0x40,
    7, 0, 9, 0,  0x45, 0x00, 0x07, 0,          // payload and padding
  ]);
});

Deno.test("what encodeNflogRecords() writes PacketStripper reads", async () => {
  for (const precision of ["microseconds", "nanoseconds"] as const) {
    const { builder, expected } = makeBuilder();
    const records = encodeNflogRecords(builder.build(), { precision });
    const file = concatenate([
      encodeFileHeader({ ...LINK, precision }),
      records,
    ]);
    const unit = precision === "nanoseconds" ? 1 : 1000;
    assert.deepEqual(
      await readBack(file),
      expected.map((packet) => ({
        ...packet,
        nanoseconds: packet.nanoseconds - packet.nanoseconds % unit,
      })),
    );
  }
});

Deno.test("encodeNflogRecords() writes the same into memory that was used before", () => {
  const batch = makeBuilder().builder.build();
  const dirty = new Uint8Array(500_000).fill(0xaa);
  const records = encodeNflogRecords(batch, { allocate: () => dirty });
  assert.equal(records.buffer, dirty.buffer);
  assert.deepEqual(records, encodeNflogRecords(batch));
});

Deno.test("encodeNflogRecords() leaves out interfaces that are no index, and cuts long prefixes", async () => {
  const builder = new BatchBuilder(new Uint8Array(2000));
  const packet = { seconds: 1, nanoseconds: 0, originalLength: 1 };
  const data = Uint8Array.of(0x11);
  const context = plainContext(5, "file", {
    inputInterface: "eth0",
    outputInterface: "if0",
    physicalInputInterface: "if12345678901",
    prefix: "x".repeat(300),
  });
  builder.add({ ...packet, data }, context);
  const records = encodeNflogRecords(builder.build());
  const [read] = await readBack(concatenate([encodeFileHeader(LINK), records]));
  const prefix = "x".repeat(127);
  assert.deepEqual(read?.context, plainContext(5, "file", { prefix }));
});

Deno.test("encodeNflogRecords() cuts packets that an attribute can not hold", async () => {
  const builder = new BatchBuilder(new Uint8Array(100_000));
  const data = new Uint8Array(80_000).fill(0x11);
  const packet = { seconds: 1, nanoseconds: 0, originalLength: 90_000, data };
  builder.add(packet, plainContext(5, "kernel"));
  const records = encodeNflogRecords(builder.build());
  const [read] = await readBack(concatenate([encodeFileHeader(LINK), records]));
  assert.equal(read?.data.length, 65531);
  assert.equal(read?.originalLength, 90_000);
});

Deno.test({
  name: "tshark and tcpdump read what encodeNflogRecords() writes",
  ignore: !canRun("tshark", "tcpdump"),
  fn: async () => {
    const { builder, expected } = makeBuilder();
    const records = encodeNflogRecords(builder.build());
    const file = concatenate([encodeFileHeader(LINK), records]);
    await withFile(file, async (path) => {
      const fields = ["nflog.family", "nflog.res_id", "nflog.prefix"];
      const attributes = ["nflog.ifindex_indev", "nflog.uid"];
      const rows = await tsharkFields(path, [...fields, ...attributes]);
      assert.deepEqual(
        rows,
        expected.map(({ context }) => [
          String(context.family),
          String(context.group),
          context.prefix,
          context === FULL ? "3" : "",
          context === FULL ? "1000" : "",
        ]),
      );
      const dump = await run("tcpdump", "-r", path, "-w", "/dev/null");
      assert.equal(dump.code, 0, dump.stderr);
    });
  },
});

Deno.test({
  name: "tshark finds the same packets behind NFLOG attributes",
  ignore: !canRun("tshark"),
  fn: async () => {
    const url = new URL("../testdata/pcap/scapy_dissect.pcap", import.meta.url);
    const builder = new BatchBuilder(new Uint8Array(20_000));
    for await (const packet of decodePcap((await Deno.open(url)).readable)) {
      const isIpv4 = ((packet.data[0] ?? 0) >>> 4) === 4;
      const protocol = isIpv4 ? 0x0800 : 0x86dd;
      const family = isIpv4 ? 2 : 10;
      builder.add(packet, { ...FULL, family, protocol });
    }
    const records = encodeNflogRecords(builder.build());
    const file = concatenate([encodeFileHeader(LINK), records]);
    const fields = ["frame.time_epoch", "ip.src", "ipv6.dst", "tcp.seq_raw"];
    const all = [...fields, "udp.length", "icmp.type", "_ws.malformed"];
    await withFile(file, async (path) => {
      const rows = await tsharkFields(path, all);
      assert.deepEqual(rows, await tsharkFields(url.pathname, all));
    });
  },
});
