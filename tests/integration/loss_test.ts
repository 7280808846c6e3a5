// What the kernel could not deliver is counted to the packet, and said aloud.
import assert from "node:assert/strict";
import { canUseNamespaces, openNamespace } from "../helpers/namespace.ts";
import type { Stats } from "../helpers/programs.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import {
  count,
  ENDPOINT,
  flood,
  floodCommand,
  GROUP,
  inputRules,
  judge,
  PORT,
  startReceiver,
  startSender,
  stopPipe,
  untilTotals,
} from "./pipe.ts";

const ignore = !canUseNamespaces();

/** Packets that a rule has counted: the kernel's own word for how many it logged. */
function loggedByKernel(ruleset: string): number {
  const found = /counter packets (\d+)/.exec(ruleset);
  if (found === null) throw new Error(`Cannot find a counter in ${ruleset}`);
  return Number(found[1]);
}

Deno.test({
  name:
    "a sender stopped for a while survives ENOBUFS, warns, and counts every packet that the kernel dropped",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  using directory = openTempDir();
  await namespace.nft(inputRules(`counter log group ${GROUP}`));
  const file = directory.join("out.pcap");
  await using receiver = await startReceiver([ENDPOINT, file], { namespace });
  await using sender = await startSender(
    [
      ...["--libnflog-nlbufsiz", "1", "--heartbeat", "0.5"],
      ...[String(GROUP), ENDPOINT],
    ],
    { namespace },
  );
  await flood(namespace, { count: 1000 });
  await untilTotals(sender, (stats) => count(stats, "captured") === 1000);
  const rounds = 3;
  const each = 30_000;
  for (let round = 0; round < rounds; round++) {
    sender.process.signal("SIGSTOP");
    const first = 1000 + round * (each + 10);
    await flood(namespace, { count: each, first });
    sender.process.signal("SIGCONT");
    await untilTotals(
      sender,
      (stats) => count(stats, "captured") > 1000 + round * each / 100,
    );
    // A loss shows when a packet comes after it.
    await flood(namespace, { count: 10, first: first + each });
  }
  await sender.process.waitForLine(
    /WARN .*dropped packets.*raise --libnflog-nlbufsiz.*dropped_datagrams=\d+/,
  );
  let total = 1000 + rounds * (each + 10);
  // The last ones may have been lost themselves, so that nothing came after them yet.
  const isWhole = ({ totals }: Stats): boolean =>
    (totals["captured"] ?? 0) + (totals["kernel_dropped"] ?? 0) === total;
  while (!isWhole(await sender.totals())) {
    await flood(namespace, { count: 10, first: total });
    total += 10;
  }
  // The receiver hears of the last loss by a heartbeat: nothing more is sent to it.
  await untilTotals(receiver, ({ sensors = {} }) => {
    const [sensor = {}] = Object.values(sensors);
    const { captured = 0, kernel_dropped = 0 } = sensor;
    return captured + kernel_dropped === total;
  });
  const { sent, received } = await stopPipe(sender, receiver);
  assert.equal(
    loggedByKernel(await namespace.run("nft", ["list", "ruleset"])),
    total,
  );
  const captured = count(sent.stats, "captured");
  const dropped = count(sent.stats, "kernel_dropped");
  assert(dropped > each, `${dropped} of ${total} were dropped`);
  assert.equal(captured + dropped, total);
  assert.equal(count(received.stats, "written"), captured);
  const verdict = judge(file, { count: total, size: 100 });
  assert.deepEqual(verdict, { packets: captured, missing: dropped, wrong: 0 });
  // At most one warning in ten seconds.
  assert.equal(sent.stderr.match(/dropped packets/g)?.length, 1);
  // The receiver knows too.
  const [sensor] = Object.values(received.stats?.sensors ?? {});
  assert.equal(sensor?.["kernel_dropped"], dropped);
  assert.deepEqual([sent.code, received.code], [0, 0]);
});

Deno.test({
  name:
    "a sender told to end while its socket is full counts what was lost up to its last packet",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  await namespace.nft(inputRules());
  await using receiver = await startReceiver([ENDPOINT, "/dev/null"], {
    namespace,
  });
  // The kernel gathers for as long as it takes, so that its last batch is there when the group is given up.
  await using sender = await startSender([
    ...["--libnflog-nlbufsiz", "1", "--libnflog-timeout", "60"],
    ...[String(GROUP), ENDPOINT],
  ], { namespace });
  sender.process.signal("SIGSTOP");
  await flood(namespace, { count: 30_500 });
  sender.process.signal("SIGTERM");
  sender.process.signal("SIGCONT");
  const { stats, code } = await sender.finish();
  assert.equal(code, 0);
  const dropped = count(stats, "kernel_dropped");
  assert(dropped > 0);
  assert.equal(count(stats, "captured") + dropped, 30_500);
  await receiver.stop();
});

Deno.test({
  name:
    "a sender ends in the middle of a full load, with every packet accounted for",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  using directory = openTempDir();
  await namespace.nft(inputRules());
  const file = directory.join("out.pcap");
  await using receiver = await startReceiver([ENDPOINT, file], { namespace });
  await using sender = await startSender([String(GROUP), ENDPOINT], {
    namespace,
  });
  // More than it could take in minutes: it is cut off when both programs have ended.
  const total = 50_000_000;
  const load = { count: total, size: 1400 };
  await using loading = namespace.spawn(floodCommand(load));
  await untilTotals(sender, (stats) => count(stats, "captured") > 20_000);
  const { sent, received } = await stopPipe(sender, receiver);
  await loading.stop("SIGKILL");
  assert.deepEqual([sent.code, received.code], [0, 0]);
  const captured = count(sent.stats, "captured");
  assert.equal(
    captured,
    count(sent.stats, "sent") + count(sent.stats, "queue_dropped"),
  );
  const arrived = count(received.stats, "received");
  const stalled = count(received.stats, "stalled_dropped");
  assert.equal(
    count(sent.stats, "sent"),
    arrived + count(received.stats, "lost_in_transit"),
  );
  assert.equal(arrived, count(received.stats, "written") + stalled);
  const { packets, wrong } = judge(file, { count: total, size: 1400 });
  assert.deepEqual([packets, wrong], [arrived - stalled, 0]);
});

Deno.test({
  name:
    "frames for which there is no receiver are dropped and counted, up to the frame",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  await namespace.nft(inputRules());
  await using sender = await startSender(
    ["--zmq-buffer", "8", String(GROUP), ENDPOINT],
    { namespace },
  );
  await flood(namespace, { count: 20_000, size: 1000 });
  const stats = await untilTotals(
    sender,
    (stats) => count(stats, "captured") === 20_000,
  );
  const kept = count(stats, "sent");
  assert.equal(kept + count(stats, "queue_dropped"), 20_000);
  assert(kept > 0 && kept < 9 * 256, `${kept} packets in eight frames`);
  assert(count(stats, "sent_frames") <= 8);
  // A receiver that comes late gets what was kept, and learns of the rest.
  using directory = openTempDir();
  const file = directory.join("out.pcap");
  await using receiver = await startReceiver([ENDPOINT, file], { namespace });
  await untilTotals(receiver, (stats) => count(stats, "received") === kept);
  const { received } = await stopPipe(sender, receiver);
  const [sensor] = Object.values(received.stats?.sensors ?? {});
  assert.equal(sensor?.["queue_dropped"], 20_000 - kept);
  const { packets, wrong } = judge(file, { count: 20_000, size: 1000 });
  assert.deepEqual([packets, wrong], [kept, 0]);
});

Deno.test({
  name:
    "a sender leaves its own traffic out, counts it and names the rules that exclude it",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  using directory = openTempDir();
  // Rules too broad, on both sides of the loopback: without care each packet sent makes more.
  await namespace.nft(`table inet t {
  chain c {
    type filter hook input priority 0
    log group ${GROUP}
  }
}
`);
  const file = directory.join("out.pcap");
  for (const endpoint of [ENDPOINT, "tcp://[::1]:5556"]) {
    await using receiver = await startReceiver([endpoint, file], { namespace });
    await using sender = await startSender([String(GROUP), endpoint], {
      namespace,
    });
    // IPv6, so that no ICMP answers of one family come between.
    await namespace.nft(`table inet quiet {
  chain c {
    type filter hook input priority 10
    udp dport ${PORT} drop
  }
}
`);
    await sender.process.waitForLine(/\bConnected\b/);
    await flood(namespace, { count: 5000 });
    await sender.process.waitForLine(
      /WARN .*own traffic.*daddr \S+ tcp dport 555[56] return/,
    );
    const { sent, received } = await stopPipe(sender, receiver);
    assert(count(sent.stats, "own_dropped") > 0);
    assert.equal(count(sent.stats, "captured"), 5000);
    assert.equal(count(received.stats, "written"), 5000);
    assert.deepEqual(judge(file, { count: 5000, size: 100 }), {
      packets: 5000,
      missing: 0,
      wrong: 0,
    });
    assert.equal(sent.stderr.match(/own traffic/g)?.length, 1);
  }
});
