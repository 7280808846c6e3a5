import assert from "node:assert/strict";
import { BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import type { PacketBatch, PacketContext } from "../../lib/packet.ts";
import type { PcapngPacket } from "../../lib/pcapng/packet_block.ts";
import { directionOf, formatComment } from "../../lib/pcapng/packet_options.ts";
import { sanitizeText, textOption } from "../../lib/pcapng/option.ts";
import { decodePcapng } from "../../lib/pcapng/pcapng_decoder_stream.ts";
import { PcapngEncoder } from "../../lib/pcapng/pcapng_encoder.ts";
import { PcapngEncoderStream } from "../../lib/pcapng/pcapng_encoder_stream.ts";
import {
  collect,
  concatenate,
  generatePackets,
  makeBatch,
  makeRandom,
  streamOf,
} from "../pcap/packets.ts";
import { canRun, run, tsharkFields, withFile } from "../pcap/tools.ts";

const CONTEXTS: PacketContext[] = [
  plainContext(5, "kernel", {
    family: 2,
    hook: 1,
    prefix: "to web",
    inputInterface: "eth0",
    mark: 0xbeef,
  }),
  plainContext(5, "clock", {
    family: 2,
    hook: 3,
    outputInterface: "eth1",
    uid: 0,
    gid: 33,
  }),
  plainContext(6, "kernel", {
    family: 10,
    hook: 2,
    inputInterface: "eth0",
    outputInterface: "eth1",
  }),
  plainContext(65535, "kernel"),
];
const LOST = 3;

interface Made {
  batch: PacketBatch;
  contexts: PacketContext[];
  lost: number[];
}

const PACKETS = generatePackets(400, 9);

function makeMixedBatch(): Made {
  const builder = new BatchBuilder(new Uint8Array(200_000));
  const random = makeRandom(11);
  const contexts: PacketContext[] = [];
  const lost: number[] = [];
  for (const packet of PACKETS) {
    const context = CONTEXTS[random(CONTEXTS.length)] ?? assert.fail();
    const lostBefore = random(10) === 0 ? LOST : 0;
    assert(builder.add(packet, context, lostBefore));
    contexts.push(context);
    lost.push(lostBefore);
  }
  return { batch: builder.build(), contexts, lost };
}

async function readBack(file: Uint8Array): Promise<PcapngPacket[]> {
  const { items, error } = await collect(decodePcapng(streamOf(file)));
  assert.equal(error, undefined);
  return items;
}

Deno.test("PcapngEncoder writes a packet as the format wants it", () => {
  const encoder = new PcapngEncoder();
  encoder.start();
  const packet = {
    seconds: 1700000000,
    nanoseconds: 123456789,
    originalLength: 40,
    data: Uint8Array.of(0x45, 0, 7),
  };
  const context = plainContext(5, "kernel", { hook: 3, mark: 1 });
  const builder = new BatchBuilder(new Uint8Array(1000));
  builder.add(packet, context, 7);
  // deno-fmt-ignore
  assert.deepEqual([...encoder.encode(builder.build(), "gw1")], [
    1, 0, 0, 0,  68, 0, 0, 0,              // interface description, length
    101, 0, 0, 0,  0, 0, 4, 0,             // LINKTYPE_RAW, snaplen 262144
    2, 0, 5, 0,  0x67, 0x77, 0x31, 0x3a, 0x35, 0, 0, 0,                          // name gw1:5
    3, 0, 20, 0, 0x4e, 0x46, 0x4c, 0x4f, 0x47, 0x20, 0x67, 0x72, 0x6f, 0x75, 0x70,
    0x20, 0x35, 0x20, 0x6f, 0x66, 0x20, 0x67, 0x77, 0x31,                        // NFLOG group 5 of gw1
    9, 0, 1, 0, 9, 0, 0, 0,                // nanoseconds
    0, 0, 0, 0,  68, 0, 0, 0,              // end of options, length again
    6, 0, 0, 0,  72, 0, 0, 0,              // enhanced packet, length
    0, 0, 0, 0,                            // interface 0
    0xfe, 0x9c, 0x97, 0x17, 0x15, 0xcd, 0x85, 0x3d,  // 1700000000123456789 ns
    3, 0, 0, 0,  40, 0, 0, 0,              // captured, original
    0x45, 0, 7, 0,                         // data and padding
    4, 0, 8, 0,  7, 0, 0, 0, 0, 0, 0, 0,   // 7 lost before
    2, 0, 4, 0,  2, 0, 0, 0,               // outbound
    1, 0, 8, 0,  0x6d, 0x61, 0x72, 0x6b, 0x3d, 0x30, 0x78, 0x31, // mark=0x1
    0, 0, 0, 0,  72, 0, 0, 0,              // end of options, length again
  ]);
});

Deno.test("what PcapngEncoder writes decodePcapng() reads", async () => {
  const { batch, contexts, lost } = makeMixedBatch();
  const encoder = new PcapngEncoder();
  const first = [encoder.start(), encoder.encode(batch, "gw1")];
  const packets = await readBack(
    concatenate([...first, encoder.encode(batch, "gw2"), encoder.finish([])]),
  );
  const names = ["5:eth0", "5:eth1", "6:eth0", "65535"];
  assert.equal(encoder.interfaceCount, names.length * 2);
  packets.forEach((packet, index) => {
    const at = index % PACKETS.length;
    const sensor = index < PACKETS.length ? "gw1" : "gw2";
    const expected = PACKETS[at] ?? assert.fail();
    const context = contexts[at] ?? assert.fail();
    assert.equal(packet.seconds, expected.seconds);
    assert.equal(packet.nanoseconds, expected.nanoseconds);
    assert.equal(packet.originalLength, expected.originalLength);
    assert.deepEqual(packet.data, expected.data);
    assert.equal(packet.linkType, 101);
    assert.equal(packet.dropCount, lost[at]);
    assert.equal(packet.direction, directionOf(context));
    const comment = formatComment(context);
    assert.deepEqual(packet.comments, comment === "" ? [] : [comment]);
    const name = `${sensor}:${names[CONTEXTS.indexOf(context)]}`;
    assert.equal(packet.interface.name, name);
  });
  assert.equal(packets.length, PACKETS.length * 2);
});

Deno.test("PcapngEncoder writes the same into memory that was used before", () => {
  const { batch } = makeMixedBatch();
  const dirty = new Uint8Array(500_000).fill(0xaa);
  const encoder = new PcapngEncoder({ allocate: () => dirty });
  encoder.start();
  const chunk = encoder.encode(batch, "gw1");
  assert.equal(chunk.buffer, dirty.buffer);
  const other = new PcapngEncoder();
  other.start();
  assert.deepEqual(chunk, other.encode(batch, "gw1"));
});

Deno.test("PcapngEncoder leaves a batch alone that lies beside its target in the same memory", () => {
  const { batch } = makeMixedBatch();
  const size = batch.records.length;
  const memory = new Uint8Array(size + 500_000);
  for (const [own, others] of [[0, size], [500_000, 0]] as const) {
    const records = memory.subarray(own, own + size);
    records.set(batch.records);
    const allocate = (): Uint8Array =>
      memory.subarray(others, others + 500_000);
    const [encoder, other] = [
      new PcapngEncoder({ allocate }),
      new PcapngEncoder(),
    ];
    encoder.start();
    other.start();
    const chunk = encoder.encode({ ...batch, records }, "gw1");
    assert.deepEqual(chunk, other.encode(batch, "gw1"));
    assert.deepEqual(records, batch.records);
  }
});

Deno.test("PcapngEncoder describes interfaces once, and again after start()", () => {
  const { batch } = makeMixedBatch();
  const encoder = new PcapngEncoder();
  encoder.start();
  const first = encoder.encode(batch, "gw1");
  const second = encoder.encode(batch, "gw1");
  assert(first.length > second.length);
  encoder.start();
  assert.equal(encoder.interfaceCount, 0);
  assert.deepEqual(encoder.encode(batch, "gw1"), first);
});

Deno.test("PcapngEncoder makes one interface when it is told to", async () => {
  const { batch } = makeMixedBatch();
  const encoder = new PcapngEncoder({ interfaces: "one" });
  const chunks = [encoder.start(), encoder.encode(batch, "gw1")];
  chunks.push(encoder.encode(batch, "gw 2"));
  const [first, ...rest] = await readBack(concatenate(chunks));
  assert.equal(encoder.interfaceCount, 1);
  assert.equal(first?.interface.name, "nflog");
  assert.match(first?.comments[0] ?? "", /^sensor="gw1" group=\d+/);
  assert.match(rest.at(-1)?.comments[0] ?? "", /^sensor="gw 2" group=\d+/);
});

Deno.test("PcapngEncoder bounds the number of interfaces", async () => {
  const builder = new BatchBuilder(new Uint8Array(1_000_000));
  const encoder = new PcapngEncoder();
  const chunks = [encoder.start()];
  for (let number = 0; number < 5000; number++) {
    builder.reset();
    const data = Uint8Array.of(0x45);
    const packet = { seconds: 1, nanoseconds: 0, originalLength: 1, data };
    builder.add(packet, plainContext(number, "kernel"));
    chunks.push(encoder.encode(builder.build(), "gw1"));
  }
  assert.equal(encoder.interfaceCount, 4097);
  const packets = await readBack(concatenate(chunks));
  assert.equal(packets.length, 5000);
  assert.equal(packets.at(-1)?.interface.name, "others");
  assert.deepEqual(packets.at(-1)?.comments, ['sensor="gw1" group=4999']);
});

Deno.test("PcapngEncoder keeps apart what only looks alike", () => {
  const encoder = new PcapngEncoder({ interfaces: "each" });
  encoder.start();
  const [context] = CONTEXTS;
  assert(context !== undefined);
  const batch = makeBatch(PACKETS.slice(0, 1), context);
  for (const sensor of ["gw1", "gw1:5", "nflog", "others", ""]) {
    encoder.encode(batch, sensor);
  }
  assert.equal(encoder.interfaceCount, 5);
});

Deno.test("PcapngEncoder refuses a batch whose runs point nowhere", () => {
  const batch = makeBatch(PACKETS.slice(0, 1));
  const encoder = new PcapngEncoder();
  encoder.start();
  assert.throws(
    () => encoder.encode({ ...batch, contexts: [] }, "gw1"),
    /Cannot write a batch: a run's context is 0/,
  );
});

Deno.test("PcapngEncoderStream writes a whole file", async () => {
  const { batch } = makeMixedBatch();
  const batches = ReadableStream.from([batch, makeBatch([]), batch]);
  const stream = new PcapngEncoderStream({ sensor: "gw1" });
  const chunks = await Array.fromAsync(batches.pipeThrough(stream));
  assert.equal(chunks.length, 4);
  const packets = await readBack(concatenate(chunks));
  assert.equal(packets.length, PACKETS.length * 2);
});

Deno.test("directionOf() knows the hooks of every family", () => {
  const of = (family: number): number[] =>
    [0, 1, 2, 3, 4, 255].map((hook) =>
      directionOf(plainContext(0, "kernel", { family, hook }))
    );
  assert.deepEqual(of(2), [1, 1, 0, 2, 2, 0]);
  assert.deepEqual(of(7), [1, 1, 0, 2, 2, 0]);
  assert.deepEqual(of(5), [1, 2, 0, 0, 0, 0]);
  assert.deepEqual(of(3), [1, 2, 0, 0, 0, 0]);
});

Deno.test("formatComment() writes only what is known, and unambiguously", () => {
  assert.equal(formatComment(plainContext(5, "kernel")), "");
  assert.equal(
    formatComment(plainContext(5, "clock", {
      prefix: 'a "b"=c',
      inputInterface: "eth0",
      outputInterface: "br0",
      physicalInputInterface: "p1",
      physicalOutputInterface: "p2",
      mark: 0,
      uid: 4294967295,
      gid: 0,
    })),
    'prefix="a \\"b\\"=c" in=eth0 out=br0 physin=p1 physout=p2 mark=0x0 uid=4294967295 gid=0 time=clock',
  );
});

Deno.test("sanitizeText() takes out what acts on a terminal or hides text", () => {
  const text = "a\u0000b\u001b[31mc\u007fd\u009be\u2028f\u202eg\ud800h\r\n\ti";
  assert.equal(sanitizeText(text), "a?b?[31mc?d?e?f?g?h???i");
  assert.equal(sanitizeText("Zürich-1 日本"), "Zürich-1 日本");
});

Deno.test("textOption() cuts what an option can not hold, between characters", () => {
  const { value } = textOption(1, "é".repeat(40_000));
  assert.equal(value.length, 65532);
  const { value: odd } = textOption(1, "x" + "é".repeat(40_000));
  assert.equal(odd.length, 65531);
});

/** Rows of the ledger: more losses than packets told of, a group without packets, losses in transit. */
const LEDGER = [
  { sensor: "gw1", group: 5, lost: 1000, counters: { captured: 7, sent: 6 } },
  { sensor: "gw1", group: 9, lost: 40, counters: { kernel_dropped: 40 } },
  { sensor: "gw1", lost: 2, counters: { lost_in_transit: 2 } },
];

interface StatisticsRow {
  interfaceId: number;
  received: number;
  dropped: number;
}

/** Finds the statistics blocks of a little-endian file. */
function readStatistics(file: Uint8Array): StatisticsRow[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const rows: StatisticsRow[] = [];
  for (let at = 0; at < file.length; at += view.getUint32(at + 4, true)) {
    if (view.getUint32(at, true) !== 5) continue;
    const row = {
      interfaceId: view.getUint32(at + 8, true),
      received: 0,
      dropped: 0,
    };
    for (let option = at + 20;;) {
      const code = view.getUint16(option, true);
      const length = view.getUint16(option + 2, true);
      if (code === 0) break;
      if (code === 4) row.received = view.getUint32(option + 4, true);
      if (code === 5) row.dropped = view.getUint32(option + 4, true);
      option += 4 + (length + 3 & ~3);
    }
    rows.push(row);
  }
  return rows;
}

Deno.test("PcapngEncoder.finish() makes the interfaces' losses add up to the ledger's", () => {
  const { batch, contexts, lost } = makeMixedBatch();
  for (const interfaces of ["each", "one"] as const) {
    const encoder = new PcapngEncoder({ interfaces });
    encoder.start();
    encoder.encode(batch, "gw1");
    const end = encoder.finish(LEDGER, { seconds: 1, nanoseconds: 0 });
    const rows = readStatistics(end);
    assert.equal(rows.length, encoder.interfaceCount);
    // What packets of other groups told of is theirs, and not in these rows of the ledger.
    const others = lost.filter((_, index) => contexts[index]?.group !== 5);
    const told = others.reduce((sum, count) => sum + count, 0);
    const dropped = rows.reduce((sum, row) => sum + row.dropped, 0);
    const expected = interfaces === "each" ? 1042 + told : 1042;
    assert.equal(dropped, expected, interfaces);
    const received = rows.reduce((sum, row) => sum + row.received, 0);
    assert.equal(received, PACKETS.length + dropped);
  }
});

Deno.test({
  name: "tshark and capinfos read what PcapngEncoder writes",
  ignore: !canRun("tshark", "capinfos"),
  fn: async () => {
    const { batch, contexts, lost } = makeMixedBatch();
    const encoder = new PcapngEncoder({ section: { application: "test 1.0" } });
    const chunks = [encoder.start(), encoder.encode(batch, "gw\u001b[1m")];
    chunks.push(encoder.finish(LEDGER, { seconds: 2, nanoseconds: 0 }));
    await withFile(concatenate(chunks), async (path) => {
      const fields = ["frame.time_epoch", "frame.interface_name"];
      const more = ["frame.drop_count", "frame.comment", "frame.len"];
      const rows = await tsharkFields(path, [...fields, ...more]);
      const names = ["5:eth0", "5:eth1", "6:eth0", "65535"];
      const expected = PACKETS.map((packet, index) => {
        const context = contexts[index] ?? assert.fail();
        const nanoseconds = String(packet.nanoseconds).padStart(9, "0");
        return [
          `${packet.seconds}.${nanoseconds}`,
          `gw?[1m:${names[CONTEXTS.indexOf(context)]}`,
          lost[index] === 0 ? "" : String(lost[index]),
          // tshark writes tabs and quotes of its fields with a backslash.
          formatComment(context),
          String(packet.originalLength),
        ];
      });
      assert.deepEqual(rows, expected);
      const info = await run("capinfos", path);
      assert.equal(info.code, 0, info.stderr);
      assert.match(info.stdout, /Capture application: test 1\.0/);
      assert.match(info.stdout, /Number of interfaces in file: 6/);
      assert.match(info.stdout, /Number of stat entries = 1/);
      const blocks = await run(
        "tshark",
        ...["-r", path, "-X", "read_format:MIME Files Format", "-V"],
      );
      assert.doesNotMatch(blocks.stdout, /Expert Info|Malformed/);
      assert.match(blocks.stdout, /sensor="gw1" group=5 captured=7 sent=6/);
    });
  },
});

Deno.test({
  name: "tcpdump reads what PcapngEncoder writes with one interface",
  ignore: !canRun("tcpdump"),
  fn: async () => {
    const { batch } = makeMixedBatch();
    const encoder = new PcapngEncoder({ interfaces: "one" });
    const chunks = [encoder.start(), encoder.encode(batch, "gw1")];
    chunks.push(encoder.finish(LEDGER, { seconds: 2, nanoseconds: 0 }));
    await withFile(concatenate(chunks), async (path) => {
      const copy = `${path}.copy`;
      const { code, stderr } = await run("tcpdump", "-r", path, "-w", copy);
      const { size } = await Deno.stat(copy);
      await Deno.remove(copy);
      assert.equal(code, 0, stderr);
      assert.equal(size, 24 + batch.records.length);
    });
  },
});
