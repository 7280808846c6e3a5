// Numbered packets on the real kernel: all arrive, once, in order and byte for byte.
import assert from "node:assert/strict";
import {
  canUseNamespaces,
  type Namespace,
  openNamespace,
} from "../helpers/namespace.ts";
import { runCommand } from "../helpers/process.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import {
  count,
  ENDPOINT,
  flood,
  GROUP,
  inputRules,
  judge,
  otherJudges,
  PORT,
  startReceiver,
  startSender,
  stopPipe,
} from "./pipe.ts";

const ignore = !canUseNamespaces();

interface Delivery {
  name: string;
  rules: (namespace: Namespace) => Promise<void>;
  to: string;
  /** Bytes of each packet, and how many of them. */
  sizes: [number, number][];
}

const V4 = `127.0.0.1:${PORT}`;
const V6 = `[::1]:${PORT}`;
const IPTABLES = `-p udp --dport ${PORT} -j NFLOG --nflog-group ${GROUP}`;

const DELIVERIES: Delivery[] = [
  {
    name: "IPv4 logged by nft in INPUT",
    rules: (namespace) => namespace.nft(inputRules()),
    to: V4,
    sizes: [[100, 30_000], [1400, 3000], [33, 500]],
  },
  {
    name: "IPv6 logged by nft in INPUT",
    rules: (namespace) => namespace.nft(inputRules()),
    to: V6,
    sizes: [[100, 10_000], [1401, 1000]],
  },
  {
    name: "IPv4 logged by iptables in OUTPUT",
    rules: (namespace) => namespace.iptables(`-A OUTPUT ${IPTABLES}`),
    to: V4,
    sizes: [[100, 10_000], [1400, 1000]],
  },
  {
    name: "IPv6 logged by ip6tables in INPUT",
    rules: (namespace) => namespace.ip6tables(`-A INPUT ${IPTABLES}`),
    to: V6,
    sizes: [[101, 5000]],
  },
  {
    name: "packets of 65 KB",
    rules: (namespace) => namespace.nft(inputRules()),
    to: V4,
    sizes: [[65_000, 300], [65_531, 50]],
  },
];

/** What tshark must say of one packet of a flood. */
function tsharkLine(size: number, ipv6: boolean): RegExp {
  const udp = size - (ipv6 ? 40 : 20);
  return ipv6
    ? new RegExp(`^\\t${udp}\\t${udp}\\t[0-9a-f]{${2 * (udp - 8)}}$`)
    : new RegExp(`^${size}\\t\\t${udp}\\t[0-9a-f]{${2 * (udp - 8)}}$`);
}

for (const { name, rules, to, sizes } of DELIVERIES) {
  Deno.test({ name: `the pipe delivers ${name}`, ignore }, async () => {
    await using namespace = await openNamespace();
    using directory = openTempDir();
    await rules(namespace);
    for (const [size, packets] of sizes) {
      const file = directory.join(`${size}.pcap`);
      await using receiver = await startReceiver([ENDPOINT, file], {
        namespace,
      });
      await using sender = await startSender([String(GROUP), ENDPOINT], {
        namespace,
      });
      await flood(namespace, { count: packets, size, to });
      const { sent, received } = await stopPipe(sender, receiver);
      assert.deepEqual([sent.code, received.code], [0, 0]);
      assert.deepEqual(judge(file, { count: packets, size }), {
        packets,
        missing: 0,
        wrong: 0,
      });
      assert.equal(count(sent.stats, "captured"), packets);
      assert.equal(count(sent.stats, "captured_bytes"), packets * size);
      assert.equal(count(received.stats, "written"), packets);
      const { capinfos, tshark } = await otherJudges(file);
      assert.match(capinfos, /encapsulation: +rawip\b/);
      assert.match(capinfos, new RegExp(`packets: +${packets}\\b`));
      assert.equal(tshark.length, packets);
      const line = tsharkLine(size, to === V6);
      for (const text of tshark) assert.match(text, line);
    }
  });
}

Deno.test({
  name: "the pipe keeps a packet's time, and its length where a rule cut it",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  using directory = openTempDir();
  await namespace.nft(inputRules(`log group ${GROUP} snaplen 64`));
  const file = directory.join("out.pcap");
  await using receiver = await startReceiver(
    ["--precision", "ns", ENDPOINT, file],
    { namespace },
  );
  await using sender = await startSender([String(GROUP), ENDPOINT], {
    namespace,
  });
  const before = Date.now() / 1000 - 1;
  await flood(namespace, { count: 500, size: 528 });
  const after = Date.now() / 1000 + 1;
  await stopPipe(sender, receiver);
  const text = await runCommand({
    program: "tshark",
    args: [
      ...["-r", file, "-T", "fields", "-e", "frame.time_epoch"],
      ...["-e", "frame.len", "-e", "frame.cap_len"],
    ],
  });
  const lines = text.trimEnd().split("\n").map((line) => line.split("\t"));
  assert.equal(lines.length, 500);
  let last = before;
  for (const [time, length, captured] of lines) {
    assert.deepEqual([length, captured], ["528", "64"]);
    assert(Number(time) >= last && Number(time) <= after, `${time}`);
    last = Number(time);
  }
});

Deno.test({
  name: "the pipe takes several groups on one socket, and counts each",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  using directory = openTempDir();
  await namespace.nft(
    [0, 7, 65535].map((group, index) =>
      `table inet t${index} {
  chain c {
    type filter hook input priority ${index}
    udp dport ${PORT + index} log group ${group} drop
  }
}
`
    ).join(""),
  );
  const file = directory.join("out.pcap");
  await using receiver = await startReceiver([ENDPOINT, file], { namespace });
  await using sender = await startSender(["0,7,65535", ENDPOINT], {
    namespace,
  });
  for (const [index, packets] of [300, 200, 100].entries()) {
    const to = `127.0.0.1:${PORT + index}`;
    await flood(namespace, { count: packets, to });
  }
  const { sent, received } = await stopPipe(sender, receiver);
  const { groups } = sent.stats ?? {};
  assert.deepEqual(
    Object.entries(groups ?? {}).map(([group, totals]) => [
      group,
      totals["captured"],
      totals["sent"],
      totals["kernel_dropped"],
    ]),
    [["0", 300, 300, 0], ["7", 200, 200, 0], ["65535", 100, 100, 0]],
  );
  assert.equal(count(received.stats, "written"), 600);
  for (const [index, packets] of [300, 200, 100].entries()) {
    const { missing } = judge(file, {
      count: packets,
      size: 100,
      port: PORT + index,
    });
    assert.equal(missing, 0);
  }
});
