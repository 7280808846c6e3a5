import { deepEqual, equal, throws } from "node:assert/strict";
import {
  decodeNote,
  decodeQuestion,
  encodeNote,
  encodeQuestion,
  type Note,
} from "../../lib/roles/answer_protocol.ts";
import {
  EVERYTHING,
  formatQuery,
  parseQuery,
  type QueryFields,
  type QueryRequest,
} from "../../lib/roles/query_request.ts";
import {
  formatQueryPoint,
  parseQueryDuration,
  parseQueryPoint,
  resolveQueryTime,
} from "../../lib/roles/query_time.ts";

const NOON = 1_777_636_800_000_000; // 2026-05-01T12:00:00Z
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("parseQueryPoint() reads seconds, times before now, and RFC 3339", () => {
  const absolute = (microseconds: number): object => ({
    kind: "absolute",
    microseconds,
  });
  const ago = (microseconds: number): object => ({ kind: "ago", microseconds });
  const cases: [unknown, object | undefined][] = [
    [0, absolute(0)],
    [1_777_636_800, absolute(NOON)],
    ["1777636800.000001", absolute(NOON + 1)],
    [1_777_636_800.25, absolute(NOON + 250_000)],
    [4_294_967_295.5, absolute(4_294_967_295_500_000)],
    [4_294_967_296, undefined],
    [-30, ago(30_000_000)],
    ["-0.5", ago(500_000)],
    ["now", ago(0)],
    ["2026-05-01T12:00:00Z", absolute(NOON)],
    ["2026-05-01 12:00:00.000001z", absolute(NOON + 1)],
    ["2026-05-01T14:00:00.5+02:00", absolute(NOON + 500_000)],
    ["2026-05-01T06:30:00-05:30", absolute(NOON)],
    ["1969-12-31T23:59:59Z", undefined],
    ["2026-02-30T12:00:00Z", undefined],
    ["2026-05-01T25:00:00Z", undefined],
    ["2026-05-01T12:00:00", undefined],
    ["2026-05-01", undefined],
    ["soon", undefined],
    ["", undefined],
    ["1e9", undefined],
    [1e21, undefined],
    [NaN, undefined],
    [true, undefined],
    [null, undefined],
    [{}, undefined],
  ];
  for (const [value, point] of cases) {
    deepEqual(parseQueryPoint(value), point, JSON.stringify(value));
    if (point === undefined) continue;
    const again = formatQueryPoint(parseQueryPoint(value) ?? never());
    deepEqual(parseQueryPoint(again), point);
  }
});

Deno.test("parseQueryDuration() reads seconds, with a unit or without", () => {
  const cases: [unknown, number | undefined][] = [
    [30, 30e6],
    ["30", 30e6],
    ["0.5", 500_000],
    ["30s", 30e6],
    ["250ms", 250_000],
    ["5m", 300e6],
    ["1.5h", 5400e6],
    [0, 0],
    [-1, undefined],
    ["5 m", undefined],
    ["5d", undefined],
    ["", undefined],
    [undefined, undefined],
  ];
  for (const [value, microseconds] of cases) {
    equal(parseQueryDuration(value), microseconds, JSON.stringify(value));
  }
});

Deno.test("resolveQueryTime() counts from the receiver's time", () => {
  const time = (fields: QueryFields): object => {
    const request = parseQuery(fields);
    if (request.kind !== "packets") throw new Error("no packets");
    return resolveQueryTime(request.time, NOON);
  };
  const seconds = NOON / 1e6;
  const cases: [QueryFields, number, number][] = [
    [{}, -Infinity, Infinity],
    [{ last: 30 }, NOON - 30e6, Infinity],
    [{ since: -60, until: "-30" }, NOON - 60e6, NOON - 30e6],
    [{ since: seconds }, NOON, Infinity],
    [{ until: "now" }, -Infinity, NOON],
    [{ around: seconds }, NOON - 30e6, NOON + 30e6],
    [{ around: -10, minus: 1, plus: 2 }, NOON - 11e6, NOON - 8e6],
    [{ around: "now", plus: 0 }, NOON - 30e6, NOON],
  ];
  for (const [fields, since, until] of cases) {
    deepEqual(time(fields), { since, until }, JSON.stringify(fields));
  }
});

Deno.test("parseQuery() takes fields of JSON and of URLs alike", () => {
  const expected: QueryRequest = {
    kind: "packets",
    ...EVERYTHING,
    filter: "tcp",
    group: 5,
    prefix: "web",
    sensor: "gw1",
    maxPackets: 10,
    maxBytes: 1000,
    format: "pcapng",
  };
  const rest = {
    filter: "tcp",
    prefix: "web",
    sensor: "gw1",
    format: "pcapng",
  };
  const numbers = { group: 5, maxPackets: 10, maxBytes: 1000 };
  deepEqual(parseQuery({ ...rest, ...numbers }), expected);
  const texts = { group: "5", maxPackets: "10", maxBytes: "1000" };
  deepEqual(parseQuery({ ...rest, ...texts, last: "", since: "" }), expected);
  deepEqual(parseQuery({ group: null, filter: "" }), {
    kind: "packets",
    ...EVERYTHING,
  });
  for (const yes of [true, 1, "1", "true"]) {
    deepEqual(parseQuery({ stats: yes }), { kind: "stats" });
  }
});

Deno.test("parseQuery() refuses what is not right, and says what", () => {
  const cases: [QueryFields, RegExp][] = [
    [{ lst: 3 }, /there is no "lst"$/],
    [{ ["x".repeat(500)]: 3 }, /there is no "x{64}"$/],
    [{ last: -3 }, /last is -3, not a number of seconds$/],
    [{ last: [3] }, /last is \[3\], not a number of seconds$/],
    [{ since: "noon" }, /since is "noon", not seconds since 1970 or 2026-/],
    [{ last: 1, until: 2 }, /last and until exclude each other$/],
    [{ around: 1, since: 2 }, /around and since exclude each other$/],
    [{ last: 1, around: 2 }, /last and around exclude each other$/],
    [{ minus: 1 }, /minus and plus do nothing without around$/],
    [{ group: 65536 }, /group is 65536, not a whole number from 0 to 65535$/],
    [{ group: 1.5 }, /group is 1\.5, not a whole number/],
    [{ maxPackets: 0 }, /maxPackets is 0, not a whole number from 1 on$/],
    [{ maxBytes: "1e9" }, /maxBytes is "1e9", not a whole number from 1 on$/],
    [{ filter: 7 }, /filter is 7, not a text$/],
    [{ format: "xml" }, /format is "xml", not pcap, pcap-ns, pcapng, nflog$/],
    [{ stats: true, group: 5 }, /stats and group exclude each other$/],
  ];
  for (const [fields, message] of cases) {
    throws(() => parseQuery(fields), { name: "QueryError", message });
  }
});

Deno.test("formatQuery() and encodeQuestion() are read back as they were", () => {
  const requests: QueryFields[] = [
    {},
    { last: 30 },
    { since: 1_777_636_800.000001, until: "now" },
    { around: -60, minus: 1.5, plus: 0 },
    { filter: 'host 192.0.2.7 and "x"', group: 0, prefix: "ä", sensor: "g" },
    { maxPackets: 3, maxBytes: 2 ** 40, format: "pcap-ns" },
    { stats: true },
  ];
  for (const fields of requests) {
    const request = parseQuery(fields);
    const written = JSON.parse(JSON.stringify(formatQuery(request)));
    deepEqual(parseQuery(written), request);
    const question = decodeQuestion([encodeQuestion(request)]);
    equal(question.isSplit, true);
    deepEqual(parseQuery(question.fields), request);
  }
});

Deno.test("decodeQuestion() takes what is no query for one about everything", () => {
  const unknown = ["", "q", "{", "[1]", "null", '{"a":1}', "\xff\xfe", "{}"];
  for (const text of unknown) {
    deepEqual(decodeQuestion([encode(text)]), { fields: {}, isSplit: false });
  }
  deepEqual(decodeQuestion([]), { fields: {}, isSplit: false });
  const two = [encode('{"group":1}'), encode("")];
  deepEqual(decodeQuestion(two), { fields: {}, isSplit: false });
  deepEqual(decodeQuestion([encode('{"group":1,"x":2}')]), {
    fields: { group: 1, x: 2 },
    isSplit: false,
  });
  deepEqual(decodeQuestion([encode('{"split":1}')]).isSplit, false);
});

Deno.test("decodeNote() reads notes, and takes nothing else for one", () => {
  const notes: Note[] = [
    { kind: "part", done: 1, total: 2 },
    {
      kind: "end",
      end: {
        ...{ packets: 1, bytes: 2, limited: true },
        window: { first: null, last: null },
      },
    },
    { kind: "stats", stats: {} },
    { kind: "error", error: "no" },
  ];
  for (const note of notes) deepEqual(decodeNote(encodeNote(note)), note);
  const wrong = [
    ...["", "x", "{}", '{"kind":"part"}', '{"kind":"part","done":-1}'],
    ...['{"kind":"error","error":1}', '{"kind":"end","end":null}', "[]"],
    '{"kind":"end","end":{"packets":1,"bytes":1}}',
  ];
  for (const text of wrong) equal(decodeNote(encode(text)), undefined, text);
  equal(decodeNote(Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1)), undefined);
});

function never(): never {
  throw new Error("there is a point");
}
