import assert from "node:assert/strict";
import {
  bytes,
  formatDuration,
  mebibytes,
  mebibytesPerSecond,
  megabytes,
  seconds,
  wholeNumber,
} from "../../../lib/cli/values/mod.ts";
import { checkValues } from "./check_values.ts";

const MIB = 1024 * 1024;

Deno.test("mebibytes() takes MiB or a unit and gives bytes", () => {
  checkValues(mebibytes(), {
    good: [
      ["64", 64 * MIB],
      ["0.5", MIB / 2],
      [".25", MIB / 4],
      ["10.0", 10 * MIB],
      ["512KiB", 512 * 1024],
      ["512 kib", 512 * 1024],
      ["1GiB", 1024 * MIB],
      ["130752B", 130752],
      ["3MB", 3_000_000],
    ],
    bad: [
      ["", /write a number of MiB, such as 64 or 0.5, or one with its unit/],
      ["abc", /^Cannot read size "abc": write a number of MiB/],
      ["-5", /write a number of MiB/],
      ["1e3", /its unit is none of|write a number/],
      ["0x10", /write a number|its unit/],
      ["5 parsecs", /its unit is none of B, KiB, MiB, GiB/],
      ["5M", /its unit is none of B, KiB, MiB, GiB/],
      ["0", /it must be from .* to /],
      ["1048577GiB", /it must be from .* to 1048576 MiB$/],
      ["1\u001b[2J", /Cannot read size "1\\u001b\[2J"/],
      ["9".repeat(400), /…/],
      [" 5", /write a number/],
      ["5\n", /write a number/],
    ],
  });
});

Deno.test("mebibytes() says its limits in MiB where that is short", () => {
  const result = mebibytes({ min: MIB, max: 4 * MIB }).parse("5");
  assert.ok(!result.success);
  assert.deepEqual(result.error, [{
    type: "text",
    text: 'Cannot read size "5": it must be from 1 MiB to 4 MiB',
  }]);
});

Deno.test("bytes() takes bytes or a unit", () => {
  checkValues(bytes(), {
    good: [["1000000", 1_000_000], ["64MiB", 64 * MIB], ["1.5kB", 1500]],
    bad: [["x", /write a number of bytes/], ["0", /must be from 1 B/]],
  });
});

Deno.test("megabytes() takes millions of bytes, as tcpdump does", () => {
  checkValues(megabytes(), {
    good: [["100", 100_000_000], ["1MiB", MIB]],
    bad: [["x", /write a number of megabytes/]],
  });
});

Deno.test("mebibytesPerSecond() takes 0 for no limit", () => {
  checkValues(mebibytesPerSecond(), {
    good: [
      ["0", 0],
      ["1.0", MIB],
      ["5", 5 * MIB],
      ["512KiB/s", 512 * 1024],
      ["100 b/s", 100],
    ],
    bad: [
      ["fast", /write a number of MiB\/s/],
      ["5MiB", /its unit is none of B\/s, KiB\/s, MiB\/s, GiB\/s/],
      ["-1", /write a number of MiB\/s/],
    ],
  });
});

Deno.test("seconds() takes seconds or a unit and gives milliseconds", () => {
  checkValues(seconds(), {
    good: [
      ["30", 30_000],
      ["30s", 30_000],
      ["0.5", 500],
      ["200ms", 200],
      ["5m", 300_000],
      ["5min", 300_000],
      ["1h", 3_600_000],
      ["2d", 172_800_000],
      ["1.0005", 1001],
    ],
    bad: [
      ["", /write a number of seconds/],
      ["soon", /write a number of seconds, such as 30 or 0.5/],
      ["5y", /its unit is none of ms, s, min, m, h, d/],
      ["0", /it must be from 0.001 s to 2073600 s$/],
      ["25d", /it must be from/],
      ["-1s", /write a number of seconds/],
    ],
  });
});

Deno.test("seconds() rounds to its step", () => {
  const parser = seconds({ min: 0, max: 3_600_000, step: 10 });
  checkValues(parser, {
    good: [["0.01", 10], ["0.014", 10], ["0.015", 20], ["0.004", 0], [
      "2",
      2000,
    ]],
    bad: [["3601", /it must be from 0 s to 3600 s/]],
  });
});

Deno.test("formatDuration() writes seconds, and milliseconds for what is finer", () => {
  assert.equal(formatDuration(10), "0.01 s");
  assert.equal(formatDuration(200), "0.2 s");
  assert.equal(formatDuration(5000), "5 s");
  assert.equal(formatDuration(0.5), "0.5 ms");
});

Deno.test("wholeNumber() takes decimal digits within its limits", () => {
  checkValues(wholeNumber({ metavar: "COUNT", max: 1_000_000 }), {
    good: [["1", 1], ["256", 256], ["1000000", 1_000_000], ["007", 7]],
    bad: [
      ["0", /^Cannot read number "0": write a whole number from 1 to 1000000$/],
      ["1000001", /from 1 to 1000000/],
      ["1.5", /write a whole number/],
      ["-1", /write a whole number/],
      ["", /write a whole number/],
      ["1e3", /write a whole number/],
      ["٣", /write a whole number/],
    ],
  });
});
