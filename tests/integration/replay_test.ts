// A capture file that is replayed comes out as it was. Needs no rights at all: no kernel logs anything here.
import assert from "node:assert/strict";
import { decodeRecord } from "../../lib/pcap/record.ts";
import { runCommand } from "../helpers/process.ts";
import { openTempDir, type TempDir } from "../helpers/temp_dir.ts";
import { toHex } from "../pcap/packets.ts";
import { count, startReceiver, untilTotals } from "./pipe.ts";
import {
  type FinishedProgram,
  startProgram,
  type Stats,
} from "../helpers/programs.ts";

const FILES = new URL("../testdata/pcap/", import.meta.url).pathname;
const HEADER_SIZE = 24;

interface Replayed {
  bytes: Uint8Array;
  sent: FinishedProgram;
  received: FinishedProgram;
}

/** Replays a file over an ipc endpoint of its own. */
async function replay(
  directory: TempDir,
  path: string,
  ...options: string[]
): Promise<Replayed> {
  const endpoint = `ipc://${directory.join("pipe")}`;
  const out = directory.join("out.pcap");
  await using receiver = await startReceiver([...options, endpoint, out], {});
  await using sender = await startProgram("send", [`pcap:${path}`, endpoint]);
  const sent = await sender.finish();
  const total = count(sent.stats, "sent");
  await untilTotals(receiver, (stats) => count(stats, "received") === total);
  const received = await receiver.stop();
  return { bytes: await Deno.readFile(out), sent, received };
}

Deno.test("the replay of a raw capture equals its file, byte for byte", async () => {
  using directory = openTempDir();
  const path = `${FILES}scapy_raw_101.pcap`;
  const { bytes, sent, received } = await replay(directory, path);
  assert.equal(sent.code, 0, sent.stderr);
  assert.equal(received.code, 0, received.stderr);
  const original = await Deno.readFile(path);
  assert.equal(
    toHex(bytes.subarray(HEADER_SIZE)),
    toHex(original.subarray(HEADER_SIZE)),
  );
  assert.doesNotMatch(sent.stderr, /WARN|ERROR/);
});

interface Expected {
  seconds: number;
  nanoseconds: number;
  data: string;
}

for (
  const [name, precision] of [
    ["scapy_ethernet_be_ns.pcap", "ns"],
    ["tcpdump_ethernet_us.pcap", "us"],
  ] as const
) {
  Deno.test(`the replay of ${name} has the packets that scapy made, from their network layer on`, async () => {
    using directory = openTempDir();
    const path = `${FILES}${name}`;
    const { bytes } = await replay(directory, path, "--precision", precision);
    const expected: Expected[] = JSON.parse(
      await Deno.readTextFile(`${FILES}packets.json`),
    );
    const view = new DataView(bytes.buffer);
    const format = {
      littleEndian: true,
      precision: precision === "ns" ? "nanoseconds" : "microseconds",
    } as const;
    let at = HEADER_SIZE;
    for (const { seconds, nanoseconds, data } of expected) {
      const record = decodeRecord(view, at, format);
      const rest = precision === "ns" ? 0 : nanoseconds % 1000;
      assert.deepEqual(
        [record.seconds, record.nanoseconds, toHex(record.data)],
        [seconds, nanoseconds - rest, data],
      );
      at = record.nextOffset;
    }
    assert.equal(at, bytes.length);
  });
}

Deno.test("a large file is replayed whole, however slow its receiver: a file can wait", async () => {
  using directory = openTempDir();
  // 100,000 packets of 600 bytes: more frames than the sender's buffer holds.
  const path = directory.join("large.pcap");
  const header = await Deno.readFile(`${FILES}scapy_raw_101.pcap`);
  const packets = 100_000;
  const size = 600;
  const bytes = new Uint8Array(HEADER_SIZE + packets * (16 + size));
  bytes.set(header.subarray(0, HEADER_SIZE));
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < packets; index++) {
    const at = HEADER_SIZE + index * (16 + size);
    view.setUint32(at, 1_700_000_000 + index, true);
    view.setUint32(at + 8, size, true);
    view.setUint32(at + 12, size, true);
    bytes[at + 16] = 0x45;
    view.setUint16(at + 18, size);
    view.setUint32(at + 16 + size - 4, index);
  }
  await Deno.writeFile(path, bytes);
  const endpoint = `ipc://${directory.join("pipe")}`;
  const out = directory.join("out.pcap");
  await using sender = await startProgram("send", [
    "--zmq-buffer",
    "2",
    `pcap:${path}`,
    endpoint,
  ], { ready: /\bSending\b/ });
  await using receiver = await startReceiver([endpoint, out], {});
  const { stats, code } = await sender.finish();
  assert.equal(code, 0);
  assert.equal(count(stats, "sent"), packets);
  assert.equal(count(stats, "queue_dropped"), 0);
  await untilTotals(receiver, (stats) => count(stats, "written") === packets);
  await receiver.stop();
  await runCommand({ program: "cmp", args: ["-i", "24", path, out] });
});

Deno.test("a replay of what is no capture file ends with one line that says so", async () => {
  using directory = openTempDir();
  const path = directory.join("bad.pcap");
  await Deno.writeTextFile(path, "this is no capture file, I am afraid");
  const endpoint = `ipc://${directory.join("pipe")}`;
  await using receiver = await startReceiver([endpoint, "/dev/null"], {});
  await using sender = await startProgram("send", [`pcap:${path}`, endpoint]);
  const { code, stderr } = await sender.finish();
  assert.equal(code, 1);
  assert.match(stderr.trimEnd().split("\n").at(-1) ?? "", /Cannot/);
  await receiver.stop();
});

for (const options of [[], ["--rate-control", "--hwm", "100"]]) {
  Deno.test(`a replay of a file that is cut short ${options.length > 0 ? "with --rate-control " : ""}sends what lies before the cut, its totals last, and fails`, async () => {
    using directory = openTempDir();
    const path = directory.join("cut.pcap");
    const whole = await Deno.readFile(`${FILES}scapy_raw_101.pcap`);
    await Deno.writeFile(path, whole.subarray(0, whole.length - 1));
    const endpoint = `ipc://${directory.join("pipe")}`;
    const out = directory.join("out.pcap");
    await using receiver = await startReceiver([endpoint, out], {});
    await using sender = await startProgram("send", [
      ...options,
      `pcap:${path}`,
      endpoint,
    ]);
    const { code, stderr, stats } = await sender.finish();
    assert.equal(code, 1);
    assert.match(stderr, /Totals .*\bsent=3 .*\nnflog-zmq-send: Cannot .*\n$/);
    assert.equal(count(stats, "captured"), 3);
    assert.equal(count(stats, "sent"), 3);
    const states = ({ sensors = {} }: Stats): string[] =>
      Object.values(sensors).map(({ state }) => `${state}`);
    const known = await untilTotals(
      receiver,
      (stats) => states(stats)[0] === "ended",
    );
    assert.equal(count(known, "received"), 3);
    assert.equal(count(known, "lost_in_transit"), 0);
    await receiver.stop();
    const length = (await Deno.stat(out)).size;
    assert.deepEqual(await Deno.readFile(out), whole.subarray(0, length));
  });
}

Deno.test("a replay that finds no receiver gives up after ten seconds and says that frames may be lost", async () => {
  using directory = openTempDir();
  const endpoint = `ipc://${directory.join("pipe")}`;
  await using sender = await startProgram("send", [
    `pcap:${FILES}scapy_raw_101.pcap`,
    endpoint,
  ]);
  const { code, stderr, stats } = await sender.finish();
  assert.equal(code, 0);
  assert.match(stderr, /WARN .*last frames may not have been delivered/);
  assert.equal(count(stats, "sent"), 4);
});
