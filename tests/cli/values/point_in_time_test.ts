import assert from "node:assert/strict";
import {
  pointInTime,
  resolvePointInTime,
} from "../../../lib/cli/values/mod.ts";
import { checkValues } from "./check_values.ts";

const NOON = Date.UTC(2026, 4, 1, 12) / 1000;

Deno.test("pointInTime() takes RFC 3339, seconds since 1970 and times before now", () => {
  checkValues(pointInTime(), {
    good: [
      ["2026-05-01T12:00:00Z", absolute(NOON, 0)],
      ["2026-05-01t12:00:00z", absolute(NOON, 0)],
      ["2026-05-01 12:00:00Z", absolute(NOON, 0)],
      ["2026-05-01T14:00:00+02:00", absolute(NOON, 0)],
      ["2026-05-01T06:30:00-05:30", absolute(NOON, 0)],
      ["2026-05-01T12:00:00.5Z", absolute(NOON, 500_000_000)],
      ["2026-05-01T12:00:00.123456789Z", absolute(NOON, 123_456_789)],
      ["2026-05-01T12:00:00.1234567899Z", absolute(NOON, 123_456_789)],
      ["1970-01-01T00:00:00Z", absolute(0, 0)],
      [String(NOON), absolute(NOON, 0)],
      [`${NOON}.000000001`, absolute(NOON, 1)],
      ["4294967295", absolute(4294967295, 0)],
      ["0", absolute(0, 0)],
      ["now", { kind: "ago", milliseconds: 0 }],
      ["-30s", { kind: "ago", milliseconds: 30_000 }],
      ["-5m", { kind: "ago", milliseconds: 300_000 }],
      ["-0.5", { kind: "ago", milliseconds: 500 }],
    ],
    bad: [
      ["", /write 2026-05-01T12:00:00Z, seconds since 1970, now, or/],
      ["yesterday", /write 2026/],
      ["2026-05-01", /write 2026/],
      ["12:00:00", /write 2026/],
      ["2026-05-01T12:00:00", /its zone is missing; add Z/],
      ["2026-02-30T12:00:00Z", /there is no such day or time/],
      ["2026-13-01T12:00:00Z", /there is no such day or time/],
      ["2026-05-01T24:00:00Z", /there is no such day or time/],
      ["2026-05-01T12:60:00Z", /there is no such day or time/],
      ["2026-05-01T12:00:00+24:00", /is no offset of a zone/],
      ["1969-12-31T23:59:59Z", /packets have times from 1970 to 2106/],
      ["4294967296", /packets have times from 1970 to 2106/],
      ["99999999999", /write 2026/],
      ["-x", /write a number of seconds/],
      ["-25d", /it must be from/],
    ],
  });
});

Deno.test("resolvePointInTime() counts back from now, not below 1970", () => {
  const now = NOON * 1000 + 250;
  assert.deepEqual(
    resolvePointInTime({ kind: "ago", milliseconds: 500 }, now),
    { seconds: NOON - 1, nanoseconds: 750_000_000 },
  );
  assert.deepEqual(
    resolvePointInTime({ kind: "ago", milliseconds: 1e9 }, 5),
    { seconds: 0, nanoseconds: 0 },
  );
  assert.deepEqual(
    resolvePointInTime(absolute(7, 8), now),
    { seconds: 7, nanoseconds: 8 },
  );
});

function absolute(
  seconds: number,
  nanoseconds: number,
): { kind: "absolute"; seconds: number; nanoseconds: number } {
  return { kind: "absolute", seconds, nanoseconds };
}
