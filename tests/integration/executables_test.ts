// The executables alone, on a machine that holds nothing else: the C and C++ libraries, libnetfilter_log, /proc, and no shell, no /tmp, no Deno.
import assert from "node:assert/strict";
import { addonPath, findTarget } from "../../scripts/build/target.ts";
import { BareRoot } from "../helpers/bare_root.ts";
import { buildExecutables } from "../helpers/executables.ts";
import {
  canUseNamespaces,
  type Namespace,
  openNamespace,
} from "../helpers/namespace.ts";
import { runCommand, type RunningProcess } from "../helpers/process.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { ENDPOINT, flood, GROUP, inputRules, judge } from "./pipe.ts";

const PROGRAMS = ["nflog-zmq-send", "nflog-pcap-recv", "nflog-zmq"];
const built = await buildExecutables(PROGRAMS);
const ignore = built === undefined || !canUseNamespaces();

const TOP = new URL("../../", import.meta.url).pathname;
const LIBZMQ = `${TOP}${addonPath(findTarget(Deno.build.arch))}`;

/** Every program: two as executables of their own, the others as names of the one that is all. */
function openRoot(libraries: readonly string[]): Promise<BareRoot> {
  assert.ok(built);
  const programs = Object.fromEntries(
    PROGRAMS.map((name) => [name, built.path(name)]),
  );
  const links = Object.fromEntries(
    [
      "nflog-zmq-compress",
      "nflog-zmq-decompress",
      "nflog-pcap-query",
      "nflog-pcap-dump",
    ]
      .map((name) => [name, "nflog-zmq"]),
  );
  return BareRoot.open({ programs, links, libraries, needing: [LIBZMQ] });
}

/** Runs a program inside to its end, with an empty environment. */
async function runInside(
  root: BareRoot,
  program: string,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  await using namespace = await openNamespace();
  await using running = namespace.spawn(root.command(program, args));
  const { code, stdout, stderr } = await running.finish();
  return { code, stdout: new TextDecoder().decode(stdout), stderr };
}

Deno.test({
  name:
    "executables need no more than the C and C++ libraries to say what they are",
  ignore,
}, async () => {
  using root = await openRoot([]);
  const { version } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  for (
    const name of ["nflog-zmq-send", "nflog-pcap-recv", "nflog-zmq-compress"]
  ) {
    const { code, stdout, stderr } = await runInside(root, name, "--version");
    assert.deepEqual([code, stderr], [0, ""]);
    const [first, libzmq, deno] = stdout.split("\n");
    assert.ok(first?.startsWith(`${name} ${version} (`), first);
    assert.equal(libzmq, "libzmq 4.3.5");
    assert.match(deno ?? "", /^Deno \d/);
  }
});

Deno.test({
  name: "a sender without libnetfilter_log says so in one line",
  ignore,
}, async () => {
  using root = await openRoot([]);
  const { code, stderr } = await runInside(
    root,
    "nflog-zmq-send",
    "5",
    ENDPOINT,
  );
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^nflog-zmq-send: Cannot load libnetfilter_log\.so\.1: .*Install libnetfilter-log1 .*\n$/,
  );
});

Deno.test({
  name: "a program that can not load libzmq says so in one line",
  ignore,
}, async () => {
  using root = await openRoot([]);
  await root.drop("libstdc++.so.6");
  const { code, stderr } = await runInside(
    root,
    "nflog-pcap-recv",
    ENDPOINT,
    "/run/x",
  );
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^nflog-pcap-recv: Cannot load libzmq: .*It needs libstdc\+\+.*\n$/,
  );
});

/** Starts a program inside and waits until everything is open. */
async function start(
  namespace: Namespace,
  root: BareRoot,
  [program, ...args]: readonly [string, ...string[]],
): Promise<RunningProcess> {
  const running = namespace.spawn(root.command(program, args));
  await running.waitForLine(/\b(Sending|Receiving|Relaying)\b/);
  return running;
}

Deno.test({
  name:
    "packets cross from the kernel through relays into a FIFO by executables alone",
  ignore,
}, async () => {
  const count = 5000;
  using root = await openRoot(["libnetfilter_log.so.1"]);
  using directory = openTempDir();
  await using namespace = await openNamespace();
  await namespace.nft(inputRules());
  const fifo = root.path("run/ids.pcap");
  await runCommand({ program: "mkfifo", args: [fifo] });
  await using receiver = await start(namespace, root, [
    "nflog-pcap-recv",
    "tcp://127.0.0.1:5557",
    "/run/ids.pcap",
  ]);
  await using decompress = await start(namespace, root, [
    "nflog-zmq-decompress",
    "tcp://127.0.0.1:5556",
    "tcp://127.0.0.1:5557",
  ]);
  await using compress = await start(namespace, root, [
    "nflog-zmq-compress",
    "--lwm",
    "0.001",
    "--hwm",
    "0",
    ENDPOINT,
    "tcp://127.0.0.1:5556",
  ]);
  const user = Deno.uid() === 0 ? ["--user", "nobody"] : [];
  await using sender = await start(namespace, root, [
    "nflog-zmq-send",
    ...user,
    String(GROUP),
    ENDPOINT,
  ]);
  if (user.length > 0) {
    const status = await Deno.readTextFile(`/proc/${sender.pid}/status`);
    assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
  }
  const file = directory.join("out.pcap");
  await using reader = namespace.spawn({
    program: "sh",
    args: ["-c", 'exec cat "$0" >"$1"', fifo, file],
  });
  await flood(namespace, { count });
  for (const program of [sender, compress, decompress, receiver]) {
    const { code, stderr } = await program.stop();
    assert.equal(code, 0, `${program.title}\n${stderr}`);
  }
  const [, received, sent] =
    /Totals .*\breceived_bytes=(\d+) .*\bsent_bytes=(\d+)/
      .exec(compress.stderrText) ?? [];
  assert.ok(Number(sent) < Number(received), compress.stderrText);
  assert.equal((await reader.finish()).code, 0);
  assert.deepEqual(judge(file, { count, size: 100 }), {
    packets: count,
    missing: 0,
    wrong: 0,
  });
});
