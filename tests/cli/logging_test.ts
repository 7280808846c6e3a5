import assert from "node:assert/strict";
import type { LogRecord } from "@logtape/logtape";
import {
  formatJsonRecord,
  formatTextRecord,
} from "../../lib/cli/log_record.ts";
import { openLogging } from "../../lib/cli/logging.ts";

function record(
  message: string,
  properties: Record<string, unknown> = {},
): LogRecord {
  return {
    category: ["nflog"],
    level: "warning",
    message: [message],
    rawMessage: message,
    timestamp: Date.UTC(2026, 4, 1, 12, 0, 0, 5),
    properties,
  };
}

const TIME = "2026-05-01T12:00:00.005Z";

const VALUES:
  readonly (readonly [value: unknown, text: string, json: unknown])[] = [
    ["gate-1", "gate-1", "gate-1"],
    ["two words", '"two words"', "two words"],
    ["", '""', ""],
    ['a="b"', '"a=\\"b\\""', 'a="b"'],
    ["\u001b[2J\n", '"\\u001b[2J\\n"', "\u001b[2J\n"],
    ["\u202edrowssap", '"\\u202edrowssap"', "\u202edrowssap"],
    [5, "5", 5],
    [12n, "12", "12"],
    [true, "true", true],
    [null, "null", null],
    [NaN, "null", null],
    [new Error("Cannot x"), '"Cannot x"', "Cannot x"],
    [new Date(0), "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z"],
    [[1, "a"], '"[1,\\"a\\"]"', [1, "a"]],
    [{ a: 1n }, '"{\\"a\\":\\"1\\"}"', { a: "1" }],
  ];

Deno.test("formatTextRecord() writes time, level, message and key=value", () => {
  assert.equal(
    formatTextRecord(record("Packets lost", { group: 5, lost: 3 })),
    `${TIME} WARN Packets lost group=5 lost=3\n`,
  );
  for (const [value, text] of VALUES) {
    const line = formatTextRecord(record("m", { v: value }));
    assert.equal(line, `${TIME} WARN m v=${text}\n`);
  }
  assert.equal(
    formatTextRecord(record("m", { absent: undefined })),
    `${TIME} WARN m\n`,
  );
});

Deno.test("formatTextRecord() and formatJsonRecord() make one harmless line of hostile text", () => {
  const hostile = "a\nb\u001b]0;x\u0007\u0085\u2028\u202e";
  for (const format of [formatTextRecord, formatJsonRecord]) {
    const line = format(record(hostile, { [hostile]: hostile }));
    assert.match(line, /\n$/);
    assert.doesNotMatch(line.slice(0, -1), /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/u);
  }
});

Deno.test("formatJsonRecord() writes one object that properties cannot forge", () => {
  for (const [value, , json] of VALUES) {
    assert.deepEqual(JSON.parse(formatJsonRecord(record("m", { v: value }))), {
      time: TIME,
      level: "warn",
      message: "m",
      v: json,
    });
  }
  const forged = formatJsonRecord(record("m", { level: "error", time: "x" }));
  assert.equal(forged, `{"time":"${TIME}","level":"warn","message":"m"}\n`);
});

Deno.test("openLogging() passes messages as they are, above its level", () => {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const logger = openLogging({ logFormat: "text", debug: false, write });
  logger.debug("hidden");
  logger.info("With {braces} and %s", { group: 5 });
  logger.warn("w");
  logger.error("e");
  const rest = lines.map((line) => line.slice(TIME.length));
  assert.deepEqual(rest, [
    " INFO With {braces} and %s group=5\n",
    " WARN w\n",
    " ERROR e\n",
  ]);
  assert.match(lines[0] ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /);
});

Deno.test("openLogging() can be set up anew", () => {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  openLogging({ logFormat: "text", debug: true, write: () => assert.fail() });
  const logger = openLogging({ logFormat: "json", debug: true, write });
  logger.debug("seen", { a: 1 });
  assert.equal(lines.length, 1);
  const { level, message, a } = JSON.parse(lines[0] ?? "");
  assert.deepEqual({ level, message, a }, {
    level: "debug",
    message: "seen",
    a: 1,
  });
});
