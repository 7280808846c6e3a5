import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { MessageWindow } from "../../lib/history/mod.ts";
import { pause } from "../../lib/roles/pause.ts";
import { concatenate } from "../pcap/packets.ts";
import { CODECS, isMissing } from "../wire/codecs.ts";
import { connectStuckClient } from "../zmq/plain_sockets.ts";
import { AnswerBed } from "./answer_bed.ts";
import {
  fillWindow,
  frameOf,
  type KnownPacket,
  makePackets,
  pcapOf,
  record,
  START,
} from "./query_bed.ts";

const MIB = 1024 * 1024;
const FILLED = fillWindow(CODECS);
const FILE = pcapOf(FILLED.packets);

/** A window with so many MiB of records, all in large frames. */
function largeWindow(mebibytes: number): MessageWindow {
  const window = new MessageWindow(2 * mebibytes * MIB);
  const frame = frameOf(makePackets(200, { size: 1200 }));
  const count = Math.ceil(mebibytes * MIB / frame.length);
  for (let index = 0; index < count; index++) record(window, frame);
  return window;
}

Deno.test("AnswerServer answers any request of any REQ client with parts that together are a pcap of everything", async () => {
  await using bed = new AnswerBed(FILLED);
  const requests = [
    ...["q", "", "{", "[]", "null", "7", '"x"', "{}", '{"whatever":1}'],
    '{"fileter":"tcp"}',
  ];
  for (const request of requests) {
    const parts = await bed.askPlainly(request);
    ok(parts.length > 1);
    deepEqual(concatenate(parts), FILE, request);
  }
  await bed.until(() => bed.marks.inFlight === 0);
});

Deno.test("AnswerServer answers a REQ client's own query, and tells it in JSON what is wrong with one", async () => {
  await using bed = new AnswerBed(FILLED);
  const wanted = FILLED.packets.filter(({ sensor }) => sensor === "gw2");
  const parts = await bed.askPlainly('{"sensor":"gw2"}');
  deepEqual(concatenate(parts), pcapOf(wanted));
  const refusals = {
    '{"filter":"tcp prot 443"}': /syntax error/,
    '{"last":"soon"}': /last is "soon", not a number of seconds/,
    '{"last":1,"since":2}': /last and since exclude each other/,
    '{"group":70000}': /group is 70000, not a whole number from 0 to 65535/,
    '{"group":5,"fileter":"tcp"}': /there is no "fileter"/,
    '{"format":"txt"}': /format is "txt", not pcap, pcap-ns, pcapng, nflog/,
  };
  for (const [request, reason] of Object.entries(refusals)) {
    const [text, ...rest] = await bed.askPlainly(request);
    equal(rest.length, 0);
    const { error } = JSON.parse(new TextDecoder().decode(text));
    match(error, reason);
  }
  const [stats] = await bed.askPlainly('{"stats":true}');
  const { window } = JSON.parse(new TextDecoder().decode(stats));
  equal(window.held_packets, FILLED.packets.length);
});

Deno.test("AnswerServer answers a query of ours in several messages, and tells how far it is", async () => {
  await using bed = new AnswerBed(FILLED);
  const { file, outcome, told } = await bed.ask({});
  deepEqual(file, FILE);
  equal(outcome.kind, "file");
  ok(outcome.kind === "file" && outcome.end !== undefined);
  const { window, ...summary } = outcome.end;
  deepEqual(summary, {
    packets: FILLED.packets.length,
    bytes: FILE.length,
    limited: false,
  });
  equal(
    Date.parse(window.first ?? "") * 1000,
    Math.min(...FILLED.packets.map(({ time }) => time)),
  );
  ok(told.length > 3);
  const shares = told.map(({ done }) => done);
  deepEqual(shares, shares.toSorted((a, b) => a - b));
  equal(told.at(-1)?.bytes, FILE.length);
  await rejects(bed.ask({ filter: "tcp prot 443" }), /syntax error/);
  const empty = await bed.ask({ until: 1 });
  deepEqual(empty.file, pcapOf([]));
  await bed.until(() => bed.marks.inFlight === 0);
});

Deno.test("AnswerServer answers several clients by turns, each what it asked", async () => {
  await using bed = new AnswerBed(FILLED);
  const chosen = (isWanted: (packet: KnownPacket) => boolean): Uint8Array =>
    pcapOf(FILLED.packets.filter(isWanted));
  const until = START / 1e6 + 4;
  const answers = await Promise.all([
    bed.ask({ sensor: "gw1" }),
    bed.ask({ group: 7 }),
    bed.askPlainly("q"),
    bed.ask({ prefix: "dns" }),
    bed.ask({ until }),
    bed.askPlainly("q"),
    ...Array.from({ length: 12 }, () => bed.ask({ maxPackets: 100 })),
  ]);
  const files = answers.map((answer) =>
    Array.isArray(answer) ? concatenate(answer) : answer.file
  );
  deepEqual(files.slice(0, 6), [
    chosen(({ sensor }) => sensor === "gw1"),
    chosen(({ context }) => context.group === 7),
    FILE,
    chosen(({ context }) => context.prefix === "dns"),
    chosen(({ time }) => time <= until * 1e6),
    FILE,
  ]);
  for (const file of files.slice(6)) {
    deepEqual(file, pcapOf(FILLED.packets.slice(0, 100)));
  }
});

Deno.test("attack: a client that stops reading is given up after the timeout, with all that it was lent, while others are served", async () => {
  const window = largeWindow(64);
  await using bed = new AnswerBed({ window, timeout: 300 });
  const started = performance.now();
  using _stuck = await connectStuckClient(bed.port);
  await bed.until(() => bed.marks.inFlight > 50);
  // What it was lent stays as it is, though the window goes on.
  const frame = frameOf(makePackets(200, { size: 1200 }));
  for (let index = 0; index < 600; index++) record(window, frame);
  ok(window.keptBytes > 10 * MIB);
  const other = await bed.ask({ maxPackets: 1000 });
  equal(other.outcome.kind, "file");
  await bed.until(() =>
    bed.logger.lines.some(({ level, message }) =>
      level === "warn" && /took nothing for 0\.3 s/.test(message)
    )
  );
  const taken = performance.now() - started;
  ok(taken >= 300, `${taken} ms`);
  await bed.until(() => bed.marks.inFlight === 0 && window.keptBytes === 0);
});

Deno.test("attack: one of ours that stops reading is given up too, and costs no more than a few messages meanwhile", async () => {
  const window = largeWindow(64);
  await using bed = new AnswerBed({ window, timeout: 300 });
  let most = 0;
  const asked = bed.ask({ format: "pcap-ns" }, {
    timeout: 600,
    async onPart(): Promise<void> {
      if (most > 0) return;
      const end = performance.now() + 1000;
      while (performance.now() < end) {
        most = Math.max(most, bed.marks.inFlight);
        await pause(10);
      }
    },
  });
  await rejects(
    asked,
    /silent for 0\.6 s; it gives up a client that reads too slowly/,
  );
  ok(most >= 3 && most <= 6, `${most} messages`);
});

Deno.test("a slow client that goes on reading is not given up", async () => {
  const window = largeWindow(24);
  await using bed = new AnswerBed({ window, timeout: 500 });
  const { file, outcome } = await bed.ask({}, { onPart: () => pause(5) });
  ok(outcome.kind === "file" && outcome.end !== undefined);
  equal(file.length, outcome.end.bytes);
  ok(file.length > 20 * MIB);
});

Deno.test({
  name:
    "an answer in one message copies no more than it may: the newest of what is compressed, or as much as a search finds",
  ignore: isMissing("zstd"),
}, async () => {
  const codec = "zstd";
  const window = new MessageWindow(64 * MIB);
  const packets: KnownPacket[] = [];
  for (let index = 0; index < 300; index++) {
    const start = START + index * 1_000_000;
    const made = makePackets(150, { size: 1300, start, seed: index });
    packets.push(...made);
    record(window, frameOf(made, codec));
  }
  const copyLimit = 16 * MIB;
  await using bed = new AnswerBed({ window, copyLimit });
  const newest = concatenate(await bed.askPlainly("q"));
  ok(
    newest.length <= copyLimit && newest.length > copyLimit / 4,
    `${newest.length}`,
  );
  const held = pcapOf(packets);
  deepEqual(
    newest.subarray(24),
    held.subarray(held.length - newest.length + 24),
  );
  // What libzmq still has of one answer counts for the next.
  await bed.until(() => bed.marks.inFlight === 0);
  const found = concatenate(await bed.askPlainly('{"group":5}'));
  ok(found.length >= copyLimit && found.length < copyLimit + 2 * MIB);
  const wanted = packets.filter(({ context }) => context.group === 5);
  deepEqual(found, pcapOf(wanted).subarray(0, found.length));
  // What ours asks for comes whole.
  const { file } = await bed.ask({});
  deepEqual(file, held);
});

Deno.test("AnswerServer makes nothing more for a client that has gone", async () => {
  const window = largeWindow(64);
  await using bed = new AnswerBed({ window });
  const stuck = await connectStuckClient(bed.port);
  await bed.until(() => bed.marks.inFlight > 30);
  stuck.close();
  await bed.until(() => bed.marks.inFlight === 0);
  deepEqual(
    concatenate(await bed.askPlainly('{"maxPackets":1}')).length > 24,
    true,
  );
});

Deno.test("attack: more clients than are remembered are turned away, and the rest are served", async () => {
  const window = largeWindow(48);
  await using bed = new AnswerBed({ window, timeout: 500 });
  const stuck = await Promise.all(
    Array.from({ length: 80 }, () => connectStuckClient(bed.port)),
  );
  await bed.until(() =>
    bed.logger.lines.some(({ message }) => /came as the 65th/.test(message))
  );
  await bed.until(() => bed.marks.inFlight === 0);
  for (const connection of stuck) connection.close();
  const { outcome } = await bed.ask({ maxPackets: 1 });
  equal(outcome.kind, "file");
  equal(window.keptBytes, 0);
});

Deno.test("attack: a client that asks on without waiting for answers is cut off, and others are served", async () => {
  await using bed = new AnswerBed({ window: largeWindow(48) });
  using _stuck = await connectStuckClient(bed.port, { questions: 20 });
  await bed.until(() =>
    bed.logger.lines.some(({ message }) => /asked on while 8/.test(message))
  );
  const { outcome } = await bed.ask({ maxPackets: 1 });
  equal(outcome.kind, "file");
});

Deno.test("attack: questions without end are answered at a rate, however fast they come", async () => {
  await using bed = new AnswerBed(FILLED);
  const begun = performance.now();
  for (let count = 0; count < 105; count++) await bed.ask({ maxPackets: 1 });
  // 50 at once, and 50 a second.
  ok(performance.now() - begun >= 1000);
});

Deno.test("AnswerServer says who asked for what, and how much that was", async () => {
  await using bed = new AnswerBed(FILLED);
  await bed.ask({ sensor: "gw2", maxPackets: 5 });
  const line = await bed.until(() =>
    bed.logger.lines.find(({ message }) => message === "Answered")
  );
  const { client, question, packets, limited } = line.properties;
  deepEqual([client, packets, limited], ["127.0.0.1", 5, true]);
  deepEqual(JSON.parse(String(question)), { sensor: "gw2", maxPackets: 5 });
});
