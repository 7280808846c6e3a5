import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { MessageWindow } from "../../lib/history/mod.ts";
import { FilterCompiler } from "../../lib/libpcap/filter_compiler.ts";
import { loadLibpcap } from "../../lib/libpcap/load.ts";
import { CaptureParser } from "../../lib/pcapng/mod.ts";
import type { Answer } from "../../lib/roles/answer.ts";
import type { AnswerSummary } from "../../lib/roles/answer_piece.ts";
import {
  type PacketQuery,
  parseQuery,
  type QueryFields,
} from "../../lib/roles/query_request.ts";
import { concatenate } from "../pcap/packets.ts";
import { canRun, run, tsharkFields, withFile } from "../pcap/tools.ts";
import { CODECS } from "../wire/codecs.ts";
import { readGolden } from "../wire/legacy.ts";
import {
  fillWindow,
  frameOf,
  type KnownPacket,
  makePackets,
  openQueries,
  pcapOf,
  record,
  START,
} from "./query_bed.ts";

const { window: WINDOW, packets: PACKETS } = fillWindow(CODECS);

interface Taken {
  file: Uint8Array;
  summary: AnswerSummary;
  turns: number;
  loans: number;
}

/** Takes a whole answer, in slices as small as they get. */
function take(answer: Answer, slice = 0): Taken {
  const parts: Uint8Array[] = [];
  let turns = 0;
  let loans = 0;
  using _answer = answer;
  for (;;) {
    const piece = answer.next(performance.now() + slice);
    turns++;
    switch (piece.kind) {
      case "bytes":
        parts.push(...piece.parts.map((part) => part.slice()));
        break;
      case "loan": {
        using loan = piece.loan;
        parts.push(...loan.parts.map((part) => part.slice()));
        loans++;
        break;
      }
      case "end":
        return {
          file: concatenate(parts),
          summary: piece.summary,
          turns,
          loans,
        };
    }
  }
}

function query(fields: QueryFields): PacketQuery {
  const request = parseQuery(fields);
  if (request.kind !== "packets") throw new Error("no packets asked for");
  return request;
}

async function ask(
  fields: QueryFields,
  { window = WINDOW, lends = false, slice = 0 } = {},
): Promise<Taken> {
  const { queries, compiler } = openQueries(window);
  await using _compiler = compiler;
  return take(await queries.open(query(fields), { lends }), slice);
}

const since = (START + 3_000_000) / 1e6;
const until = (START + 9_500_000) / 1e6;
const isTime = ({ time }: KnownPacket): boolean =>
  time >= START + 3_000_000 && time <= START + 9_500_000;

const SELECTIONS: [QueryFields, (packet: KnownPacket) => boolean][] = [
  [{}, () => true],
  [{ since }, ({ time }) => time >= START + 3_000_000],
  [{ until }, ({ time }) => time <= START + 9_500_000],
  [{ since, until }, isTime],
  [{ last: 2 }, ({ time }) => time >= START - 2_000_000],
  [
    { around: START / 1e6 + 5, minus: 1, plus: 0.5 },
    ({ time }) => time >= START + 4_000_000 && time <= START + 5_500_000,
  ],
  [
    { around: "2023-11-14T22:13:25Z" },
    ({ time }) => Math.abs(time - START - 5_000_000) <= 30_000_000,
  ],
  [{ group: 7 }, ({ context }) => context.group === 7],
  [{ prefix: "dns" }, ({ context }) => context.prefix === "dns"],
  [{ sensor: "gw2" }, ({ sensor }) => sensor === "gw2"],
  [{ sensor: "gw" }, () => false],
  [
    { sensor: "gw1", group: 5, prefix: "web", since, until },
    (packet) =>
      packet.sensor === "gw1" && packet.context.prefix === "web" &&
      isTime(packet),
  ],
  [{ since: 0, until: 1 }, () => false],
];

Deno.test("an answer is the pcap of just the packets asked for, in the order in which they arrived", async () => {
  for (const [fields, isWanted] of SELECTIONS) {
    const wanted = PACKETS.filter(isWanted);
    for (const lends of [false, true]) {
      const { file, summary } = await ask(fields, { lends, slice: 5 });
      deepEqual(file, pcapOf(wanted), JSON.stringify(fields));
      deepEqual(summary, {
        packets: wanted.length,
        bytes: file.length,
        limited: false,
      });
    }
  }
});

Deno.test("an answer is the same however little time it has at a time", async () => {
  const fields = { group: 5, since, until };
  const { file, turns } = await ask(fields);
  deepEqual(file, (await ask(fields, { slice: 1000 })).file);
  ok(turns > 100);
});

Deno.test("an answer lends what lies in the window as it is wanted, and copies the rest", async () => {
  const all = await ask({}, { lends: true });
  ok(all.loans > 5);
  equal((await ask({ group: 5 }, { lends: true })).loans, 0);
  equal((await ask({ format: "pcap-ns" }, { lends: true })).loans, 0);
  equal((await ask({}, { lends: false })).loans, 0);
});

const CAN_RUN = canRun("tcpdump", "tshark", "capinfos");

Deno.test({
  name: "an answer through a filter is what tcpdump makes of the whole window",
  ignore: !CAN_RUN,
  async fn(): Promise<void> {
    const { file } = await ask({});
    const expressions = [
      "host 192.0.2.7 and tcp port 443",
      "ip6",
      "not ip and not ip6",
      "tcp[tcpflags] & tcp-syn != 0",
      "udp port 53 or icmp",
      "ip[6:2] & 0x1fff != 0",
      "greater 150",
      "net 2001:db8::/32 and port 443",
    ];
    await withFile(file, async (path) => {
      for (const filter of expressions) {
        const command = new Deno.Command("tcpdump", {
          args: ["-r", path, "-w", "-", filter],
          stderr: "null",
        });
        const { stdout } = await command.output();
        const ours = await ask({ filter }, { slice: 2 });
        ok(ours.summary.packets > 0, filter);
        deepEqual(ours.file, stdout, filter);
      }
    });
  },
});

Deno.test("maxPackets and maxBytes end an answer at a whole packet, and say that it was limited", async () => {
  for (const lends of [false, true]) {
    const { file, summary } = await ask({ maxPackets: 1234 }, { lends });
    deepEqual(file, pcapOf(PACKETS.slice(0, 1234)));
    deepEqual([summary.packets, summary.limited], [1234, true]);
  }
  for (const maxBytes of [1, 24, 25, 100, 5000, 200_000]) {
    const { file, summary } = await ask({ maxBytes }, { lends: true });
    ok(file.length <= Math.max(maxBytes, 24));
    deepEqual(file, pcapOf(PACKETS.slice(0, summary.packets)));
    const more = pcapOf(PACKETS.slice(0, summary.packets + 1));
    ok(more.length > maxBytes);
    equal(summary.limited, true);
  }
  const exact = await ask({ maxPackets: PACKETS.length });
  equal(exact.summary.limited, false);
});

Deno.test("an answer has nanoseconds when they are asked for", async () => {
  const { file } = await ask({ format: "pcap-ns", sensor: "gw1" });
  const wanted = PACKETS.filter(({ sensor }) => sensor === "gw1");
  deepEqual(file, pcapOf(wanted, "nanoseconds"));
});

Deno.test({
  name: "answers in pcapng and with NFLOG's attributes are read by tshark",
  ignore: !CAN_RUN,
  async fn(): Promise<void> {
    const wanted = PACKETS.filter(({ context }) => context.group === 7);
    const { file } = await ask({ format: "nflog", group: 7 });
    await withFile(file, async (path) => {
      const rows = await tsharkFields(path, [
        "nflog.res_id",
        "frame.protocols",
      ]);
      equal(rows.length, wanted.length);
      ok(rows.every(([group]) => group === "7"));
    });
    const everything = await ask({ format: "pcapng" });
    const parser = new CaptureParser();
    parser.push(everything.file);
    const names = new Set<string>();
    let count = 0;
    for (let next = parser.next(); next !== undefined; next = parser.next()) {
      const { seconds, nanoseconds } = next;
      const { time, rest } = PACKETS[count++] ?? { time: 0, rest: 0 };
      equal(seconds * 1e6 + Math.floor(nanoseconds / 1000), time);
      equal(nanoseconds % 1000, rest);
      if ("interface" in next) {
        names.add((next.interface as { name: string }).name);
      }
    }
    equal(count, PACKETS.length);
    ok(names.size >= 4, [...names].join());
    await withFile(everything.file, async (path) => {
      const { stdout } = await run("capinfos", "-c", "-M", path);
      ok(stdout.includes(String(PACKETS.length)), stdout);
    });
  },
});

Deno.test("messages of the Python original are answered with too", async () => {
  const window = new MessageWindow(1024 * 1024);
  const names = ["bare0", "marked1", "zlib"];
  for (const name of names) record(window, readGolden(name));
  const { summary } = await ask({}, { window });
  ok(summary.packets > 2);
  const named = await ask({ sensor: "unnumbered" }, { window });
  equal(named.summary.packets, summary.packets);
});

Deno.test("an answer is of what was there when it was asked for, while the window goes on", async () => {
  const window = new MessageWindow(1024 * 1024);
  const packets: KnownPacket[] = [];
  const go = (count: number): void => {
    for (let index = 0; index < count; index++) {
      const made = makePackets(100, { seed: index, start: START + index });
      packets.push(...made);
      record(window, frameOf(made));
    }
  };
  go(40);
  const { queries, compiler } = openQueries(window);
  await using _compiler = compiler;
  const answer = await queries.open(query({}), { lends: false });
  const expected = pcapOf(packets);
  go(400);
  ok(window.state.expired_packets > 4000);
  deepEqual(take(answer).file, expected);
  equal(window.keptBytes, 0);
});

Deno.test("an answer that is left behind says so, in place of packets that are not its own", async () => {
  const window = new MessageWindow(512 * 1024, { keepLimit: 128 * 1024 });
  const frame = frameOf(makePackets(500));
  for (let count = 0; count < 20; count++) record(window, frame);
  const { queries, compiler } = openQueries(window);
  await using _compiler = compiler;
  using answer = await queries.open(query({ group: 5 }));
  equal(answer.next(0).kind, "bytes");
  equal(answer.next(0).kind, "working");
  for (let count = 0; count < 50; count++) record(window, frame);
  await rejects(
    () => Promise.resolve().then(() => answer.next(0)),
    /read so slowly that its packets have left the window/,
  );
});

Deno.test("a filter that libpcap refuses leaves nothing behind", async () => {
  const { queries, compiler } = openQueries(WINDOW);
  await using _compiler = compiler;
  const bad = query({ filter: "tcp prot 443" });
  await rejects(queries.open(bad), /syntax error/);
  await rejects(queries.find({ filter: "tcp prot 443" }), /syntax error/);
  await rejects(queries.find({ stats: true }), /packets are to be asked/);
  equal(WINDOW.keptBytes, 0);
});

Deno.test("without libpcap a filter is answered with what to install, and everything else as ever", async () => {
  await using missing = new FilterCompiler(() =>
    loadLibpcap(["libpcap-that-is-not-there.so.1"])
  );
  const { queries, compiler } = openQueries(WINDOW, {
    compile: (expression) => missing.compile(expression),
  });
  await using _compiler = compiler;
  await rejects(
    queries.open(query({ filter: "tcp" })),
    /on the receiver's host: install libpcap0\.8 \(Debian, Ubuntu\)/,
  );
  const { file } = take(await queries.open(query({ group: 7 })));
  const wanted = PACKETS.filter(({ context }) => context.group === 7);
  deepEqual(file, pcapOf(wanted));
});

Deno.test("WindowQueries.find() gives the same file, in pieces", async () => {
  const { queries, compiler } = openQueries(WINDOW);
  await using _compiler = compiler;
  const parts: Uint8Array[] = [];
  const pieces = await queries.find({ filter: "udp", sensor: "gw1" });
  for await (const piece of pieces) parts.push(piece.slice());
  const { file } = await ask({ filter: "udp", sensor: "gw1" });
  deepEqual(concatenate(parts), file);
});

Deno.test("WindowQueries.stats() counts what the window holds, by sensor", async () => {
  const { queries, compiler } = openQueries(WINDOW);
  await using _compiler = compiler;
  const { window, held_sensors, ledger } = await queries.stats();
  equal(ledger.totals["received"], 1);
  equal(window.held_packets, PACKETS.length);
  deepEqual(Object.keys(held_sensors).sort(), ["gw1", "gw2"]);
  let bytes = 0;
  for (const [name, held] of Object.entries(held_sensors)) {
    const own = PACKETS.filter(({ sensor }) => sensor === name);
    const times = own.map(({ time }) => time);
    equal(held.held_packets, own.length);
    equal(Date.parse(held.first ?? "") * 1000, Math.min(...times));
    equal(
      Math.floor(Date.parse(held.last ?? "")),
      Math.floor(Math.max(...times) / 1000),
    );
    bytes += held.held_bytes + 32 * held.held_frames;
  }
  ok(window.held_bytes - bytes < 32 * 100 && window.held_bytes >= bytes);
  equal(
    window.first,
    Object.values(held_sensors).map((s) => s.first).sort()[0],
  );
});
