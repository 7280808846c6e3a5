// One run of sender, relay and receiver, whose numbers are the same wherever they are shown. Needs no rights: a capture is replayed.
import assert from "node:assert/strict";
import { ZmqContext } from "../../lib/zmq/context.ts";
import { PushSocket } from "../../lib/zmq/push_socket.ts";
import { RunningProcess } from "../helpers/process.ts";
import {
  type MetricFamily,
  parseMetrics,
  sumOf,
} from "../helpers/prometheus_text.ts";
import {
  programCommand,
  type RunningProgram,
  startProgram,
  type Stats,
} from "../helpers/programs.ts";
import { StatsdServer } from "../helpers/statsd_server.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { writeCapture } from "./captures.ts";
import { accounted, count, startReceiver, untilTotals } from "./pipe.ts";

const PACKETS = 20_000;
/** A rate that no machine is too slow to go above: the capture would take minutes. */
const KEEP_TO_RATE = ["--lwm", "0", "--hwm", "0.05", "--wm-interval", "0.1"];

type Numbers = Record<string, number>;

/** The numbers of one sensor's run, without what is no number. */
function numbersOf(part: object | undefined): Numbers {
  return Object.fromEntries(
    Object.entries(part ?? {}).filter(([, value]) => typeof value === "number"),
  );
}

/** Reads the values of the last log line with a message. */
function lastLine(stderr: string, message: string): Numbers {
  const form = new RegExp(` INFO ${message} \\w+=`);
  const line = stderr.split("\n").findLast((line) => form.test(line));
  assert(line, `no ${message} in ${stderr}`);
  const values = line.matchAll(/ (\w+)=(\d+)(?= |$)/g);
  return Object.fromEntries(
    Array.from(values, ([, name = "", value]) => [name, Number(value)]),
  );
}

/** What a program says as a line of its log, asked by SIGUSR1 and at its end. */
function checkLines(stderr: string, { totals, sensors }: Stats): void {
  assert.deepEqual(lastLine(stderr, "Totals"), totals);
  if (sensors === undefined) return;
  const [sensor] = Object.values(sensors);
  assert.deepEqual(lastLine(stderr, "Totals of a sensor"), numbersOf(sensor));
}

/** Names that a receiver tells of a sensor, as `/metrics` and statsd have them. */
const COUNTED_HERE = [
  ...["received", "received_bytes", "lost_in_transit", "written"],
  ...["stalled_dropped", "relay_rate_dropped", "relay_queue_dropped"],
];

function withUnit(name: string): string {
  return /_(bytes|frames)$/.test(name) ? name : `${name}_packets`;
}

/** Compares `/metrics` of a receiver with its report. */
function checkMetrics(
  families: MetricFamily[],
  { totals, sensors }: Stats,
): void {
  for (const [name, value] of Object.entries(totals)) {
    const found = sumOf(families, `nflog_${withUnit(name)}_total`);
    assert.equal(found, value, `${name} of /metrics`);
  }
  for (
    const [name, value] of Object.entries(
      numbersOf(Object.values(sensors ?? {})[0]),
    )
  ) {
    const place = COUNTED_HERE.includes(name) ? "" : "sensor_";
    const full = `nflog_${place}${withUnit(name)}_total`;
    assert.equal(sumOf(families, full, { sensor: "gate" }), value, full);
  }
}

/** Waits until a page of numbers, which may be a quarter of a second old, is as new as a report. */
async function scrape(url: string, { totals }: Stats): Promise<MetricFamily[]> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const families = parseMetrics(await (await fetch(`${url}metrics`)).text());
    const found = sumOf(families, "nflog_received_bytes_total");
    if (found === totals["received_bytes"]) return families;
    assert(performance.now() < deadline, `received_bytes is ${found}`);
  }
}

/** Sends what is no frame. */
async function sendJunk(endpoint: string): Promise<void> {
  await using context = ZmqContext.open();
  using socket = PushSocket.open(context, { linger: 5000 });
  socket.connect(endpoint);
  const junk = new TextEncoder().encode(
    "this is no frame, nor was it ever one",
  );
  const deadline = performance.now() + 60_000;
  while (!socket.trySend(junk)) assert(performance.now() < deadline);
}

async function askQuery(endpoint: string): Promise<Stats> {
  const args = ["--stats", "--json", endpoint];
  await using running = new RunningProcess(programCommand("query", args));
  const { stdout, stderr } = await running.finish();
  assert.equal(stderr, "");
  return JSON.parse(new TextDecoder().decode(stdout)).ledger;
}

/** Waits until all that a sender sent is accounted for at the receiver, with its last word. */
function untilAccounted(receiver: RunningProgram): Promise<Stats> {
  return untilTotals(receiver, (stats) => {
    const [sensor] = Object.values(stats.sensors ?? {});
    return `${sensor?.["state"]}` === "ended" && sensor?.["sent"] === PACKETS &&
      count(stats, "rejected_frames") === 1 &&
      count(stats, "written") === count(stats, "received");
  });
}

Deno.test("the totals line, SIGUSR1, --stats-json, the query, statsd and /metrics show the same numbers", async () => {
  await using server = await StatsdServer.start();
  using directory = openTempDir();
  const capture = directory.join("in.pcap");
  await writeCapture(capture, 1, PACKETS);
  const [first, second, asked] = ["a", "b", "query"].map((name) =>
    `ipc://${directory.join(name)}`
  );
  assert(first && second && asked);
  const statsd = ["-m", server.address, "--statsd-interval", "0.1"];
  await using receiver = await startReceiver([
    ...[
      ...statsd,
      "-n",
      "recv.",
      "--http",
      "0",
      "--buffer-interface",
      asked,
      "--buffer-window",
      "16",
    ],
    ...[second, directory.join("out.pcap")],
  ], {});
  const listening = await receiver.process.waitForLine(/Answering HTTP/);
  const [, url = ""] = /url=(\S+)/.exec(listening) ?? [];
  // It drops most of what comes, so that there is a loss to show.
  await using relay = await startProgram("compress", [
    ...[...statsd, "-n", "relay.", ...KEEP_TO_RATE, first, second],
  ], { ready: /Relaying/ });
  await sendJunk(second);
  await using sender = await startProgram("send", [
    ...[...statsd, "-n", "send.", "--sensor", "gate", `pcap:${capture}`, first],
  ]);
  const sent = await sender.finish();
  assert(sent.stats);
  checkLines(sent.stderr, sent.stats);
  const stats = await untilAccounted(receiver);
  assert.equal(accounted(stats), PACKETS - relayDrops(stats));
  assert(relayDrops(stats) > 0, JSON.stringify(stats));
  checkLines(receiver.process.stderrText, stats);
  const asReport = ({ totals, sensors }: Stats): unknown => ({
    totals,
    sensors,
  });
  assert.deepEqual(asReport(await askQuery(asked)), asReport(stats));
  checkMetrics(await scrape(url, stats), stats);
  const page: Stats = await (await fetch(`${url}stats.json`)).json();
  assert.deepEqual(asReport(page), asReport(stats));
  const relayed = await relay.stop();
  const received = await receiver.stop();
  assert(received.stats && relayed.stats);
  assert.deepEqual(asReport(received.stats), asReport(stats));
  checkLines(received.stderr, received.stats);
  checkLines(relayed.stderr, relayed.stats);
  const counters = await server.until(
    "recv.received_bytes",
    count(stats, "received_bytes"),
  );
  const programs = { send: sent.stats, relay: relayed.stats, recv: stats };
  for (const [prefix, { totals }] of Object.entries(programs)) {
    for (const [name, value] of Object.entries(totals)) {
      const full = `${prefix}.${name}`;
      assert.equal(counters[full] ?? 0, value, full);
    }
  }
  const [sensor = {}] = Object.values(stats.sensors ?? {});
  for (const name of COUNTED_HERE) {
    const full = `recv.sensor.gate.${name}`;
    assert.equal(counters[full] ?? 0, sensor[name], full);
  }
});

function relayDrops({ sensors }: Stats): number {
  const [sensor = {}] = Object.values(sensors ?? {});
  return (sensor["relay_rate_dropped"] ?? 0) +
    (sensor["relay_queue_dropped"] ?? 0);
}
