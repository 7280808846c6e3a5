// What programs tell while they run: to a real statsd server, and over HTTP to parsers of others. Needs no rights: captures are replayed.
import assert from "node:assert/strict";
import {
  type MetricFamily,
  parseMetrics,
  sumOf,
} from "../helpers/prometheus_text.ts";
import {
  type FinishedProgram,
  type RunningProgram,
  startProgram,
} from "../helpers/programs.ts";
import { StatsdServer } from "../helpers/statsd_server.ts";
import { openTempDir, type TempDir } from "../helpers/temp_dir.ts";
import { writeCapture } from "./captures.ts";
import { count, startReceiver, untilTotals } from "./pipe.ts";

const PACKETS = 3000;

/** A receiver and a sender that replays a capture, in a directory. */
interface Pipe extends AsyncDisposable {
  receiver: RunningProgram;
  sender: RunningProgram;
  directory: TempDir;
}

async function startPipe(
  { recv = [], send = [] }: { recv?: string[]; send?: string[] },
): Promise<Pipe> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(openTempDir());
  const capture = directory.join("in.pcap");
  await writeCapture(capture, 1, PACKETS);
  const endpoint = `ipc://${directory.join("pipe")}`;
  const receiver = stack.use(
    await startReceiver([...recv, endpoint, directory.join("out.pcap")], {}),
  );
  const sender = stack.use(
    await startProgram("send", [
      ...["--sensor", "gate", ...send, `pcap:${capture}`, endpoint],
    ]),
  );
  const moved = stack.move();
  return {
    receiver,
    sender,
    directory,
    [Symbol.asyncDispose]: () => moved[Symbol.asyncDispose](),
  };
}

/** Lets the sender come to its end, and the receiver when it has everything. */
async function finish(
  { sender, receiver }: Pipe,
): Promise<{ sent: FinishedProgram; received: FinishedProgram }> {
  const sent = await sender.finish();
  assert.equal(sent.code, 0, sent.stderr);
  await untilTotals(receiver, (stats) => count(stats, "written") === PACKETS);
  const received = await receiver.stop();
  assert.equal(received.code, 0, received.stderr);
  return { sent, received };
}

/** Reads where a program answers HTTP from what it logs. */
async function urlOf(program: RunningProgram): Promise<string> {
  const line = await program.process.waitForLine(/Answering HTTP/);
  const [, url] = /url=(\S+)/.exec(line) ?? [];
  assert(url, line);
  return url;
}

async function scrape(url: string): Promise<MetricFamily[]> {
  const response = await fetch(`${url}metrics`);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return parseMetrics(text);
}

/** Scrapes again and again until a number is there: answers may be a quarter of a second old. */
async function scrapeUntil(
  url: string,
  name: string,
  value: number,
): Promise<MetricFamily[]> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const families = await scrape(url);
    const found = sumOf(families, name);
    if (found === value) return families;
    assert(performance.now() < deadline, `${name} is ${found}, not ${value}`);
  }
}

Deno.test("a statsd server gets every packet, by the Python original's names and the ledger's", async () => {
  await using server = await StatsdServer.start();
  const options = ["-m", server.address, "--statsd-interval", "0.1", "-n"];
  await using pipe = await startPipe({
    recv: [...options, "{host}.recv.", "-i", "50/60", "-t", "c"],
    send: [...options, "send."],
  });
  const { sent, received } = await finish(pipe);
  const host = Deno.hostname();
  const counters = await server.until(`${host}.recv.raw_out.pkt`, PACKETS);
  assert.equal(counters["send.raw_in.pkt"], PACKETS);
  assert.equal(counters["send.group.0.captured"], PACKETS);
  assert.equal(counters[`${host}.recv.raw_in.pkt`], PACKETS);
  assert.equal(counters[`${host}.recv.sensor.gate.received`], PACKETS);
  assert.equal(counters["statsd.bad_lines_seen"], 0);
  for (
    const [prefix, stats] of [
      [`${host}.recv.`, received.stats],
      ["send.", sent.stats],
    ] as const
  ) {
    for (const [name, value] of Object.entries(stats?.totals ?? {})) {
      assert.equal(counters[`${prefix}${name}`] ?? 0, value, name);
    }
  }
  const gauges = await server.read("gauges");
  assert.equal(gauges[`${host}.recv.output_queue_bytes`], 0);
});

for (
  const [state, address] of [
    ["is down", "localhost:9"],
    ["has no address", "no-such-host.invalid"],
  ] as const
) {
  Deno.test(`a statsd server that ${state} does not disturb the stream`, async () => {
    const options = ["-m", address, "--statsd-interval", "0.1"];
    await using pipe = await startPipe({ recv: options, send: options });
    const { sent, received } = await finish(pipe);
    for (const { stderr } of [sent, received]) {
      const lines = stderr.split("\n").filter((line) => /statsd/.test(line));
      assert(lines.length <= 1, stderr);
      assert.doesNotMatch(stderr, /ERROR|Uncaught|Deprecation/);
    }
  });
}

Deno.test("/metrics of the receiver has every packet of --stats-json", async () => {
  await using pipe = await startPipe({ recv: ["--http", "0"] });
  const { sender, receiver } = pipe;
  const url = await urlOf(receiver);
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  await sender.finish();
  const stats = await untilTotals(
    receiver,
    (totals) => count(totals, "written") === PACKETS,
  );
  const families = await scrapeUntil(
    url,
    "nflog_sensor_sent_packets_total",
    PACKETS,
  );
  for (const [name, value] of Object.entries(stats.totals)) {
    const unit = /_(bytes|frames)$/.test(name) ? "" : "_packets";
    assert.equal(sumOf(families, `nflog_${name}${unit}_total`), value, name);
  }
  const gate = { sensor: "gate" };
  assert.equal(sumOf(families, "nflog_received_packets_total", gate), PACKETS);
  assert.equal(
    sumOf(families, "nflog_sensor_runs", { ...gate, state: "ended" }),
    1,
  );
  assert((sumOf(families, "process_cpu_seconds_total") ?? 0) > 0);
  const report = await (await fetch(`${url}stats.json`)).json();
  assert.deepEqual(report.totals, stats.totals);
  assert.equal(await (await fetch(`${url}healthz`)).text(), "ok\n");
  await receiver.stop();
});

Deno.test("/metrics of the sender and both relays count what passes", async () => {
  using directory = openTempDir();
  const capture = directory.join("in.pcap");
  await writeCapture(capture, 1, PACKETS);
  const [first, second, third] = ["a", "b", "c"].map((name) =>
    `ipc://${directory.join(name)}`
  );
  assert(first && second && third);
  await using receiver = await startReceiver([
    third,
    directory.join("out.pcap"),
  ], {});
  await using decompress = await startProgram("decompress", [
    ...["--http", "0", second, third],
  ], { ready: /Relaying/ });
  await using compress = await startProgram("compress", [
    ...["--http", "0", "--lwm", "0.001", first, second],
  ], { ready: /Relaying/ });
  // Its standard input stays open, so it goes on when it has sent everything.
  await using sender = await startProgram(
    "send",
    ["--http", "127.0.0.1:0", "--sensor", "gate", "pcap:-", first],
    { stdin: "piped" },
  );
  const writer = sender.process.stdin.getWriter();
  await writer.write(await Deno.readFile(capture));
  writer.releaseLock();
  // The last packet may still wait for what comes after it.
  const stats = await untilTotals(
    receiver,
    (totals) => count(totals, "written") >= PACKETS - 1,
  );
  const written = count(stats, "written");
  const name = "nflog_sent_packets_total";
  const atSender = await scrapeUntil(await urlOf(sender), name, written);
  const labels = { sensor: "gate", group: "0" };
  assert.equal(
    sumOf(atSender, "nflog_sent_packets_total", labels),
    written,
  );
  const programs = [sender, compress, decompress];
  for (const program of programs) {
    const url = await urlOf(program);
    // What reached the receiver has left them all.
    const families = await scrapeUntil(url, "nflog_send_queue_frames", 0);
    assert((sumOf(families, "nflog_send_queue_peak_frames") ?? 0) > 0);
    assert.equal(await (await fetch(`${url}healthz`)).text(), "ok\n");
    if (program === sender) continue;
    const atRelay = await scrapeUntil(url, name, written);
    const gate = { sensor: "gate" };
    assert.equal(
      sumOf(atRelay, "nflog_received_packets_total", gate),
      written,
    );
  }
  const other = await fetch(`${await urlOf(sender)}stats.json`);
  assert.equal(other.status, 404);
  await other.body?.cancel();
  for (const program of programs) await program.stop();
});

Deno.test("--http-token answers those who show it, and is not taken from a file that everybody can read", async () => {
  using directory = openTempDir();
  const token = directory.join("token");
  await Deno.writeTextFile(token, "0123456789abcdefghij\n", { mode: 0o600 });
  const place = [
    `ipc://${directory.join("pipe")}`,
    directory.join("out.pcap"),
  ];
  const options = ["--http", "0.0.0.0:0", "--http-token", token];
  await using receiver = await startReceiver([...options, ...place], {});
  const url = (await urlOf(receiver)).replace("0.0.0.0", "127.0.0.1");
  for (const path of ["", "metrics", "healthz", "stats.json", "nowhere"]) {
    const { status, body } = await fetch(`${url}${path}`);
    await body?.cancel();
    assert.equal(status, 401, path);
  }
  const shown = { authorization: "Bearer 0123456789abcdefghij" };
  const { status, body } = await fetch(`${url}metrics`, { headers: shown });
  await body?.cancel();
  assert.equal(status, 200);
  const { stderr } = await receiver.stop();
  assert.doesNotMatch(stderr, /0123456789/);
  await Deno.chmod(token, 0o644);
  await using open = await startProgram("recv", [...options, ...place]);
  const ended = await open.finish();
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /^nflog-pcap-recv: Cannot .*token/m);
  assert.doesNotMatch(ended.stderr, /0123456789/);
});

Deno.test("clients that say nothing, read nothing or ask without end cost the stream no packet", async () => {
  await using pipe = await startPipe({ recv: ["--http", "0"] });
  const url = new URL(await urlOf(pipe.receiver));
  const port = Number(url.port);
  const clients: Deno.TcpConn[] = [];
  try {
    for (let client = 0; client < 150; client++) {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port });
      clients.push(connection);
      const request = [
        "",
        "GET /metr",
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
      ];
      await connection.write(
        new TextEncoder().encode(request[client % request.length]),
      );
    }
    const { sent, received } = await finish(pipe);
    assert.equal(sent.stats?.totals["queue_dropped"], 0);
    assert.equal(received.stats?.totals["stalled_dropped"], 0);
    assert.equal(received.stats?.totals["lost_in_transit"], 0);
  } finally {
    for (const client of clients) client.close();
  }
});
