import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ProgressLine } from "../../lib/cli/progress_line.ts";
import { parseQueryCommand } from "../../lib/cli/query_command.ts";
import { queryOf } from "../../lib/cli/query_of.ts";
import { formatQueryStats } from "../../lib/cli/query_table.ts";
import { formatQuery } from "../../lib/roles/query_request.ts";
import { splitArgs } from "./check_command.ts";

Deno.test("queryOf() makes of options what the receiver reads", () => {
  const cases: Record<string, object> = {
    "": {},
    "--last 30s": { since: -30 },
    "--since -5m --until now": { since: -300, until: "now" },
    "--since 2026-05-01T12:00:00.0000001Z": {
      since: 1_777_636_800.000001,
    },
    "--until 2026-05-01T12:00:00.0000019Z": {
      until: 1_777_636_800.000001,
    },
    "--around 1777636800 --plus 1 --minus 2": {
      ...{ around: 1_777_636_800, minus: 2, plus: 1 },
    },
    "--group 5 --prefix web --sensor gw --filter tcp": {
      ...{ group: 5, prefix: "web", sensor: "gw", filter: "tcp" },
    },
    "--max-packets 5 --max-bytes 1MiB": { maxPackets: 5, maxBytes: 1_048_576 },
  };
  for (const [line, expected] of Object.entries(cases)) {
    const { selection } = parseQueryCommand(splitArgs(`${line} ipc:///q`));
    const fields = formatQuery(queryOf(selection));
    deepEqual(fields, expected, line);
  }
});

Deno.test("formatQueryStats() shows what a receiver says, harmless, with what is missing left out", () => {
  const text = formatQueryStats({
    window: {
      size_bytes: 256 * 1024 * 1024,
      held_bytes: 64 * 1024 * 1024,
      held_packets: 1234567,
      held_frames: 800,
      expired_packets: 12,
      first: "2026-05-01T12:00:00.000000Z",
      last: "2026-05-01T12:05:00.000000Z",
    },
    held_sensors: {
      "gw\x1b[2J": { held_packets: 5, held_frames: 1, held_bytes: 1048576 },
    },
    ledger: {
      totals: { received: 7, lost_in_transit: 1 },
      sensors: { "gw/1": { state: "sending", sent: 8, received: 7 } },
    },
  });
  match(text, /^window +64\.0 of 256\.0 MiB \(25 %\)$/m);
  match(text, /^holds +1234567 packets in 800 frames$/m);
  match(text, /^from +2026-05-01T12:00:00\.000000Z$/m);
  match(text, /^gw\\u001b\[2J +5 +1 +1\.0 +- +-$/m);
  match(text, /^lost_in_transit +1$/m);
  match(text, /^gw\/1 +sending +8 +7 +- +- +- +-$/m);
  ok(!text.includes("\x1b"));
  for (const odd of [{}, { window: 3, held_sensors: null, ledger: [] }]) {
    match(formatQueryStats(odd), /^window +- of - MiB \(-\)$/m);
  }
});

Deno.test("ProgressLine shows long answers only, not too often, and clears itself", () => {
  const written: string[] = [];
  let now = 0;
  const options = {
    write: (text: string): void => void written.push(text),
    monotonic: (): number => now,
  };
  {
    using line = new ProgressLine(options);
    line.show({ bytes: 100, done: 1, total: 2 });
    now = 400;
    line.show({ bytes: 100, done: 1, total: 2 });
  }
  deepEqual(written, []);
  now = 0;
  {
    using line = new ProgressLine(options);
    now = 1000;
    line.show({ bytes: 0, done: 0, total: 0 });
    now = 1100;
    line.show({ bytes: 3_000_000, done: 1, total: 4 });
    now = 2000;
    line.show({ bytes: 10 * 1024 * 1024, done: 1, total: 4 });
  }
  deepEqual(written, [
    "\r\x1b[Kwaiting for the receiver, 0.0 MiB, 0.0 MiB/s",
    "\r\x1b[K25 % of the window, 10.0 MiB, 5.0 MiB/s",
    "\r\x1b[K",
  ]);
  equal(written.length, 3);
});
