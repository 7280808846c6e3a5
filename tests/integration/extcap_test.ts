// nflog-extcap in Debian's own extcap folder, called by tshark. The folder shows it to the test's processes only.
import assert from "node:assert/strict";
import {
  canUseNamespaces,
  type Namespace,
  openNamespace,
} from "../helpers/namespace.ts";
import { needsRoot } from "../helpers/needs_root.ts";
import { runCommand } from "../helpers/process.ts";
import { programCommand } from "../helpers/programs.ts";
import { openTempDir, type TempDir } from "../helpers/temp_dir.ts";
import { canRun, run } from "../pcap/tools.ts";
import {
  accounted,
  GROUP,
  inputRules,
  PORT,
  startReceiver,
  startSender,
  untilTotals,
} from "./pipe.ts";

const TOP = new URL("../../", import.meta.url).pathname;

/** Where Debian's Wireshark looks for extcap programs; undefined where there is none. */
async function findFolder(): Promise<string | undefined> {
  if (!canRun("tshark")) return undefined;
  const { stdout } = await run("tshark", "-G", "folders");
  const path = /^Extcap path:\s+(.+)$/m.exec(stdout)?.[1];
  try {
    return path !== undefined && (await Deno.stat(path)).isDirectory
      ? path
      : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

const folder = await findFolder();
const ignore = folder === undefined || !canUseNamespaces() ||
  needsRoot("show a folder of its own to tshark");

/** Writes the program as it is put into the folder: one executable file. */
async function install(directory: TempDir): Promise<void> {
  const script = directory.join("nflog-extcap");
  const flags = "run --quiet --no-prompt --cached-only -P=extcap";
  await Deno.writeTextFile(
    script,
    `#!/bin/sh\nexec '${Deno.execPath()}' ${flags} '${TOP}cmd/nflog_extcap.ts' "$@"\n`,
  );
  await Deno.chmod(script, 0o755);
}

/** Runs tshark with the folder, in a namespace, and gives what it printed. */
async function tshark(
  namespace: Namespace,
  directory: TempDir,
  ...args: string[]
): Promise<{ stdout: string; stderr: string }> {
  const { code, ...printed } = await callTshark(namespace, directory, ...args);
  assert.equal(code, 0, printed.stderr);
  return printed;
}

/** The same, whatever it ends with. */
async function callTshark(
  namespace: Namespace,
  directory: TempDir,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const mount = `mount --bind '${directory.path}' '${folder}' && exec "$@"`;
  await using running = namespace.spawn({
    program: "unshare",
    args: ["-m", "sh", "-c", mount, "sh", "tshark", ...args],
  });
  const { code, stdout, stderr } = await running.finish();
  return { code, stdout: new TextDecoder().decode(stdout), stderr };
}

async function openRuled(): Promise<Namespace> {
  const namespace = await openNamespace();
  await namespace.nft(inputRules(`log group ${GROUP} prefix "shark"`));
  return namespace;
}

function sendText(namespace: Namespace, text: string): Promise<string> {
  const to = `UDP:127.0.0.1:${PORT}`;
  return namespace.run("socat", ["-u", "-", to], text);
}

Deno.test({
  name:
    "tshark lists both interfaces from Debian's extcap folder, and their settings",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  using directory = openTempDir();
  await install(directory);
  const { stdout } = await tshark(namespace, directory, "-D");
  assert.match(stdout, /nflog-local \(NFLOG groups of this host's firewall\)/);
  assert.match(stdout, /nflog-window \(Last packets of a remote/);
  const preferences = await tshark(namespace, directory, "-G", "currentprefs");
  assert.match(preferences.stdout, /extcap\.nflog_local\.groups: 0/);
  assert.match(preferences.stdout, /extcap\.nflog_window\.endpoint:/);
  const types = await tshark(namespace, directory, "-i", "nflog-local", "-L");
  assert.match(types.stdout + types.stderr, /RAW/);
});

Deno.test({
  name:
    "tshark captures this host's groups, with the rule's prefix, and no complaint at the end",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  using directory = openTempDir();
  await install(directory);
  const capturing = tshark(namespace, directory, ...[
    ...["-i", "nflog-local", "-o", `extcap.nflog_local.groups:${GROUP}`],
    ...["-f", "udp", "-c", "2", "-T", "fields"],
    ...["-e", "frame.comment", "-e", "udp.length"],
  ]);
  // The group is bound when the kernel lists it.
  for (let bound = false; !bound;) {
    const file = "/proc/net/netfilter/nfnetlink_log";
    const listed = await namespace.run("cat", [file]);
    bound = new RegExp(`^\\s*${GROUP}\\s`, "m").test(listed);
  }
  await sendText(namespace, "one");
  await sendText(namespace, "three");
  const { stdout, stderr } = await capturing;
  assert.deepEqual(stdout.trimEnd().split("\n"), [
    "prefix=shark in=lo\t11",
    "prefix=shark in=lo\t13",
  ]);
  assert.doesNotMatch(stderr, /Error by extcap|WARN|ERROR/);
});

Deno.test({
  name: "tshark captures a remote receiver's window",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  using directory = openTempDir();
  using place = openTempDir();
  await install(directory);
  const [stream = "", window = ""] = ["stream", "window"]
    .map((name) => `ipc://${place.join(name)}`);
  await using receiver = await startReceiver([
    ...["--buffer-interface", window, "--buffer-window", "8"],
    ...[stream, place.join("out.pcap")],
  ], { namespace });
  await using _sender = await startSender([
    ...["--sensor", "gateway", String(GROUP), stream],
  ], { namespace });
  for (const text of ["a", "bb", "ccc"]) await sendText(namespace, text);
  await untilTotals(receiver, (stats) => accounted(stats) >= 3);
  const { stdout } = await tshark(namespace, directory, ...[
    ...["-i", "nflog-window", "-o", `extcap.nflog_window.endpoint:${window}`],
    ...["-T", "fields", "-e", "frame.interface_name", "-e", "udp.length"],
  ]);
  assert.deepEqual(stdout.trimEnd().split("\n"), [
    ...["9", "10", "11"].map((length) => `gateway:${GROUP}:lo\t${length}`),
  ]);
});

Deno.test({
  name: "tshark ends, and tells why, when there is nothing to capture from",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  using directory = openTempDir();
  using place = openTempDir();
  await install(directory);
  await using _holder = await startSender([
    ...[String(GROUP), `ipc://${place.join("stream")}`],
  ], { namespace });
  const cases: [RegExp, ...string[]][] = [
    [
      new RegExp(`Cannot bind NFLOG group ${GROUP}: process \\d+ .*holds it`),
      ...["-i", "nflog-local", "-o", `extcap.nflog_local.groups:${GROUP}`],
    ],
    [/Cannot use the filter/, "-i", "nflog-local", "-f", "porrt 5"],
    [/--endpoint is missing/, "-i", "nflog-window"],
    [
      /no receiver was heard/,
      ...["-i", "nflog-window", "-o"],
      `extcap.nflog_window.endpoint:ipc://${place.join("nobody")}`,
    ],
  ];
  for (const [reason, ...args] of cases) {
    const { code, stderr } = await callTshark(namespace, directory, ...args);
    assert.notEqual(code, 0);
    assert.match(stderr, reason);
  }
});

Deno.test({
  name:
    "Wireshark is told what is wrong with a filter, and nothing about a right one",
  ignore: !canRun("tcpdump"),
}, async () => {
  const check = async (filter: string): Promise<string> => {
    const of = ["--extcap-interface", "nflog-local"];
    const args = [...of, "--extcap-capture-filter", filter];
    return await runCommand(programCommand("extcap", args));
  };
  assert.equal(await check("udp port 53"), "");
  assert.match(await check("udp porrt 53"), /^Cannot use the filter: .+\n$/);
});

Deno.test({
  name: "a group is free again when tshark stops an idle capture",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  using directory = openTempDir();
  await install(directory);
  const { stderr } = await tshark(namespace, directory, ...[
    ...["-i", "nflog-local", "-o", `extcap.nflog_local.groups:${GROUP}`],
    ...["-a", "duration:1"],
  ]);
  assert.doesNotMatch(stderr, /Error by extcap|WARN|ERROR/);
  const groups = ["/proc/net/netfilter/nfnetlink_log"];
  for (let listed = "x"; listed !== "";) {
    listed = await namespace.run("cat", groups);
  }
});
