// What Deno, and the kernel where Deno cannot, keep each program from.
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { runCommand, RunningProcess } from "../helpers/process.ts";
import { PROGRAMS, startProgram } from "../helpers/programs.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { writeCapture } from "../integration/captures.ts";
import { startReceiver } from "../integration/pipe.ts";
import { PACKETS } from "./talk.ts";

const TOP = new URL("../../", import.meta.url).pathname;
const BURGLAR = new URL("./burglar.ts", import.meta.url).pathname;
const FLAGS = ["run", "--quiet", "--no-prompt", "--cached-only"];

/** The permission sets of deno.json. */
const SETS: Readonly<Record<string, object>> = JSON.parse(
  Deno.readTextFileSync(`${TOP}deno.json`),
).permissions;

const COUNTING = {
  ...{ ffi: true, read: true, write: true, net: true },
  sys: ["hostname"],
};
const FILES = { ffi: true, read: true, write: true };

Deno.test("the permission sets are these and no more: nobody may start programs or read the environment", () => {
  deepEqual(SETS, {
    ...{ send: COUNTING, recv: COUNTING, all: COUNTING },
    ...{ compress: COUNTING, decompress: COUNTING },
    query: FILES,
    dump: { ...FILES, sys: ["hostname"] },
    extcap: { ...FILES, sys: ["hostname"] },
  });
  deepEqual(
    Object.keys(SETS).filter((name) => name !== "all").sort(),
    Object.keys(PROGRAMS).sort(),
  );
});

/** Lets a burglar try what he can with permissions. */
async function tryWith(
  permissions: readonly string[],
  path: string,
): Promise<Record<string, string>> {
  const printed = await runCommand({
    program: Deno.execPath(),
    args: [...FLAGS, ...permissions, BURGLAR, path],
    cwd: TOP,
  });
  return JSON.parse(printed);
}

for (const [name, set] of Object.entries(SETS)) {
  Deno.test(`attack: code with the permissions of "${name}" starts nothing, reads no environment and loads no code from elsewhere`, async () => {
    using directory = openTempDir();
    const network = "net" in set ? "failed" : "denied";
    deepEqual(await tryWith([`-P=${name}`], directory.join("x")), {
      run: "denied",
      environment: "denied",
      connect: network,
      listen: network === "failed" ? "done" : "denied",
      fetch: network,
      read: "done",
      write: "done",
      code: "failed",
    });
  });
}

/** The permissions of a receiver that is told which directory is its own, as docs/SECURITY.md has them. */
function narrow(directory: string): string[] {
  return [
    "--allow-ffi",
    `--allow-read=${directory}`,
    `--allow-write=${directory}`,
  ];
}

Deno.test("attack: a receiver that has its own directory and no network works, and code in it reads, writes and reaches nothing else through Deno", async () => {
  using directory = openTempDir();
  using elsewhere = openTempDir();
  const { path } = directory;
  const capture = elsewhere.join("in.pcap");
  await writeCapture(capture, 1, PACKETS);
  await using receiver = new RunningProcess({
    program: Deno.execPath(),
    args: [
      ...[...FLAGS, ...narrow(path), "cmd/nflog_pcap_recv.ts"],
      ...["--stats-json", directory.join("stats.json")],
      ...["--buffer-interface", `ipc://${path}/query`, "--buffer-window", "8"],
      ...[`ipc://${path}/data`, directory.join("out.pcap")],
    ],
    cwd: TOP,
  });
  await receiver.waitForLine(/\bReceiving\b/);
  await using sender = await startProgram("send", [
    `pcap:${capture}`,
    `ipc://${path}/data`,
  ]);
  equal((await sender.finish()).code, 0);
  const { code, stderr } = await receiver.stop();
  equal(code, 0, stderr);
  match(stderr, new RegExp(`Totals .*written=${PACKETS} `));
  ok((await Deno.stat(directory.join("stats.json"))).size > 0);
  deepEqual(await tryWith(narrow(path), elsewhere.join("x")), {
    run: "denied",
    environment: "denied",
    connect: "denied",
    listen: "denied",
    fetch: "denied",
    read: "denied",
    write: "denied",
    code: "failed",
  });
});

Deno.test("attack: SIGUSR1, which makes Deno open its debugger to every local user, only prints totals; and the kernel lets a running program start nothing", async () => {
  using directory = openTempDir();
  const { path } = directory;
  await using receiver = await startReceiver([
    ...[`ipc://${path}/data`, directory.join("out.pcap")],
  ], {});
  const { pid } = receiver.process;
  // Deno heeds the signal from half a second after the start on.
  const end = performance.now() + 1000;
  while (performance.now() < end) await receiver.totals();
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  match(status, /^NoNewPrivs:\t1$/m);
  match(status, /^Seccomp:\t2$/m);
  const [sockets, files] = [new Set<string>(), `/proc/${pid}/fd`];
  for await (const { name } of Deno.readDir(files)) {
    const target = await Deno.readLink(`${files}/${name}`).catch(() => "");
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined) sockets.add(inode);
  }
  const table = await Deno.readTextFile("/proc/net/tcp");
  const own = table.split("\n").slice(1).filter((line) =>
    sockets.has(line.trim().split(/\s+/)[9] ?? "")
  );
  deepEqual(own, []);
  equal((await receiver.stop()).code, 0);
});
