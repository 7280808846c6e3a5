// nflog-pcap-dump on the real kernel, and on files of other people.
import assert from "node:assert/strict";
import {
  canUseNamespaces,
  type Namespace,
  openNamespace,
} from "../helpers/namespace.ts";
import { RunningProcess } from "../helpers/process.ts";
import {
  programCommand,
  type RunningProgram,
  startProgram,
} from "../helpers/programs.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { canRun, findTraces, run, tsharkFields } from "../pcap/tools.ts";
import { flood, PORT } from "./pipe.ts";

const ignore = !canUseNamespaces();
const judges = canRun("tshark", "capinfos", "tcpdump");
const ENV = { TZ: "UTC" };

const RULES = `table inet t {
  chain i {
    type filter hook input priority 0
    udp dport ${PORT} log group 5 prefix "to port" drop
    meta l4proto icmp log group 6
  }
  chain o {
    type filter hook output priority 0
    udp dport ${PORT} meta mark set 0x2a log group 6 prefix "out"
  }
}
`;

async function openRuled(): Promise<Namespace> {
  const namespace = await openNamespace();
  await namespace.nft(RULES);
  return namespace;
}

function startDump(
  namespace: Namespace,
  ...args: string[]
): Promise<RunningProgram> {
  const options = { namespace, env: ENV, ready: /\bDumping\b/ };
  return startProgram("dump", args, options);
}

function sendText(namespace: Namespace, text: string): Promise<string> {
  const to = `UDP:127.0.0.1:${PORT}`;
  return namespace.run("socat", ["-u", "-", to], text);
}

Deno.test({
  name:
    "the dump prints packets like tcpdump, with prefix, interfaces, owner and mark, and ends like tcpdump",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  await using dump = await startDump(namespace, "5,6");
  await sendText(namespace, "hello");
  const TIME = String.raw`^\d\d:\d\d:\d\d\.\d{6}`;
  const SUMMARY = String
    .raw`IP 127\.0\.0\.1\.\d+ > 127\.0\.0\.1\.9999: UDP, length 5`;
  const from = { from: "stdout" } as const;
  const printed = dump.process;
  await printed.waitForLine(
    new RegExp(`${TIME} 6 "out" →lo ${SUMMARY} uid=\\d+ gid=\\d+ mark=0x2a$`),
    from,
  );
  await printed.waitForLine(
    new RegExp(`${TIME} 5 "to port" lo→ ${SUMMARY} mark=0x2a$`),
    from,
  );
  const { code, stderr, stats } = await dump.stop("SIGINT");
  assert.equal(code, 0);
  assert.match(
    stderr,
    /\n2 packets captured\n2 packets received by filter\n0 packets dropped by kernel\n/,
  );
  const { captured, kernel_dropped, dumped, filtered } = stats?.totals ?? {};
  assert.deepEqual([captured, kernel_dropped, dumped, filtered], [2, 0, 2, 0]);
  const { captured_bytes = 0, ...group } = stats?.groups?.["5"] ?? {};
  assert(captured_bytes > 0);
  assert.deepEqual(group, { captured: 1, own_dropped: 0, kernel_dropped: 0 });
});

Deno.test({
  name: "the dump colours its lines on a terminal, unless NO_COLOR says not to",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  const { program, args = [], env } = programCommand("dump", ["-c", "1", "5"]);
  const terminal = "import os,pty,sys; os.environ.pop('NO_COLOR' if " +
    "sys.argv[1] == 'colour' else '', 0); pty.spawn(sys.argv[2:])";
  const lines: string[] = [];
  for (const colour of ["colour", "plain"]) {
    await using dump = namespace.spawn({
      program: "python3",
      args: ["-c", terminal, colour, program, ...args],
      env: { ...env, ...ENV },
    });
    await dump.waitForLine(/Dumping/, { from: "stdout" });
    await sendText(namespace, "hello");
    const { stdout } = await dump.finish();
    const printed = new TextDecoder().decode(stdout).split("\r\n");
    lines.push(printed.find((line) => line.includes("UDP")) ?? "");
  }
  const [colour = "", plain = ""] = lines;
  assert(colour.includes('\x1b[36m5\x1b[0m \x1b[32m"to port"\x1b[0m'));
  assert.match(plain, / 5 "to port" lo→ IP /);
  assert(!plain.includes("\x1b"));
});

Deno.test({
  name:
    "the dump ends by itself after -c packets, keeps -s bytes of each, and takes what --filter matches",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  using directory = openTempDir();
  const path = directory.join("out.pcap");
  await using dump = await startDump(
    namespace,
    ...["-c", "3", "-s", "24", "--filter", "udp and less 60", "-w", path, "5"],
  );
  await flood(namespace, { count: 2, size: 100 });
  for (const text of ["one", "two", "three", "four"]) {
    await sendText(namespace, text);
  }
  const { code, stats, stdout } = await dump.finish();
  assert.equal(code, 0);
  assert.equal(stdout.length, 0);
  const { dumped, filtered, written, stalled_dropped } = stats?.totals ?? {};
  assert.deepEqual([dumped, filtered, written, stalled_dropped], [3, 2, 3, 0]);
  if (!judges) return;
  const rows = await tsharkFields(path, ["frame.len", "frame.cap_len"]);
  assert.deepEqual(rows, [["31", "24"], ["31", "24"], ["33", "24"]]);
});

Deno.test({
  name:
    "the dump prints JSON and writes at the same time, and says where packets were lost",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  using directory = openTempDir();
  const path = directory.join("out.pcapng");
  await using dump = await startDump(
    namespace,
    ...["--libnflog-nlbufsiz", "0.01", "--print", "--json"],
    ...["-w", path, "--format", "pcapng", "5"],
  );
  await flood(namespace, { count: 60_000, size: 1000 });
  // A loss shows at the next packet that is read, and the next one can be lost too.
  let sent = 60_000;
  for (let told = 0; told < sent;) {
    await sendText(namespace, "one more");
    sent++;
    const { captured = 0, kernel_dropped = 0 } = (await dump.totals()).totals;
    told = captured + kernel_dropped;
    if (sent > 60_100) break;
  }
  const { code, stdout, stats } = await dump.stop();
  assert.equal(code, 0);
  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
  const objects = lines.map((line) => JSON.parse(line));
  const { captured = 0, kernel_dropped = 0, written } = stats?.totals ?? {};
  assert.equal(captured + kernel_dropped, sent);
  assert.equal(objects.length, captured);
  assert.equal(written, captured);
  const told = objects.reduce(
    (sum, { lost_before = 0 }) => sum + lost_before,
    0,
  );
  assert.equal(told, kernel_dropped);
  const { prefix, hook, length } = objects[0];
  assert.deepEqual([prefix, hook, length], ["to port", "input", 1000]);
  assert.equal(objects[0].in, "lo");
  if (!judges) return;
  const rows = await tsharkFields(path, ["frame.drop_count"]);
  const drops = rows.reduce((sum, [count]) => sum + Number(count), 0);
  assert.equal(rows.length, captured);
  assert.equal(drops, kernel_dropped);
});

Deno.test({
  name:
    "the dump begins new files by time while nothing comes, and keeps so many",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  using directory = openTempDir();
  await using dump = await startDump(
    namespace,
    ...["-w", directory.join("%s.pcap"), "-G", "1", "-W", "2", "5"],
  );
  const first = await dump.process.waitForLine(/Writing file=\S+\.pcap/);
  const second = Number(/(\d+)\.pcap/.exec(first)?.[1]);
  await dump.process.waitForLine(new RegExp(`/${second + 3}\\.pcap`));
  await sendText(namespace, "into the last one");
  const { code, stats } = await dump.stop();
  assert.equal(code, 0);
  assert.equal(stats?.totals["written"], 1);
  const files = (await Array.fromAsync(Deno.readDir(directory.path)))
    .map(({ name }) => name);
  assert.equal(files.length, 2);
  if (!judges) return;
  let packets = 0;
  for (const name of files) {
    const { code, stdout } = await run(
      "capinfos",
      "-M",
      "-c",
      directory.join(name),
    );
    assert.equal(code, 0);
    packets += Number(/Number of packets: +(\d+)/.exec(stdout)?.[1]);
  }
  assert.equal(packets, 1);
});

Deno.test({
  name:
    "the dump writes every format of a capture by other people, and all judges agree about each file",
  ignore: !judges,
}, async () => {
  using directory = openTempDir();
  for (const trace of findTraces(".pcap") ?? []) {
    const { size } = await Deno.stat(trace);
    if (trace.pathname.includes("bad-tlv") || size > 100_000) continue;
    const packets = await tcpdumpCount(trace.pathname);
    if (packets === undefined) continue;
    for (const format of ["pcap", "pcapng", "nflog"]) {
      const path = directory.join(`out.${format}`);
      await using process = new RunningProcess(programCommand("dump", [
        ...["--format", format, "-w", path, `pcap:${trace.pathname}`],
      ]));
      const { code, stderr } = await process.finish();
      assert.equal(code, 0, `${trace.pathname}: ${stderr}`);
      assert.equal(
        await tcpdumpCount(path),
        packets,
        `${trace.pathname} as ${format}`,
      );
      const { code: verdict, stdout } = await run("capinfos", "-M", "-c", path);
      assert.equal(verdict, 0);
      assert.match(stdout, new RegExp(`Number of packets: +${packets}\\n`));
      const rows = await tsharkFields(path, ["frame.number"]);
      assert.equal(rows.length, packets);
    }
  }
});

/** Packets that tcpdump reads; undefined for a file that it refuses. */
async function tcpdumpCount(path: string): Promise<number | undefined> {
  const { code, stdout } = await run("tcpdump", "-nr", path, "-t", "-q");
  return code === 0 ? stdout.split("\n").length - 1 : undefined;
}

Deno.test("the dump ends when nobody reads what it prints", async () => {
  const [trace] = findTraces("206_example_a.pcap") ?? [];
  if (trace === undefined) return;
  const { program, args = [] } = programCommand("dump", [
    `pcap:${trace.pathname}`,
  ]);
  const line = [program, ...args].map((word) => `'${word}'`).join(" ");
  const { code, stdout, stderr } = await run(
    "bash",
    "-o",
    "pipefail",
    "-c",
    `${line} | head -n 3`,
  );
  assert.equal(code, 0, stderr);
  assert.equal(stdout.trimEnd().split("\n").length, 3);
});

Deno.test("the dump says what is wrong with a filter, a FIFO that should rotate and a file that is none, before it begins", async () => {
  using directory = openTempDir();
  const fifo = directory.join("fifo");
  await run("mkfifo", fifo);
  const empty = directory.join("empty");
  await Deno.writeTextFile(
    empty,
    "no capture at all, but long enough to be one",
  );
  const cases: [string[], number, RegExp][] = [
    [
      ["--filter", "tcp and and", `pcap:${empty}`],
      2,
      /Cannot use the filter: /,
    ],
    [["-w", fifo, "-C", "1", `pcap:${empty}`], 2, /-w names a FIFO/],
    [[`pcap:${empty}`], 1, /Cannot read the pcap header/],
    [[`pcap:${directory.join("none")}`], 1, /No such file/],
  ];
  for (const [args, expected, message] of cases) {
    await using process = new RunningProcess(programCommand("dump", args));
    const { code, stderr } = await process.finish();
    assert.equal(code, expected, stderr);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n {4}at /);
  }
});

Deno.test({
  name:
    "a dump into a FIFO that nobody reads ends when it is told to, and says what was lost",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  using directory = openTempDir();
  const fifo = directory.join("fifo");
  await run("mkfifo", fifo);
  await using dump = await startDump(namespace, "-w", fifo, "5");
  await flood(namespace, { count: 20_000, size: 1000 });
  const { code, stats } = await dump.stop();
  assert.equal(code, 0);
  const { captured, kernel_dropped = 0, dumped, written, stalled_dropped } =
    stats?.totals ?? {};
  assert.equal((captured ?? 0) + kernel_dropped, 20_000);
  assert.equal(dumped, captured);
  assert.equal(written, 0);
  assert.equal(stalled_dropped, captured);
});
