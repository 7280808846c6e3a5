import assert from "node:assert/strict";
import { formatFileName } from "../../lib/roles/file_name_pattern.ts";
import { FileSeries } from "../../lib/roles/file_series.ts";

const CONVERSIONS =
  "%a %A %b %B %d %F %H %I %j %m %M %p %R %s %S %T %u %w %y %Y %z %%";

Deno.test("formatFileName() makes the conversions that date(1) makes", async () => {
  for (const time of [0, 951_786_000, 1_767_225_599, 1_793_000_000]) {
    const { stdout } = await new Deno.Command("date", {
      args: ["-d", `@${time}`, `+${CONVERSIONS}`],
      env: { LC_ALL: "C" },
    }).output();
    const expected = new TextDecoder().decode(stdout).trimEnd();
    assert.equal(formatFileName(CONVERSIONS, new Date(time * 1000)), expected);
  }
});

Deno.test("formatFileName() leaves what it does not know as it is", () => {
  const date = new Date(2026, 4, 1, 2, 3, 4);
  assert.equal(formatFileName("50% %q a%", date), "50% %q a%");
  assert.equal(formatFileName("x-%H%M%S.pcap", date), "x-020304.pcap");
});

function namesOf(series: FileSeries, dates: Date[]): [string[], string[]] {
  const surplus: string[] = [];
  const names = dates.map((date) => {
    const next = series.next(date);
    if (next.surplus !== undefined) surplus.push(next.surplus);
    return next.path;
  });
  return [names, surplus];
}

const HOURS = [1, 1, 2, 3].map((hour) => new Date(2026, 4, 1, hour));

Deno.test("a series by size numbers its files as tcpdump does", () => {
  const series = new FileSeries({
    ...{ pattern: "a%H.pcap", hasTimes: false, maxFiles: undefined },
  });
  const names = ["a%H.pcap", "a%H.pcap1", "a%H.pcap2", "a%H.pcap3"];
  assert.deepEqual(namesOf(series, HOURS), [names, []]);
});

Deno.test("a series by time numbers only what has the same name, and gives up the oldest", () => {
  const series = new FileSeries({
    ...{ pattern: "%H", hasTimes: true, maxFiles: 2 },
  });
  const names = ["01", "011", "02", "03"];
  assert.deepEqual(namesOf(series, HOURS), [names, ["01", "011"]]);
});

Deno.test("a file whose name comes again counts as the newest", () => {
  const series = new FileSeries({
    ...{ pattern: "%H", hasTimes: true, maxFiles: 2 },
  });
  const dates = [1, 2, 1, 3].map((hour) => new Date(2026, 4, 1, hour));
  assert.deepEqual(namesOf(series, dates), [["01", "02", "01", "03"], ["02"]]);
});
