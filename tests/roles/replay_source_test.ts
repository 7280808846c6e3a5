import assert from "node:assert/strict";
import { BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import { type PacketContext, RUN } from "../../lib/packet.ts";
import { encodeFileHeader } from "../../lib/pcap/file_header.ts";
import { decodeRecord, encodeRecord } from "../../lib/pcap/record.ts";
import { ReplaySource } from "../../lib/roles/replay_source.ts";
import {
  collect,
  concatenate,
  generatePackets,
  streamOf,
  toHex,
} from "../pcap/packets.ts";

interface Seen {
  seconds: number;
  nanoseconds: number;
  originalLength: number;
  data: string;
  context: PacketContext;
}

const FILES = new URL("../testdata/pcap/", import.meta.url);
const BUILDER_SIZE = 256 * 1024;

const makeBuilder = (): BatchBuilder =>
  new BatchBuilder(new Uint8Array(BUILDER_SIZE));

/** The packets of a filled builder. */
function readBuilder(builder: BatchBuilder): Seen[] {
  const { packets, records, nanoseconds, runs, contexts } = builder.build();
  const view = new DataView(
    records.buffer,
    records.byteOffset,
    records.byteLength,
  );
  const seen: Seen[] = [];
  let at = 0;
  for (let run = 0; run < runs.length; run += RUN.WORDS) {
    const context = contexts[runs[run + RUN.CONTEXT] ?? -1];
    assert(context !== undefined);
    for (let left = runs[run + RUN.PACKETS] ?? 0; left > 0; left--) {
      const record = decodeRecord(view, at);
      at = record.nextOffset;
      seen.push({
        seconds: record.seconds,
        nanoseconds: record.nanoseconds + (nanoseconds?.[seen.length] ?? 0),
        originalLength: record.originalLength,
        data: toHex(record.data),
        context,
      });
    }
  }
  assert.equal(seen.length, packets);
  assert.equal(at, records.length);
  return seen;
}

async function replay(
  input: ReadableStream<Uint8Array>,
): Promise<{ seen: Seen[]; error: unknown; source: ReplaySource }> {
  const source = new ReplaySource(input, { makeBuilder });
  const { items, error } = await collect(source);
  return { seen: items.flatMap(readBuilder), error, source };
}

async function replayFile(name: string): Promise<Seen[]> {
  const bytes = await Deno.readFile(new URL(name, FILES));
  const { seen, error } = await replay(streamOf(bytes));
  assert.equal(error, undefined);
  return seen;
}

/** What scapy says is in the Ethernet files. */
async function expectedPackets(): Promise<Seen[]> {
  const text = await Deno.readTextFile(new URL("packets.json", FILES));
  const packets: {
    seconds: number;
    nanoseconds: number;
    protocol: number;
    data: string;
  }[] = JSON.parse(text);
  const families = new Map([[0x0800, 2], [0x86dd, 10], [0x0806, 3]]);
  return packets.map(({ protocol, ...packet }) => ({
    ...packet,
    originalLength: packet.data.length / 2,
    context: plainContext(0, "file", {
      protocol,
      family: families.get(protocol) ?? 0,
    }),
  }));
}

function inMicroseconds(packet: Seen): Seen {
  const rest = packet.nanoseconds % 1000;
  return { ...packet, nanoseconds: packet.nanoseconds - rest };
}

for (
  const name of [
    "scapy_ethernet_be_us.pcap",
    "editcap_ethernet_us.pcap",
    "mergecap_ethernet_us.pcap",
    "tcpdump_ethernet_us.pcap",
  ]
) {
  Deno.test(`ReplaySource strips Ethernet and tags of ${name}`, async () => {
    const expected = (await expectedPackets()).map(inMicroseconds);
    assert.deepEqual(await replayFile(name), expected);
  });
}

for (
  const name of [
    "scapy_ethernet_be_ns.pcap",
    "scapy_ethernet_le_ns.pcap",
    "editcap_ethernet_ns.pcap",
    "editcap_ethernet.pcapng",
    "tcpdump_ethernet_ns.pcap",
  ]
) {
  Deno.test(`ReplaySource keeps the nanoseconds of ${name}`, async () => {
    assert.deepEqual(await replayFile(name), await expectedPackets());
  });
}

for (
  const [name, indexes] of [
    ["scapy_raw_101.pcap", [0, 1, 2, 3]],
    ["scapy_raw_12.pcap", [0, 1, 2, 3]],
    ["scapy_ipv4_228.pcap", [0, 2]],
    ["scapy_ipv6_229.pcap", [1, 3]],
  ] as const
) {
  Deno.test(`ReplaySource reads the IP packets of ${name}`, async () => {
    const all = (await expectedPackets()).map(inMicroseconds);
    const seen = await replayFile(name);
    assert.deepEqual(seen, indexes.map((index) => all[index]));
  });
}

Deno.test("ReplaySource keeps the original length of packets that were cut", async () => {
  const seen = await replayFile("editcap_snaplen_40.pcap");
  const expected = await expectedPackets();
  const offsets = [14, 14, 18, 22, 14, 14];
  seen.forEach((packet, index) => {
    const whole = expected[index];
    assert.equal(packet.originalLength, whole?.originalLength);
    const kept = (40 - (offsets[index] ?? 0)) * 2;
    assert.equal(packet.data, whole?.data.slice(0, kept));
  });
  assert.equal(seen.length, expected.length);
});

Deno.test("ReplaySource reads what the kernel logged from a file of tcpdump -i nflog", async () => {
  const seen = await replayFile("tcpdump_nflog_5.pcap");
  const outputs = seen.filter(({ context }) => context.hook === 3);
  const inputs = seen.filter(({ context }) => context.hook === 1);
  assert.equal(seen.length, 8);
  assert.equal(outputs.length, 4);
  assert.equal(inputs.length, 4);
  for (const { context, data, originalLength } of outputs) {
    assert.deepEqual(
      context,
      plainContext(5, "file", {
        family: 2,
        hook: 3,
        protocol: 0x0800,
        uid: 0,
        gid: 0,
        outputInterface: "if1",
        prefix: "from here",
      }),
    );
    assert.equal(originalLength, 42);
    assert.match(data, /^4500002a.*7061636b657420746f20343030[0-3]?/);
  }
  for (const { context } of inputs) {
    assert.equal(context.prefix, "to 4000");
    assert.equal(context.inputInterface, "if1");
    assert.equal(context.timeSource, "kernel");
  }
});

Deno.test("ReplaySource finds the length of packets that the rule had cut", async () => {
  const seen = await replayFile("tcpdump_nflog_6.pcap");
  assert.equal(seen.length, 4);
  for (const { context, data, originalLength } of seen) {
    assert.equal(context.mark, 0xbeef);
    assert.equal(context.group, 6);
    assert.equal(data.length / 2, 52 - 2);
    assert.equal(originalLength, 62);
  }
});

for (const name of ["tcpdump_sll.pcap", "tcpdump_sll2.pcap"]) {
  Deno.test(`ReplaySource strips the cooked header of ${name}`, async () => {
    const seen = await replayFile(name);
    assert.deepEqual(
      seen.map(({ context }) => context.family),
      [2, 10, 2, 10],
    );
    assert.deepEqual(
      seen.map(({ data }) => data.length / 2),
      [42, 62, 42, 62],
    );
  });
}

const PACKETS = generatePackets(2000);
const FORMAT = { littleEndian: true, precision: "nanoseconds" } as const;
const FILE = concatenate([
  encodeFileHeader(FORMAT),
  ...PACKETS.map((packet) => encodeRecord(packet, FORMAT)),
]);

Deno.test("ReplaySource fills builders, the next only when it is asked for", async () => {
  const size = 5000;
  let made = 0;
  const source = new ReplaySource(streamOf(FILE), {
    makeBuilder: () => {
      made++;
      return new BatchBuilder(new Uint8Array(size), { start: 100 });
    },
  });
  const seen: Seen[] = [];
  let given = 0;
  for await (const builder of source) {
    given++;
    assert.equal(made, given);
    assert(builder.end <= size && builder.start === 100);
    seen.push(...readBuilder(builder));
  }
  assert.equal(source.packets, PACKETS.length);
  assert.deepEqual(
    seen.map(({ context: _, ...packet }) => packet),
    PACKETS.map((packet) => ({ ...packet, data: toHex(packet.data) })),
  );
});

Deno.test("ReplaySource works with one builder used over and over", async () => {
  const builder = new BatchBuilder(new Uint8Array(5000));
  const source = new ReplaySource(streamOf(FILE), {
    makeBuilder: () => {
      builder.reset();
      return builder;
    },
  });
  let count = 0;
  for await (const filled of source) count += readBuilder(filled).length;
  assert.equal(count, PACKETS.length);
});

Deno.test("ReplaySource gives what has arrived without waiting for more", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const batches = new ReplaySource(readable, { makeBuilder })
    [Symbol.asyncIterator]();
  const [first, second] = PACKETS.map((packet) => encodeRecord(packet, FORMAT));
  assert(first !== undefined && second !== undefined);
  const next = batches.next();
  await writer.write(encodeFileHeader(FORMAT));
  await writer.write(concatenate([first, second.subarray(0, 3)]));
  assert.equal((await next).value?.packets, 1);
  const last = batches.next();
  await writer.write(second.subarray(3));
  assert.equal((await last).value?.packets, 1);
  const end = batches.next();
  await writer.close();
  assert.equal((await end).done, true);
});

Deno.test("ReplaySource gives everything before a truncation, then one error", async () => {
  const few = PACKETS.slice(0, 5).map((packet) => encodeRecord(packet, FORMAT));
  const file = concatenate([encodeFileHeader(FORMAT), ...few]);
  const ends = [24];
  for (const record of few) ends.push((ends.at(-1) ?? 0) + record.length);
  for (let length = 0; length <= file.length; length++) {
    const { seen, error } = await replay(streamOf(file.subarray(0, length)));
    const whole = Math.max(ends.filter((end) => end <= length).length - 1, 0);
    assert.equal(seen.length, whole);
    if (ends.includes(length)) assert.equal(error, undefined);
    else assert.equal((error as Error | undefined)?.name, "PcapError");
  }
});

Deno.test("ReplaySource gives everything before a bad record in the same chunk", async () => {
  const bad = encodeRecord(PACKETS[0] ?? assert.fail(), FORMAT);
  bad.fill(0xff, 4, 8);
  const good = PACKETS.slice(0, 3).map((packet) =>
    encodeRecord(packet, FORMAT)
  );
  const file = concatenate([encodeFileHeader(FORMAT), ...good, bad, ...good]);
  const { seen, error } = await replay(streamOf(file));
  assert.equal(seen.length, 3);
  assert.match(String(error), /PcapError: Cannot read a record: its fraction/);
});

Deno.test("ReplaySource refuses a link type of which it knows no network layer", async () => {
  const record = encodeRecord(PACKETS[0] ?? assert.fail());
  const file = concatenate([encodeFileHeader({ linkType: 105 }), record]);
  const { error } = await replay(streamOf(file));
  assert.match(String(error), /link type 105/);
});

Deno.test("ReplaySource counts NFLOG packets that make no sense and reads on", async () => {
  const make = (...data: number[]): Uint8Array =>
    encodeRecord({
      seconds: 1,
      nanoseconds: 0,
      originalLength: data.length,
      data: Uint8Array.from(data),
    });
  const file = concatenate([
    encodeFileHeader({ linkType: 239 }),
    make(2, 0, 0, 5, 200, 0, 9, 0, 1, 2, 3, 4),
    make(2, 0, 0, 5, 8, 0, 9, 0, 1, 2, 3, 4),
  ]);
  const { seen, error, source } = await replay(streamOf(file));
  assert.equal(error, undefined);
  assert.equal(seen.length, 1);
  assert.equal(source.malformed, 1);
});

Deno.test("ReplaySource takes the Ethernet header off what netdev egress logged", async () => {
  // deno-fmt-ignore
  const data = Uint8Array.of(
    5, 0, 0, 5,
    8, 0, 1, 0, 0x08, 0x00, 1, 0,
    20, 0, 9, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0x08, 0x00, 0x45, 0x00,
  );
  const record = encodeRecord({
    seconds: 1,
    nanoseconds: 0,
    originalLength: data.length,
    data,
  });
  const file = concatenate([encodeFileHeader({ linkType: 239 }), record]);
  const { seen } = await replay(streamOf(file));
  assert.equal(seen[0]?.data, "4500");
  assert.equal(seen[0]?.originalLength, 2);
});

Deno.test("ReplaySource cuts a packet that a whole builder can not hold", async () => {
  const data = new Uint8Array(1000).fill(0x45);
  const packet = { seconds: 1, nanoseconds: 0, originalLength: 1000, data };
  const file = concatenate([encodeFileHeader(), encodeRecord(packet)]);
  const source = new ReplaySource(streamOf(file), {
    makeBuilder: () => new BatchBuilder(new Uint8Array(500), { start: 8 }),
  });
  const { items } = await collect(source);
  const [seen] = items.flatMap(readBuilder);
  assert.equal(seen?.originalLength, 1000);
  assert.equal((seen?.data.length ?? 0) / 2, 500 - 8 - 16);
});

Deno.test("ReplaySource ends when its signal is aborted, whole record or not", async () => {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const input = new ReadableStream<Uint8Array>({
    start: (stream) => stream.enqueue(FILE.slice(0, FILE.length - 1)),
    cancel: resolve,
  });
  const { signal } = controller;
  const source = new ReplaySource(input, { makeBuilder, signal });
  for await (const _ of source) controller.abort();
  await promise;
  assert(source.packets > 0);
});

Deno.test("ReplaySource cancels its input when the consumer leaves", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const input = new ReadableStream<Uint8Array>({
    start: (stream) => stream.enqueue(FILE.slice()),
    cancel: resolve,
  });
  for await (const _ of new ReplaySource(input, { makeBuilder })) break;
  await promise;
});

Deno.test("ReplaySource passes on the error of its input after what came before", async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(FILE);
    throw new Error("the disk is gone");
  }
  const { seen, error } = await replay(ReadableStream.from(failing()));
  assert.equal(seen.length, PACKETS.length);
  assert.match(String(error), /the disk is gone/);
});
