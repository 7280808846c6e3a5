// What the receiver writes of two gateways, as pcapng and with the kernel's attributes, and what Wireshark's programs make of it.
import assert from "node:assert/strict";
import {
  canUseNamespaces,
  openNamespacePair,
  PAIR,
} from "../helpers/namespace.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { canRun, run, tsharkFields } from "../pcap/tools.ts";
import {
  accounted,
  count,
  flood,
  PORT,
  startReceiver,
  startSender,
  untilTotals,
} from "./pipe.ts";

const ignore = !canUseNamespaces() || !canRun("tshark", "capinfos", "tcpdump");

/** Rules of a gateway that logs what comes in to one group, and what goes out to another. */
function rulesOf(name: string): string {
  return `table inet t {
  chain i {
    type filter hook input priority 0
    udp dport ${PORT} log group 5 prefix "in \x1b[31m${name}"
  }
  chain o {
    type filter hook output priority 0
    udp dport ${PORT} meta mark set 7 log group 6 prefix "out=${name}"
  }
}
`;
}

Deno.test({
  name:
    "a pcapng from two gateways has the interfaces, rule prefixes, directions and drop counts of each, and the ledger",
  ignore,
}, async () => {
  await using hosts = await openNamespacePair();
  using directory = openTempDir();
  const { left, right } = hosts;
  await left.nft(rulesOf("left"));
  await right.nft(rulesOf("right"));
  const path = directory.join("out.pcapng");
  const endpoint = `ipc://${directory.join("pipe")}`;
  await using receiver = await startReceiver([
    ...["--format", "pcapng", endpoint, path],
  ], {});
  const args = ["--libnflog-nlbufsiz", "0.01", "5,6", endpoint];
  await using one = await startSender(["--sensor", "left", ...args], {
    namespace: left,
  });
  await using other = await startSender(["--sensor", "right", ...args], {
    namespace: right,
  });
  // More than the left one's tiny buffer can take while it stands still.
  one.process.signal("SIGSTOP");
  await flood(left, {
    count: 12_000,
    size: 400,
    to: `${PAIR.right.ipv4}:${PORT}`,
  });
  one.process.signal("SIGCONT");
  await untilTotals(one, (stats) => count(stats, "captured") > 0);
  await flood(left, { count: 3, rate: 10, to: `${PAIR.right.ipv4}:${PORT}` });
  await flood(right, { count: 2, rate: 10, to: `${PAIR.left.ipv4}:${PORT}` });
  const senders = [await one.stop(), await other.stop()];
  const sent = senders.reduce(
    (sum, { stats }) => sum + count(stats, "sent"),
    0,
  );
  await untilTotals(receiver, (stats) => accounted(stats) >= sent);
  const received = await receiver.stop();
  assert.equal(count(received.stats, "written"), sent);

  const lost = senders.reduce(
    (sum, { stats }) => sum + count(stats, "kernel_dropped"),
    0,
  );
  assert(lost > 0, "nothing was lost, so nothing is proved");
  const fields = ["frame.interface_name", "frame.comment", "frame.drop_count"];
  const rows = await tsharkFields(path, [
    ...fields,
    "frame.packet_flags_direction",
  ]);
  assert.equal(rows.length, sent);
  const drops = rows.reduce((sum, [, , dropped]) => sum + Number(dropped), 0);
  assert.equal(drops, lost);
  const seen = new Map(rows.map((row) => [row[0], row]));
  const directions = [...seen].map(([name, row]) => [name, Number(row[3])]);
  assert.deepEqual(
    new Map(directions as [string, number][]),
    new Map([
      ["left:5:right0", 1],
      ["left:6:right0", 2],
      ["right:5:left0", 1],
      ["right:6:left0", 2],
    ]),
  );
  assert.equal(
    seen.get("left:5:right0")?.[1],
    'prefix="in \\u001b[31mleft" in=right0',
  );
  assert.match(
    seen.get("right:6:left0")?.[1] ?? "",
    /^prefix="out=right" out=left0 mark=0x7 uid=0 gid=0 time=clock$/,
  );

  const told = await run(
    "tshark",
    ...["-r", path, "-X", "read_format:MIME Files Format", "-V"],
  );
  for (const { stats } of senders) {
    const dropped = count(stats, "kernel_dropped");
    assert.match(told.stdout, new RegExp(`\\bkernel_dropped=${dropped}\\b`));
  }
  assert.doesNotMatch(told.stdout, /Expert Info \(Error|Malformed/);
  const totals = /Option: Number of Dropped Packets = (\d+)/g;
  const dropped = Array.from(
    told.stdout.matchAll(totals),
    ([, n]) => Number(n),
  );
  assert.equal(dropped.length, 4);
  assert.equal(dropped.reduce((sum, packets) => sum + packets), lost);
  const { code, stdout } = await run("capinfos", "-c", "-I", "-T", "-M", path);
  assert.equal(code, 0, stdout);
});

Deno.test({
  name:
    "pcapng, NFLOG records and classic pcap of the same traffic agree, and tcpdump reads what it can read",
  ignore,
}, async () => {
  await using hosts = await openNamespacePair();
  using directory = openTempDir();
  const { left } = hosts;
  await left.nft(rulesOf("left"));
  const lengths: string[][] = [];
  for (const format of ["pcap", "nflog", "pcapng"]) {
    const path = directory.join(`out.${format}`);
    const endpoint = `ipc://${directory.join(format)}`;
    const options = ["--format", format, "--precision", "ns", endpoint, path];
    await using receiver = await startReceiver(options, {});
    // A single group and way: one interface, which libpcap takes.
    await using sender = await startSender(["6", endpoint], {
      namespace: left,
    });
    const to = `${PAIR.right.ipv4}:${PORT}`;
    await flood(left, { count: 5, rate: 100, to });
    const { stats } = await sender.stop();
    await untilTotals(
      receiver,
      (now) => accounted(now) >= count(stats, "sent"),
    );
    await receiver.stop();
    const rows = await tsharkFields(path, ["ip.len", "udp.length"]);
    lengths.push(rows.map((row) => row.join(" ")));
    const { code, stdout } = await run("tcpdump", "-nr", path);
    assert.equal(code, 0);
    assert.equal(stdout.split("\n").length - 1, 5, stdout);
    if (format === "nflog") {
      const [row] = await tsharkFields(path, ["nflog.prefix"]);
      assert.equal(row?.[0]?.replace(/\\0$/, ""), "out=left");
    }
  }
  assert.deepEqual(lengths[1], lengths[0]);
  assert.deepEqual(lengths[2], lengths[0]);
});

Deno.test({
  name:
    "the receiver warns when pcapng goes to a FIFO, and tshark reads it from there",
  ignore,
}, async () => {
  await using hosts = await openNamespacePair();
  using directory = openTempDir();
  const { left } = hosts;
  await left.nft(rulesOf("left"));
  const fifo = directory.join("fifo");
  await run("mkfifo", fifo);
  const endpoint = `ipc://${directory.join("pipe")}`;
  await using receiver = await startReceiver([
    ...["--format", "pcapng", endpoint, fifo],
  ], {});
  assert.match(receiver.process.stderrText, /WARN .*libpcap.*two interfaces/);
  await using _sender = await startSender(["5,6", endpoint], {
    namespace: left,
  });
  for (const reader of ["first", "second"]) {
    await using tshark = left.spawn({
      program: "tshark",
      args: [
        ...["-n", "-l", "-i", fifo, "-c", "4", "-T", "fields"],
        ...["-e", "frame.interface_name", "-e", "udp.length"],
      ],
    });
    await tshark.waitForLine(/Capturing on/);
    const flooding = flood(left, {
      count: 8,
      rate: 20,
      to: `127.0.0.1:${PORT}`,
    });
    const { stdout } = await tshark.finish();
    await flooding;
    const rows = new TextDecoder().decode(stdout).trimEnd().split("\n");
    assert.equal(rows.length, 4, reader);
    const names = new Set(rows.map((row) => row.split("\t")[0]));
    assert(names.size >= 1);
    for (const row of rows) assert.match(row, /^[^\t]+:[56]:lo\t80$/);
  }
});
