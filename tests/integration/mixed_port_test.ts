// One receiver, on one port, for hosts old and new at the same time. Needs no rights: capture files are replayed.
import assert from "node:assert/strict";
import { runCommand } from "../helpers/process.ts";
import { canPlayOriginal, startOldHost } from "../helpers/old_host.ts";
import {
  type FinishedProgram,
  type RunningProgram,
  startProgram,
  type Stats,
} from "../helpers/programs.ts";
import { openTempDir, type TempDir } from "../helpers/temp_dir.ts";
import { readCapture, writeCapture } from "./captures.ts";
import { count, startReceiver, untilTotals } from "./pipe.ts";

const PACKETS = 3000;

/** Compresses after the first batch, and drops nothing. */
const COMPRESSING = [
  "--lwm=0.0001",
  "--hwm=0",
  "--wm-interval=0.0001",
];

/** Any free port. TCP, since of an ipc connection that ends while its receiver is behind libzmq drops the rest. */
const ANY = "tcp://127.0.0.1:*";

/** A program that listens, and where. */
interface Listening {
  program: RunningProgram;
  endpoint: string;
}

async function endpointOf(program: RunningProgram): Promise<Listening> {
  const line = await program.process.waitForLine(/tcp:\/\/127/);
  const [endpoint = ""] = /tcp:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
  return { program, endpoint };
}

async function openReceiver(
  path: string,
  stack: AsyncDisposableStack,
): Promise<Listening> {
  return endpointOf(stack.use(await startReceiver([ANY, path], {})));
}

async function openRelay(
  kind: "compress" | "decompress",
  args: readonly string[],
  stack: AsyncDisposableStack,
): Promise<Listening> {
  const ready = /\bRelaying\b/;
  return endpointOf(stack.use(await startProgram(kind, args, { ready })));
}

/** Bytes of a capture's packets, which a sender calls captured. */
function ratio({ stats }: FinishedProgram): number {
  return count(stats, "sent_bytes") / count(stats, "captured_bytes");
}

/** Checks that a capture has all packets of some files, those of each in their order, byte for byte. */
async function checkCapture(
  path: string,
  directory: TempDir,
  files: number,
): Promise<void> {
  const packets = await readCapture(path);
  assert.equal(packets.length, files * PACKETS);
  for (let file = 0; file < files; file++) {
    const sent = await readCapture(directory.join(`${file}.pcap`));
    assert.deepEqual(packets.filter((packet) => packet.file === file), sent);
  }
  const capinfos = await runCommand({
    program: "capinfos",
    args: ["-c", "-E", "-M", path],
  });
  assert.match(
    capinfos,
    new RegExp(`^Number of packets: +${packets.length}$`, "m"),
  );
  assert.match(capinfos, /^File encapsulation: +rawip$/m);
}

Deno.test("one receiver takes old and new senders and relays at the same time, unasked, and writes one correct pcap", async () => {
  using directory = openTempDir();
  await using stack = new AsyncDisposableStack();
  const out = directory.join("out.pcap");
  const { program: receiver, endpoint } = await openReceiver(out, stack);
  const relay = await openRelay("compress", [
    ...COMPRESSING,
    ...[ANY, endpoint],
  ], stack);
  const oldRelay = await openRelay("compress", [
    ...["--wire=legacy", ...COMPRESSING],
    ...[ANY, endpoint],
  ], stack);
  const senders: (readonly [endpoint: string, args: readonly string[]])[] = [
    [endpoint, []],
    [endpoint, ["--rate-control", ...COMPRESSING]],
    [endpoint, ["--rate-control", "--codec=deflate", ...COMPRESSING]],
    [relay.endpoint, []],
    [oldRelay.endpoint, ["--wire=legacy"]],
    [endpoint, ["--wire=legacy"]],
    [endpoint, ["--wire=legacy", "--rate-control", ...COMPRESSING]],
  ];
  for (let file = 0; file < senders.length; file++) {
    await writeCapture(directory.join(`${file}.pcap`), file, PACKETS);
  }
  const running: RunningProgram[] = [];
  for (const [index, [to, args]] of senders.entries()) {
    const source = `pcap:${directory.join(`${index}.pcap`)}`;
    const sensor = `--sensor=gate-${index}`;
    running.push(
      stack.use(await startProgram("send", [sensor, ...args, source, to])),
    );
  }
  const finished = await Promise.all(running.map((sender) => sender.finish()));
  const total = senders.length * PACKETS;
  await untilTotals(receiver, (stats) => count(stats, "received") === total);
  const relays = [await relay.program.stop(), await oldRelay.program.stop()];
  const received = await receiver.stop();

  await checkCapture(out, directory, senders.length);
  for (const program of [...finished, ...relays, received]) {
    assert.equal(program.code, 0, program.stderr);
  }
  const [plain, zstd, deflate, , , legacy, legacyCompressed] = finished;
  assert(plain && zstd && deflate && legacy && legacyCompressed);
  assert(ratio(plain) > 1);
  assert(ratio(legacy) > 1);
  for (const sender of [zstd, deflate, legacyCompressed]) {
    assert(ratio(sender) < 0.8, `${ratio(sender)}`);
  }
  for (const { stats } of relays) {
    const part = count(stats, "sent_bytes") / count(stats, "received_bytes");
    assert(part < 0.8, `${part}`);
    assert.equal(count(stats, "received"), PACKETS);
    assert.equal(count(stats, "sent"), PACKETS);
  }
  const { stats } = received;
  assert.equal(count(stats, "lost_in_transit"), 0);
  assert.equal(count(stats, "rejected_frames"), 0);
  assert.equal(count(stats, "written"), total);
  const { sensors = {} } = stats ?? {};
  const names = Object.keys(sensors).map((key) => key.split("/")[0]).sort();
  assert.deepEqual(names, [
    "gate-0",
    "gate-1",
    "gate-2",
    "gate-3",
    "unnumbered",
  ]);
  const unnumbered = sensors["unnumbered/0000000000000000"] ?? {};
  assert.equal(unnumbered["received"], 3 * PACKETS);
});

Deno.test("send, compress, decompress, recv gives the pcap of send, recv", async () => {
  using directory = openTempDir();
  await using stack = new AsyncDisposableStack();
  await writeCapture(directory.join("0.pcap"), 0, PACKETS);
  const source = `pcap:${directory.join("0.pcap")}`;
  const direct = directory.join("direct.pcap");
  const chained = directory.join("chained.pcap");
  const send = async (
    { program, endpoint }: Listening,
    through: string,
  ): Promise<{ sent: FinishedProgram; stats: Stats }> => {
    const args = ["--sensor=gate", source, through || endpoint];
    const sender = stack.use(await startProgram("send", args));
    const sent = await sender.finish();
    assert.equal(sent.code, 0, sent.stderr);
    const all = (stats: Stats): boolean => count(stats, "received") === PACKETS;
    return { sent, stats: await untilTotals(program, all) };
  };
  const first = await openReceiver(direct, stack);
  await send(first, "");
  await first.program.stop();

  const second = await openReceiver(chained, stack);
  const decompress = await openRelay("decompress", [
    ...[ANY, second.endpoint],
  ], stack);
  const compress = await openRelay("compress", [
    ...COMPRESSING,
    ...[ANY, decompress.endpoint],
  ], stack);
  const { sent, stats } = await send(second, compress.endpoint);
  const compressed = await compress.program.stop();
  const decompressed = await decompress.program.stop();
  assert.equal((await second.program.stop()).code, 0);
  assert.deepEqual(await Deno.readFile(chained), await Deno.readFile(direct));
  assert(
    count(compressed.stats, "sent_bytes") <
      0.8 * count(compressed.stats, "received_bytes"),
  );
  assert.equal(
    count(decompressed.stats, "sent_bytes"),
    count(sent.stats, "sent_bytes"),
  );
  assert.deepEqual(Object.keys(stats.sensors ?? {}), [
    `gate/${sent.stats?.instance}`,
  ]);
});

Deno.test("a relay's drops are told to the receiver, and everything adds up", async () => {
  using directory = openTempDir();
  await using stack = new AsyncDisposableStack();
  await writeCapture(directory.join("0.pcap"), 0, 2 * PACKETS);
  const out = directory.join("out.pcap");
  const { program: receiver, endpoint } = await openReceiver(out, stack);
  const relay = await openRelay("compress", [
    // What the slowest machine sends is above this.
    ...["--lwm=0", "--hwm=0.1", "--shed=tail"],
    ...[ANY, endpoint],
  ], stack);
  const source = `pcap:${directory.join("0.pcap")}`;
  const sender = stack.use(
    await startProgram("send", [source, relay.endpoint]),
  );
  const sent = await sender.finish();
  const { sensors = {} } = await untilTotals(receiver, ({ sensors = {} }) => {
    const [sensor = {}] = Object.values(sensors);
    return sensor["sent"] === 2 * PACKETS && sensor["lost_in_transit"] === 0;
  });
  const relayed = await relay.program.stop();
  await receiver.stop();
  const [totals = {}] = Object.values(sensors);
  const dropped = count(relayed.stats, "rate_dropped");
  assert(dropped > 0);
  assert.equal(totals["relay_rate_dropped"], dropped);
  assert.equal((totals["received"] ?? 0) + dropped, count(sent.stats, "sent"));
  assert.match(relayed.stderr, /WARN.*above the high watermark is dropped/);
});

Deno.test({
  name: "the original's sender, played by Python, beside ours on one port",
  ignore: !canPlayOriginal(),
}, async () => {
  using directory = openTempDir();
  await using stack = new AsyncDisposableStack();
  const out = directory.join("out.pcap");
  const { program: receiver, endpoint } = await openReceiver(out, stack);
  const forms = ["plain", "marked", "zlib"];
  for (let file = 0; file <= forms.length; file++) {
    await writeCapture(directory.join(`${file}.pcap`), file, PACKETS);
  }
  const old = forms.map((form, file) =>
    stack.use(
      startOldHost("send", endpoint, directory.join(`${file}.pcap`), form),
    )
  );
  const last = directory.join(`${forms.length}.pcap`);
  const own = stack.use(await startProgram("send", [`pcap:${last}`, endpoint]));
  for (const host of old) assert.equal((await host.finish()).code, 0);
  assert.equal((await own.finish()).code, 0);
  const total = (forms.length + 1) * PACKETS;
  await untilTotals(receiver, (stats) => count(stats, "received") === total);
  assert.equal((await receiver.stop()).code, 0);
  await checkCapture(out, directory, forms.length + 1);
});

const OLD_RECEIVERS = [
  ["a sender", [], []],
  [
    "a rate-controlled sender",
    ["--rate-control", ...COMPRESSING],
    ["--rate-control"],
  ],
] as const;

for (const [name, args, oldArgs] of OLD_RECEIVERS) {
  Deno.test({
    name:
      `the original's receiver, played by Python, takes ${name} with --wire legacy`,
    ignore: !canPlayOriginal(),
  }, async () => {
    using directory = openTempDir();
    const path = directory.join("0.pcap");
    await writeCapture(path, 0, PACKETS);
    const out = directory.join("out.pcap");
    await using receiver = startOldHost(
      ...["recv", ANY, out, String(PACKETS), ...oldArgs],
    );
    const endpoint = await receiver.waitForLine(/^tcp/);
    await using sender = await startProgram("send", [
      ...["--wire=legacy", ...args, `pcap:${path}`, endpoint],
    ]);
    const sent = await sender.finish();
    assert.equal(sent.code, 0, sent.stderr);
    const { code, stdout, stderr } = await receiver.finish();
    assert.equal(code, 0, stderr);
    assert.deepEqual(await readCapture(out), await readCapture(path));
    const compressed = Number(new TextDecoder().decode(stdout));
    assert.equal(compressed > 0, oldArgs.length > 0);
  });
}

Deno.test({
  name:
    "the original's relays may be replaced between an old sender and receiver",
  ignore: !canPlayOriginal(),
}, async () => {
  using directory = openTempDir();
  await using stack = new AsyncDisposableStack();
  const path = directory.join("0.pcap");
  await writeCapture(path, 0, PACKETS);
  const out = directory.join("out.pcap");
  const receiver = stack.use(startOldHost("recv", ANY, out, String(PACKETS)));
  const end = await receiver.waitForLine(/^tcp/);
  const decompress = await openRelay("decompress", [ANY, end], stack);
  const compress = await openRelay("compress", [
    ...["--wire=legacy", ...COMPRESSING],
    ...[ANY, decompress.endpoint],
  ], stack);
  const sender = stack.use(
    startOldHost("send", compress.endpoint, path, "plain"),
  );
  assert.equal((await sender.finish()).code, 0);
  const { code, stderr } = await receiver.finish();
  assert.equal(code, 0, stderr);
  assert.deepEqual(await readCapture(out), await readCapture(path));
  for (const { program } of [compress, decompress]) {
    const { code, stats } = await program.stop();
    assert.equal(code, 0);
    assert.equal(count(stats, "received"), PACKETS);
    assert.equal(count(stats, "sent"), PACKETS);
  }
});
