// The programs in docs/query.md do what the page says they do.
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { canPlayOriginal } from "../helpers/old_host.ts";
import { type FinishedProcess, RunningProcess } from "../helpers/process.ts";
import { PACKETS, Receiver } from "./query_receiver.ts";

const PAGE = new URL("../../docs/query.md", import.meta.url);
const PYTHON = "/usr/bin/python3";
const ENDPOINT = "ipc:///run/nflog/query";
const FILTER = "host 192.0.2.7 and tcp port 443";

/** Reads the Python programs of the page. */
async function readExamples(): Promise<string[]> {
  const text = await Deno.readTextFile(PAGE);
  return [...text.matchAll(/^```python\n([^]*?)^```$/gm)].map(([, code = ""]) =>
    code
  );
}

/** Runs a program with other texts in it, each of which must be there. */
async function run(
  code: string,
  changes: Readonly<Record<string, string>>,
  directory: string,
): Promise<FinishedProcess> {
  let changed = code;
  for (const [old, text] of Object.entries(changes)) {
    ok(changed.includes(old), old);
    changed = changed.replace(old, text);
  }
  await using running = new RunningProcess({
    program: "env",
    args: ["-C", directory, PYTHON, "-c", changed],
  });
  return await running.finish();
}

Deno.test({
  name: "the Python programs of docs/query.md get what nflog-pcap-query gets",
  ignore: !canPlayOriginal(),
}, async () => {
  const [plain = "", split = "", ...rest] = await readExamples();
  equal(rest.length, 0);
  await using bed = await Receiver.start();
  const { path } = bed.directory;
  const here = { [ENDPOINT]: bed.endpoint };
  // The packets are of 2023.
  const always = { ...here, '"last": 30': '"since": 0' };
  const first = await run(plain, always, path);
  equal(first.code, 0, first.stderr);
  const expected = await bed.query("--filter", FILTER);
  ok(expected.stdout.length > 1000);
  deepEqual(await bed.read("alert.pcap"), expected.stdout);
  const wrong = await run(plain, { ...always, "tcp port": "tcp prot" }, path);
  equal(wrong.code, 1);
  match(wrong.stderr, /^Cannot use the filter: .*syntax error/);
  const second = await run(split, { ...here, "-3600": "0" }, path);
  equal(second.code, 0, second.stderr);
  equal(new TextDecoder().decode(second.stdout), `${PACKETS} packets\n`);
  const hour = await bed.query("--format", "pcapng");
  deepEqual(await bed.read("hour.pcapng"), hour.stdout);
  const refused = await run(split, { ...here, "-3600": '"soon"' }, path);
  equal(refused.code, 1);
  match(refused.stderr, /since is "soon", not seconds since 1970/);
});
