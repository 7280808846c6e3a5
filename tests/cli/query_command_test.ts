import assert from "node:assert/strict";
import {
  parseQueryCommand,
  QUERY_DEFINITION,
} from "../../lib/cli/query_command.ts";
import { queryOf } from "../../lib/cli/query_of.ts";
import { parseEndpoint } from "../../lib/zmq/endpoint.ts";
import { checkRefused, splitArgs } from "./check_command.ts";

const WINDOW = "ipc:///run/nflog/query";
const EVERYTHING = {
  time: { kind: "all" },
  filter: undefined,
  group: undefined,
  prefix: undefined,
  sensor: undefined,
  maxPackets: undefined,
  maxBytes: undefined,
};
const NOON = { kind: "absolute", seconds: 1777636800, nanoseconds: 0 };

Deno.test("parseQueryCommand() asks for everything when nothing is said", () => {
  assert.deepEqual(parseQueryCommand([WINDOW]), {
    kind: "query",
    endpoint: parseEndpoint(WINDOW, { use: "connect" }),
    selection: EVERYTHING,
    narrowedBy: undefined,
    output: undefined,
    timeout: 5000,
    user: undefined,
    stats: undefined,
    format: "pcap",
    curveClient: undefined,
    logFormat: "text",
    debug: false,
  });
});

const SELECTIONS: readonly (readonly [line: string, changes: object])[] = [
  ["--last 30", { time: { kind: "last", duration: 30_000 } }],
  ["--last 5m", { time: { kind: "last", duration: 300_000 } }],
  ["--since 2026-05-01T12:00:00Z", {
    time: { kind: "between", since: NOON, until: undefined },
  }],
  ["--since -5m --until now", {
    time: {
      kind: "between",
      since: { kind: "ago", milliseconds: 300_000 },
      until: { kind: "ago", milliseconds: 0 },
    },
  }],
  ["--until 1777636800", {
    time: { kind: "between", since: undefined, until: NOON },
  }],
  ["--around 1777636800", {
    time: { kind: "around", time: NOON, minus: 30_000, plus: 30_000 },
  }],
  ["--around 1777636800 --minus 1m --plus 0", {
    time: { kind: "around", time: NOON, minus: 60_000, plus: 0 },
  }],
  ["--filter 'host 192.0.2.7 and tcp port 443'", {
    filter: "host 192.0.2.7 and tcp port 443",
  }],
  ["--group 0", { group: 0 }],
  ["--prefix drop: --sensor gate", { prefix: "drop:", sensor: "gate" }],
  ["--max-packets 10 --max-bytes 1MiB", {
    maxPackets: 10,
    maxBytes: 1024 * 1024,
  }],
];

for (const [line, changes] of SELECTIONS) {
  Deno.test(`parseQueryCommand() takes ${line}`, () => {
    const { selection } = parseQueryCommand(splitArgs(`${line} ${WINDOW}`));
    assert.deepEqual(selection, { ...EVERYTHING, ...changes });
  });
}

Deno.test("parseQueryCommand() says what becomes of the answer", () => {
  const answer = (line: string): unknown[] => {
    const command = parseQueryCommand(splitArgs(`${line} ${WINDOW}`));
    return [command.output, command.stats, command.timeout];
  };
  assert.deepEqual(answer("-w a.pcap"), [
    { kind: "path", path: "a.pcap" },
    undefined,
    5000,
  ]);
  assert.deepEqual(answer("-w-"), [{ kind: "stdout" }, undefined, 5000]);
  assert.deepEqual(answer("--stats"), [undefined, "table", 5000]);
  assert.deepEqual(answer("--stats --json"), [undefined, "json", 5000]);
  assert.deepEqual(answer("--timeout 0.5"), [undefined, undefined, 500]);
});

Deno.test("parseQueryCommand() takes the format of the answer, which the query then asks for", () => {
  for (const format of ["pcap", "pcapng", "nflog"] as const) {
    const command = parseQueryCommand(["--format", format, WINDOW]);
    assert.equal(command.format, format);
    const query = queryOf(command.selection, command.format);
    assert(query.kind === "packets");
    assert.equal(query.format, format);
  }
});

Deno.test("parseQueryCommand() refuses what is wrong, on one line", () => {
  const refused = [
    ["--last 30 --since -5m", /^--last and --since exclude each other/],
    ["--last 30 --until -5m", /^--last and --until exclude each other/],
    ["--last 30 --around now", /^--last and --around exclude each other/],
    ["--around now --until now", /^--around and --until exclude each other/],
    ["--minus 5", /^--minus does nothing without --around/],
    ["--plus 5 --last 3", /^--plus does nothing without --around/],
    ["--json", /^--json does nothing without --stats/],
    ["--stats -w x", /^--stats and -w exclude each other/],
    ["--stats --last 5", /^--stats and --last exclude each other/],
    ["--stats --max-packets 5", /^--stats and --max-packets exclude/],
    ["--since 1777636801 --until 1777636800", /^--since is after --until/],
    ["--since -1m --until -2m", /^--since is after --until/],
    ["--since 5.2 --until 5.1", /^--since is after --until/],
    ["--group 70000", /^--group: .*from 0 to 65535$/],
    ["--last 0", /^--last: .*it must be from/],
    ["--timeout 0", /^--timeout: .*it must be from/],
    ["--filter ''", /^--filter: Cannot use filter "": it is empty$/],
    ["--format zip", /^--format: Cannot use /],
  ] as const;
  checkRefused(QUERY_DEFINITION, [
    ["", /^ENDPOINT is missing$/],
    ["ipc:///a b", /^There is one argument too many: "b"$/],
    ...refused.map(([line, message]) =>
      [`${line} ${WINDOW}`, message] as const
    ),
  ]);
});
