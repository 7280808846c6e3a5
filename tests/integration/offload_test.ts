// What a network card would have done: packets of TCP, UDP and ICMPv6 over a veth pair, as the kernel logs them before any card has seen them.
import assert from "node:assert/strict";
import {
  canUseNamespaces,
  type Namespace,
  type NamespacePair,
  openNamespacePair,
  PAIR,
} from "../helpers/namespace.ts";
import { runCommand } from "../helpers/process.ts";
import { startProgram } from "../helpers/programs.ts";
import { openTempDir, type TempDir } from "../helpers/temp_dir.ts";
import { canRun, run, tsharkFields } from "../pcap/tools.ts";
import { count, startReceiver, startSender, stopPipe } from "./pipe.ts";

const ignore = !canUseNamespaces() || !canRun("tshark", "socat");
const noSuricata = ignore || !canRun("suricata");
const PORT = 7000;
const MARKER = "GET /evil-marker HTTP/1.1\r\nHost: example\r\n\r\n";
const CONTENT = new TextEncoder().encode(MARKER + "a".repeat(150_000));

/** Logs what the left host sends and gets, as it sends and gets it. */
const RULES = `table inet t {
  chain o {
    type filter hook output priority 0
    meta l4proto { tcp, udp, icmpv6 } log group 5
  }
  chain i {
    type filter hook input priority 0
    meta l4proto { tcp, udp, icmpv6 } log group 5
  }
}
`;

/** Sends TCP and UDP over IPv4 and IPv6, and an ICMPv6 echo, from left to right. */
async function makeTraffic(
  { left, right }: NamespacePair,
  directory: TempDir,
): Promise<void> {
  const path = directory.join("content");
  await Deno.writeFile(path, CONTENT);
  for (const address of [PAIR.right.ipv4, `[${PAIR.right.ipv6}]`]) {
    const kind = address.startsWith("[") ? "TCP6-LISTEN" : "TCP4-LISTEN";
    await using listener = right.spawn({
      program: "socat",
      args: ["-d", "-d", "-u", `${kind}:${PORT}`, "OPEN:/dev/null"],
    });
    await listener.waitForLine(/listening on/);
    await left.run("socat", ["-u", `OPEN:${path}`, `TCP:${address}:${PORT}`]);
    await listener.finish();
    const text = `UDP to ${address}`;
    await left.run("socat", ["-u", "-", `UDP:${address}:9`], text);
  }
  await left.run("ping", ["-c", "2", "-i", "0.2", PAIR.right.ipv6]);
}

/** What tshark says of the checksums of a capture: how many packets have one that is bad, good, and none that it checked. */
async function checksumsOf(
  path: string,
): Promise<{ bad: number; good: number; longest: number; packets: number }> {
  const states = ["tcp", "udp", "icmpv6"].map((name) =>
    `${name}.checksum.status`
  );
  const rows = await tsharkFields(
    path,
    [...states, "ip.checksum.status", "frame.len"],
    ...["-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"],
    ...["-o", "ip.check_checksum:TRUE"],
  );
  // An ICMPv6 error quotes a packet as its receiver got it; the states of what it quotes stand in the other columns.
  const all = rows.map(([tcp = "", udp = "", icmp = "", ip = ""]) =>
    icmp === "" ? [tcp, udp, ip] : [icmp]
  );
  return {
    bad: all.filter((row) => row.includes("0")).length,
    good: all.filter((row) => row.includes("1") && !row.includes("0")).length,
    longest: Math.max(...rows.map((row) => Number(row[4]))),
    packets: rows.length,
  };
}

/** Dumps the traffic with some options. */
async function dump(
  hosts: NamespacePair,
  directory: TempDir,
  options: readonly string[],
): Promise<{ path: string; totals: Record<string, number> }> {
  const path = directory.join(`dump${options.join("")}.pcap`);
  await using program = await startProgram("dump", [
    ...[...options, "-w", path, "5"],
  ], { namespace: hosts.left, ready: /\bDumping\b/ });
  await makeTraffic(hosts, directory);
  const { code, stats } = await program.stop();
  assert.equal(code, 0);
  return { path, totals: stats?.totals ?? {} };
}

async function openHosts(): Promise<NamespacePair> {
  const hosts = await openNamespacePair();
  await hosts.left.nft(RULES);
  return hosts;
}

Deno.test({
  name:
    "over veth most checksums are unfinished; with --fix-checksums tshark finds every one right",
  ignore,
}, async () => {
  await using hosts = await openHosts();
  using directory = openTempDir();
  const plain = await dump(hosts, directory, []);
  const before = await checksumsOf(plain.path);
  assert(before.bad > 10, `only ${before.bad} unfinished checksums`);
  assert.equal(plain.totals["checksums_completed"], undefined);
  const fixed = await dump(hosts, directory, ["--fix-checksums"]);
  const after = await checksumsOf(fixed.path);
  assert.deepEqual([after.bad, after.good], [0, after.packets]);
  assert((fixed.totals["checksums_completed"] ?? 0) > 10);
  assert.equal(fixed.totals["segmented"], 0);
  assert(after.longest > 1500);
});

Deno.test({
  name:
    "with --segment no packet is larger than a cable carries, and the streams are as they were",
  ignore,
}, async () => {
  await using hosts = await openHosts();
  using directory = openTempDir();
  const options = ["--fix-checksums", "--segment", "--mtu", "1400"];
  const { path, totals } = await dump(hosts, directory, options);
  const { bad, good, packets, longest } = await checksumsOf(path);
  assert.deepEqual([bad, good], [0, packets]);
  assert(longest <= 1400);
  const { dumped = 0, segmented = 0, segments = 0, written = 0 } = totals;
  assert(segmented > 0);
  assert.equal(packets, written);
  assert.equal(written, dumped - segmented + segments);
  for (const stream of [0, 1]) {
    const text = await runCommand({
      program: "tshark",
      args: ["-r", path, "-q", "-z", `follow,tcp,raw,${stream}`],
    });
    const hex = text.split("\n").filter((line) => /^[0-9a-f]+$/.test(line));
    assert.equal(hex.join("").length, 2 * CONTENT.length);
  }
});

/** Suricata's alerts about a capture, checksums being checked as its configuration says or in any case. */
async function alertsOf(
  path: string,
  directory: TempDir,
  ...options: string[]
): Promise<{ alerts: string[]; said: string }> {
  const logs = directory.join(`suricata-${crypto.randomUUID()}`);
  await Deno.mkdir(logs);
  const rules = directory.join("rules");
  await Deno.writeTextFile(
    rules,
    `alert tcp any any -> any ${PORT} (msg:"evil"; flow:established,to_server; content:"evil-marker"; sid:1;)\n`,
  );
  const { code, stdout, stderr } = await run(
    "suricata",
    ...["-r", path, "-l", logs, "-S", rules, ...options],
  );
  const said = stdout + stderr;
  assert.equal(code, 0, said);
  const text = await Deno.readTextFile(`${logs}/fast.log`);
  return { alerts: text.split("\n").slice(0, -1), said };
}

const CHECK_ALWAYS = ["--set", "pcap-file.checksum-checks=yes"];

Deno.test({
  name:
    "Suricata, which is not told to leave checksums alone, alerts on what dump and recv have fixed, and not on what they have not",
  ignore: noSuricata,
}, async () => {
  await using hosts = await openHosts();
  using directory = openTempDir();
  const plain = await dump(hosts, directory, []);
  const unfixed = await alertsOf(plain.path, directory, ...CHECK_ALWAYS);
  assert.equal(unfixed.alerts.length, 0);
  const fixed = await dump(hosts, directory, ["--fix-checksums", "--segment"]);
  const received = await receiveFixed(hosts, directory);
  for (const path of [fixed.path, received]) {
    const { alerts } = await alertsOf(path, directory, ...CHECK_ALWAYS);
    assert.equal(alerts.length, 2, `${path}: ${alerts.join("\n")}`);
    const asInstalled = await alertsOf(path, directory);
    assert.equal(asInstalled.alerts.length, 2);
    assert.doesNotMatch(asInstalled.said, /invalid checksum/);
  }
});

/** Sends the same traffic through the whole pipe to a receiver that fixes it. */
async function receiveFixed(
  hosts: NamespacePair,
  directory: TempDir,
): Promise<string> {
  const { left } = hosts;
  const path = directory.join("received.pcap");
  const endpoint = `ipc://${directory.join("pipe")}`;
  const host: { namespace: Namespace } = { namespace: left };
  await using receiver = await startReceiver(
    ["--fix-checksums", "--segment", endpoint, path],
    host,
  );
  await using sender = await startSender(["5", endpoint], host);
  await makeTraffic(hosts, directory);
  const { received } = await stopPipe(sender, receiver);
  assert(count(received.stats, "checksums_completed") > 0);
  assert(count(received.stats, "segmented") > 0);
  // A packet that was cut counts as one: the ledger adds up.
  assert.equal(
    count(received.stats, "written"),
    count(received.stats, "received"),
  );
  const { bad, good, packets, longest } = await checksumsOf(path);
  assert.deepEqual([bad, good], [0, packets]);
  assert(longest <= 1500);
  return path;
}
