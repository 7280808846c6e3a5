// The window of the last traffic, asked by programs: ours, and a REQ client that knows nothing of us.
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { encodeFileHeader } from "../../lib/pcap/mod.ts";
import { ZmqContext } from "../../lib/zmq/context.ts";
import { type ReplyPeer, ReplySocket } from "../../lib/zmq/reply_socket.ts";
import { canPlayOriginal } from "../helpers/old_host.ts";
import {
  type FinishedProcess,
  runCommand,
  RunningProcess,
} from "../helpers/process.ts";
import { programCommand } from "../helpers/programs.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { concatenate } from "../pcap/packets.ts";
import { canRun } from "../pcap/tools.ts";
import { waitUntil } from "../zmq/waiting.ts";
import {
  makeCapture,
  PACKETS,
  Receiver,
  startQuery,
} from "./query_receiver.ts";

const CLIENT = new URL("../helpers/req_client.py", import.meta.url).pathname;
const PYTHON = "/usr/bin/python3";
function namesIn(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name);
}

Deno.test({
  name:
    "a REQ client that sends the byte q, or anything else, gets a pcap of all that the window holds",
  ignore: !canPlayOriginal(),
}, async () => {
  await using bed = await Receiver.start();
  const file = bed.directory.join("answer.pcap");
  for (const request of ["q", "", "\u0001\u0002", "hello"]) {
    const args = [CLIENT, bed.endpoint, file, request];
    const parts = await runCommand({ program: PYTHON, args });
    ok(Number(parts) > 1);
    deepEqual(await bed.read("answer.pcap"), await bed.read("out.pcap"));
  }
  const query = JSON.stringify({ filter: "tcp", maxPackets: 10 });
  const args = [CLIENT, bed.endpoint, file, query];
  await runCommand({ program: PYTHON, args });
  const answer = await bed.query("--filter", "tcp", "--max-packets", "10");
  deepEqual(await bed.read("answer.pcap"), answer.stdout);
});

Deno.test({
  name: "nflog-pcap-query writes what tcpdump chooses by the same expression",
  ignore: !canRun("tcpdump", "capinfos"),
}, async () => {
  await using bed = await Receiver.start();
  const whole = bed.directory.join("in.pcap");
  const expressions = [
    "host 192.0.2.7 and tcp port 443",
    "ip6 and udp",
    "ip[6:2] & 0x1fff != 0",
    "greater 1000",
  ];
  for (const expression of expressions) {
    const { code, stdout } = await bed.query("--filter", expression);
    equal(code, 0);
    const theirs = await new Deno.Command("tcpdump", {
      ...{ args: ["-r", whole, "-w", "-", expression], stderr: "null" },
    }).output();
    ok(stdout.length > 24);
    deepEqual(stdout, theirs.stdout, expression);
  }
  const answer = bed.directory.join("answer.pcap");
  const { code, stderr } = await bed.query(
    ...["--since", "1700000005", "--until", "2023-11-14T22:13:29.999Z"],
    ...["--sensor", "gw1", "-w", answer],
  );
  equal(code, 0);
  match(stderr, /Answered packets=5000 bytes=/);
  const seen = await runCommand({
    program: "capinfos",
    args: ["-c", "-a", "-e", "-S", "-M", answer],
  });
  match(seen, /Number of packets: +5000\n/);
  match(seen, /First packet time: +1700000005\.000000/);
  match(seen, /Last packet time: +1700000009\.999000/);
});

Deno.test("nflog-pcap-query says why there is no answer, and leaves no file", async () => {
  await using bed = await Receiver.start();
  const answer = bed.directory.join("answer.pcap");
  const refused = await bed.query("--filter", "tcp prot 443", "-w", answer);
  equal(refused.code, 1);
  match(
    refused.stderr,
    /^nflog-pcap-query: Cannot use the filter: .*syntax error\n$/,
  );
  const nowhere = await bed.query("-w", bed.directory.join("none/answer.pcap"));
  equal(nowhere.code, 1);
  match(nowhere.stderr, /Cannot write .*none\/answer\.pcap: No such file/);
  const directory = await bed.query("-w", bed.directory.path);
  equal(directory.code, 1);
  match(directory.stderr, /it is a directory/);
  const left = namesIn(bed.directory.path);
  deepEqual(left.filter((name) => /answer|part/.test(name)), []);
  const nothing = await bed.query("--last", "30");
  equal(nothing.code, 0);
  equal(nothing.stdout.length, 24);
  match(nothing.stderr, /No packet matches .*window_from=2023-11-14T22:13:20/);
});

Deno.test("nflog-pcap-query --stats tells what the window holds, for people and as JSON", async () => {
  await using bed = await Receiver.start();
  const table = await bed.query("--stats");
  equal(table.code, 0);
  const text = new TextDecoder().decode(table.stdout);
  match(text, /^holds +20000 packets in \d+ frames$/m);
  match(text, /^from +2023-11-14T22:13:20\.000000Z$/m);
  match(text, /^gw1 +20000 +\d+ +3\.0 +2023-11-14T22:13:20/m);
  match(text, /^lost_in_transit +0$/m);
  equal(table.stderr, "");
  const json = await bed.query("--stats", "--json");
  const { window, held_sensors, ledger } = JSON.parse(
    new TextDecoder().decode(json.stdout),
  );
  equal(window.held_packets, PACKETS);
  equal(held_sensors.gw1.held_packets, PACKETS);
  equal(ledger.totals.received, PACKETS);
});

Deno.test("nflog-pcap-query gives up where nobody answers, after --timeout, with exit 1", async () => {
  using directory = openTempDir();
  const started = performance.now();
  const answer = directory.join("a.pcap");
  const endpoint = `ipc://${directory.join("nobody")}`;
  const args = ["--timeout", "300ms", "-w", answer, endpoint];
  await using running = startQuery(args);
  const { code, stderr } = await running.finish();
  equal(code, 1);
  match(
    stderr,
    /^nflog-pcap-query: Cannot get an answer: no receiver was heard within 0\.3 s; is one there, with --buffer-interface\?\n$/,
  );
  ok(performance.now() - started < 5000);
  deepEqual(namesIn(directory.path), []);
});

Deno.test("nflog-pcap-query refuses a terminal, and takes -w there", async () => {
  await using bed = await Receiver.start();
  const answer = bed.directory.join("answer.pcap");
  const inTerminal = async (...args: string[]): Promise<FinishedProcess> => {
    const command = programCommand("query", [...args, bed.endpoint]);
    const line = [command.program, ...command.args ?? []].join(" ");
    await using running = new RunningProcess({
      ...{ program: "script", args: ["-qec", line, "/dev/null"] },
    });
    return await running.finish();
  };
  const refused = await inTerminal();
  equal(refused.code, 2);
  match(
    new TextDecoder().decode(refused.stdout),
    /The answer is a pcap file, and standard output is a terminal: give -w FILE, or redirect \(see nflog-pcap-query --help\)/,
  );
  equal((await inTerminal("-w", answer)).code, 0);
  deepEqual(await bed.read("answer.pcap"), await bed.read("out.pcap"));
  equal((await inTerminal("--stats")).code, 0);
});

Deno.test("Ctrl-C during an answer leaves no file behind, and none that was there is changed", async () => {
  for (const before of [undefined, "an older answer"]) {
    using directory = openTempDir();
    using context = ZmqContext.open();
    const server = ReplySocket.open(context, { linger: 0 });
    const endpoint = server.bind(`ipc://${directory.join("query")}`);
    const answer = directory.join("answer.pcap");
    if (before !== undefined) await Deno.writeTextFile(answer, before);
    await using running = startQuery(["-w", answer, endpoint]);
    answerInPart(server, nextPeer(server));
    const isDraft = (name: string): boolean => name.endsWith(".part");
    const files = (): string[] => namesIn(directory.path);
    waitUntil([server], () => {
      const draft = files().find(isDraft);
      return draft !== undefined &&
        Deno.statSync(directory.join(draft)).size === 24;
    });
    const { code, stderr } = await running.stop("SIGINT");
    equal(code, 1);
    match(stderr, /Cannot finish: it was interrupted/);
    const left = files().filter((name) => name !== "query");
    deepEqual(left, before === undefined ? [] : ["answer.pcap"]);
    if (before === undefined) continue;
    equal(await Deno.readTextFile(answer), before);
  }
});

/** Begins an answer that never ends. */
function answerInPart(server: ReplySocket, peer: ReplyPeer): void {
  const note = JSON.stringify({ kind: "part", done: 1, total: 100 });
  const bytes = new TextEncoder().encode(note);
  server.trySendPart(peer, bytes, { more: true });
  server.trySendPart(peer, encodeFileHeader(), { more: false });
}

function nextPeer(server: ReplySocket): ReplyPeer {
  return waitUntil([server], () => {
    const event = server.tryReceive();
    return event?.kind === "request" ? event.peer : undefined;
  }, 20_000);
}

Deno.test("nflog-pcap-query writes into a FIFO as it is, and notices when its reader goes", async () => {
  await using bed = await Receiver.start();
  const fifo = bed.directory.join("fifo");
  await runCommand({ program: "mkfifo", args: [fifo] });
  const [{ code }, reader] = await Promise.all([
    bed.query("-w", fifo),
    new Deno.Command("cat", { args: [fifo] }).output(),
  ]);
  equal(code, 0);
  deepEqual(reader.stdout, await bed.read("out.pcap"));
  const [gone] = await Promise.all([
    bed.query("-w", fifo),
    new Deno.Command("head", { args: ["-c", "10", fifo] }).output(),
  ]);
  equal(gone.code, 1);
  match(gone.stderr, /Cannot write the answer: its reader has gone/);
});

Deno.test("nflog-pcap-query takes the answer of a REP that knows only everything, and refuses to ask it for less", async () => {
  using directory = openTempDir();
  using context = ZmqContext.open();
  const server = ReplySocket.open(context, { linger: 0 });
  const endpoint = server.bind(`ipc://${directory.join("query")}`);
  const parts = [encodeFileHeader(), makeCapture().slice(24)];
  for (const args of [[], ["--filter", "tcp"]]) {
    await using running = startQuery([...args, endpoint]);
    const peer = nextPeer(server);
    for (const [index, part] of parts.entries()) {
      server.trySendPart(peer, part, { more: index < parts.length - 1 });
    }
    const { code, stdout, stderr } = await running.finish();
    if (args.length === 0) {
      equal(code, 0);
      deepEqual(stdout, concatenate(parts));
    } else {
      equal(code, 1);
      equal(stdout.length, 0);
      match(
        stderr,
        /Cannot ask that: what answers there sends all that it has/,
      );
    }
  }
});
