// The executables alone, on a machine that holds nothing else: the C library with libgcc_s, libnetfilter_log, /proc, and no shell, no /tmp, no Deno.
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
function openRoot(
  libraries: readonly string[] = [],
  needing: readonly string[] = [],
): Promise<BareRoot> {
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
      "nflog-extcap",
    ]
      .map((name) => [name, "nflog-zmq"]),
  );
  return BareRoot.open({ programs, links, libraries, needing });
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
  name: "executables need no more than the C library to say what they are",
  ignore,
}, async () => {
  using root = await openRoot();
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
  name: "executables leave no file behind, in /tmp or anywhere else",
  ignore,
}, async () => {
  using root = await openRoot();
  await Deno.mkdir(root.path("tmp"));
  await Deno.chmod(root.path("tmp"), 0o777);
  const list = (): Promise<string> =>
    runCommand({ program: "find", args: [root.path("")] });
  const before = await list();
  for (const name of ["nflog-pcap-recv", "nflog-zmq-send"]) {
    const { code } = await runInside(root, name, "--version");
    assert.equal(code, 0);
  }
  const { code } = await runInside(
    root,
    "nflog-zmq-send",
    ...["5", "ipc:///run/x"],
  );
  assert.equal(code, 1);
  assert.equal(await list(), before);
});

Deno.test({
  name: "a sender without libnetfilter_log says so in one line",
  ignore,
}, async () => {
  using root = await openRoot();
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

/** Starts a program inside and waits until everything is open. */
async function start(
  { namespace, root }: Machine,
  ...[program, ...args]: [string, ...string[]]
): Promise<RunningProcess> {
  const running = namespace.spawn(root.command(program, args));
  await running.waitForLine(/\b(Sending|Receiving|Relaying)\b/);
  return running;
}

/** Ends a program as an operator would. */
async function stop(program: RunningProcess): Promise<void> {
  const { code, stderr } = await program.stop();
  assert.equal(code, 0, `${program.title}\n${stderr}`);
}

/** Starts a receiver inside and tells which files of a name are in its memory. */
async function listMapped(root: BareRoot, name: string): Promise<string[]> {
  await using namespace = await openNamespace();
  const args = ["ipc:///run/data", "/run/out.pcap"] as const;
  await using running = await start(
    { namespace, root },
    ...["nflog-pcap-recv", ...args] as const,
  );
  const maps = await Deno.readTextFile(`/proc/${running.pid}/maps`);
  await stop(running);
  const lines = maps.split("\n").filter((line) => line.includes(name));
  return Array.from(new Set(lines.map((line) => line.replace(/^.{73}/, ""))));
}

Deno.test({
  name: "executables bring the C++ library for hosts that have none",
  ignore,
}, async () => {
  using bare = await openRoot();
  const files = await runCommand({ program: "find", args: [bare.path("")] });
  assert.doesNotMatch(files, /\/lib(stdc\+\+|zmq|node|sodium)[^/]*$/m);
  assert.deepEqual(await listMapped(bare, "libstdc++"), [
    "/memfd:libstdc++.so.6 (deleted)",
  ]);
  using usual = await openRoot([], [LIBZMQ]);
  const [host, ...more] = await listMapped(usual, "libstdc++");
  assert.match(host ?? "", /\/lib\/.*\/libstdc\+\+\.so\.6$/);
  assert.deepEqual(more, []);
});

/** Asks the receiver for its window until all packets are in it; gives the answer as a capture file. */
async function query(machine: Machine, file: string): Promise<void> {
  const { namespace, root } = machine;
  const deadline = performance.now() + 20_000;
  const args = ["-w", "-", "ipc:///run/query"];
  for (;;) {
    await using asking = namespace.spawn(
      root.command("nflog-pcap-query", args),
    );
    const { code, stdout, stderr } = await asking.finish();
    assert.equal(code, 0, stderr);
    await Deno.writeFile(file, stdout);
    if (judge(file, FLOOD).packets >= FLOOD.count) return;
    assert.ok(performance.now() < deadline, "the window does not fill");
  }
}

/** Where the programs run. */
interface Machine {
  namespace: Namespace;
  root: BareRoot;
}

const FLOOD = { count: 5000, size: 100 } as const;
const WHOLE = { packets: FLOOD.count, missing: 0, wrong: 0 };
const [SECOND, THIRD] = ["tcp://127.0.0.1:5556", "tcp://127.0.0.1:5557"];

Deno.test({
  name:
    "packets cross from the kernel through relays into a FIFO and a window by executables alone",
  ignore,
}, async () => {
  using root = await openRoot(["libnetfilter_log.so.1"]);
  using directory = openTempDir();
  await using namespace = await openNamespace();
  await namespace.nft(inputRules());
  const fifo = root.path("run/ids.pcap");
  await runCommand({ program: "mkfifo", args: [fifo] });
  const machine = { namespace, root };
  await using receiver = await start(
    machine,
    "nflog-pcap-recv",
    ...["--buffer-interface", "ipc:///run/query", "--buffer-window", "16"],
    ...[THIRD, "/run/ids.pcap"],
  );
  await using decompress = await start(
    machine,
    ...["nflog-zmq-decompress", SECOND, THIRD] as const,
  );
  await using compress = await start(
    machine,
    ...["nflog-zmq-compress", "--lwm", "0.001", "--hwm", "0"] as const,
    ...[ENDPOINT, SECOND],
  );
  const user = Deno.uid() === 0 ? ["--user", "nobody"] : [];
  await using sender = await start(
    machine,
    ...["nflog-zmq-send", ...user, String(GROUP), ENDPOINT] as const,
  );
  if (user.length > 0) {
    const status = await Deno.readTextFile(`/proc/${sender.pid}/status`);
    assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
  }
  const file = directory.join("out.pcap");
  await using reader = namespace.spawn({
    program: "sh",
    args: ["-c", 'exec cat "$0" >"$1"', fifo, file],
  });
  await flood(namespace, FLOOD);
  // A relay that compresses holds the last packets until it ends.
  for (const program of [sender, compress, decompress]) await stop(program);
  await query(machine, directory.join("window.pcap"));
  assert.deepEqual(judge(directory.join("window.pcap"), FLOOD), WHOLE);
  await stop(receiver);
  const [, received, sent] =
    /Totals .*\breceived_bytes=(\d+) .*\bsent_bytes=(\d+)/
      .exec(compress.stderrText) ?? [];
  assert.ok(Number(sent) < Number(received), compress.stderrText);
  assert.equal((await reader.finish()).code, 0);
  assert.deepEqual(judge(file, FLOOD), WHOLE);
});
