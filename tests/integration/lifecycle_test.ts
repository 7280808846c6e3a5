// Programs that come, go and come back, in any order.
import assert from "node:assert/strict";
import { canUseNamespaces, openNamespace } from "../helpers/namespace.ts";
import { runCommand, RunningProcess } from "../helpers/process.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import {
  accounted,
  count,
  ENDPOINT,
  flood,
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

Deno.test({
  name: "a sender that is there before its receiver loses nothing",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  using directory = openTempDir();
  await namespace.nft(inputRules());
  await using sender = await startSender([String(GROUP), ENDPOINT], {
    namespace,
  });
  await flood(namespace, { count: 5000 });
  await untilTotals(sender, (stats) => count(stats, "sent") === 5000);
  const file = directory.join("out.pcap");
  await using receiver = await startReceiver([ENDPOINT, file], { namespace });
  await flood(namespace, { count: 5000, first: 5000 });
  const { received } = await stopPipe(sender, receiver);
  assert.equal(count(received.stats, "lost_in_transit"), 0);
  assert.deepEqual(judge(file, { count: 10_000, size: 100 }), {
    packets: 10_000,
    missing: 0,
    wrong: 0,
  });
});

Deno.test({
  name:
    "a receiver started anew under load knows what went before it and what was lost",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  using directory = openTempDir();
  await namespace.nft(inputRules());
  const files = [directory.join("1.pcap"), directory.join("2.pcap")] as const;
  const total = 150_000;
  await using first = await startReceiver([ENDPOINT, files[0]], { namespace });
  await using sender = await startSender([String(GROUP), ENDPOINT], {
    namespace,
  });
  const half = { count: total / 2, rate: 60_000 };
  const loading = flood(namespace, half);
  await untilTotals(first, (stats) => count(stats, "received") > 20_000);
  const gone = await first.stop("SIGKILL");
  assert.equal(gone.signal, "SIGKILL");
  await using second = await startReceiver([ENDPOINT, files[1]], { namespace });
  await loading;
  await flood(namespace, { ...half, first: half.count });
  await untilTotals(second, (stats) => count(stats, "received") > 20_000);
  const { sent, received } = await stopPipe(sender, second);
  const [sensor] = Object.values(received.stats?.sensors ?? {});
  assert(sensor !== undefined);
  assert.equal(count(sent.stats, "captured"), total);
  assert.equal(
    count(sent.stats, "captured"),
    count(sent.stats, "sent") + count(sent.stats, "queue_dropped"),
  );
  assert.equal(sensor["sent"], count(sent.stats, "sent"));
  assert.equal(
    sensor["sent"],
    (sensor["sent_before"] ?? 0) + (sensor["received"] ?? 0) +
      (sensor["lost_in_transit"] ?? 0),
  );
  assert((sensor["sent_before"] ?? 0) > 20_000);
  // The file of the killed one ends where it ended, between two records; both have only whole, right packets.
  const { packets, wrong } = judge(files[1], { count: total, size: 100 });
  assert.deepEqual([packets, wrong], [sensor["received"], 0]);
  const early = judge(files[0], { count: total, size: 100 });
  assert.equal(early.wrong, 0);
  assert(early.packets > 0 && early.packets <= (sensor["sent_before"] ?? 0));
});

Deno.test({
  name: "two senders on one receiver, one of them twice, are counted apart",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  using directory = openTempDir();
  await namespace.nft(
    inputRules() + inputRules("log group 6").replaceAll(`${PORT}`, "9998")
      .replace("table inet t", "table inet u"),
  );
  const file = directory.join("out.pcap");
  await using receiver = await startReceiver([ENDPOINT, file], { namespace });
  await using east = await startSender(["--sensor", "east", "5", ENDPOINT], {
    namespace,
  });
  await using west = await startSender(["--sensor", "west", "6", ENDPOINT], {
    namespace,
  });
  await Promise.all([
    flood(namespace, { count: 8000 }),
    flood(namespace, { count: 5000, to: "127.0.0.1:9998" }),
  ]);
  const first = await west.stop();
  await using again = await startSender(["--sensor", "west", "6", ENDPOINT], {
    namespace,
  });
  await flood(namespace, { count: 1000, first: 5000, to: "127.0.0.1:9998" });
  const second = await again.stop();
  const third = await east.stop();
  await untilTotals(receiver, (stats) => accounted(stats) === 14_000);
  const { stats } = await receiver.stop();
  const keys = [["east", third], ["west", first], ["west", second]] as const;
  for (const [name, program] of keys) {
    const sensor = stats?.sensors?.[`${name}/${program.stats?.instance}`];
    assert.equal(sensor?.["received"], count(program.stats, "sent"));
    assert.equal(sensor?.["lost_in_transit"], 0);
  }
  assert.equal(Object.keys(stats?.sensors ?? {}).length, 3);
  for (const [packets, port] of [[8000, PORT], [6000, 9998]] as const) {
    const verdict = judge(file, { count: packets, size: 100, port });
    assert.deepEqual([verdict.packets, verdict.missing], [packets, 0]);
  }
});

Deno.test({
  name:
    "a sender with two receivers gives each its share, and goes on with one",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  await namespace.nft(inputRules());
  const other = "tcp://127.0.0.1:5556";
  await using one = await startReceiver([ENDPOINT, "/dev/null"], { namespace });
  await using two = await startReceiver([other, "/dev/null"], { namespace });
  await using sender = await startSender(["5", ENDPOINT, other], { namespace });
  await flood(namespace, { count: 20_000, rate: 100_000 });
  await untilTotals(sender, (stats) => count(stats, "sent") === 20_000);
  const shares: number[] = [];
  const frames: number[] = [];
  const reached = (): boolean => (shares[0] ?? 0) + (shares[1] ?? 0) === 20_000;
  for (const [index, receiver] of [one, two].entries()) {
    await untilTotals(receiver, (stats) => {
      shares[index] = count(stats, "received");
      frames[index] = count(stats, "received_frames");
      return index === 0 ? shares[0] !== 0 : reached();
    });
  }
  // Frames take turns, whatever their size: a busy machine makes few and large ones.
  const [ofOne = 0, ofTwo = 0] = frames;
  assert(Math.abs(ofOne - ofTwo) <= 2, `${frames}`);
  await two.stop();
  await flood(namespace, { count: 5000, first: 20_000 });
  const stats = await untilTotals(
    sender,
    (stats) => count(stats, "captured") === 25_000,
  );
  assert.equal(
    count(stats, "sent") + count(stats, "queue_dropped"),
    25_000,
  );
});

Deno.test({
  name: "a second signal ends a sender that waits for its receiver at once",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  await namespace.nft(inputRules());
  await using sender = await startSender([String(GROUP), ENDPOINT], {
    namespace,
  });
  await flood(namespace, { count: 5000 });
  await untilTotals(sender, (stats) => count(stats, "sent") === 5000);
  sender.process.signal("SIGTERM");
  sender.process.signal("SIGINT");
  // The first one would have it wait for 10 s.
  const { code } = await sender.finish({ timeout: 5000 });
  assert([128 + 2, 128 + 15].includes(code), `${code}`);
});

Deno.test({
  name:
    "the reader of a FIFO is killed and replaced, and each reader gets a whole stream",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  using directory = openTempDir();
  await namespace.nft(inputRules());
  const fifo = directory.join("fifo");
  await runCommand({ program: "mkfifo", args: [fifo] });
  await using receiver = await startReceiver([ENDPOINT, fifo], { namespace });
  await using sender = await startSender([String(GROUP), ENDPOINT], {
    namespace,
  });
  // Packets wait for the first reader.
  await flood(namespace, { count: 1000 });
  await untilTotals(receiver, (stats) => count(stats, "received") === 1000);
  const seen: number[] = [];
  for (let turn = 0; turn < 3; turn++) {
    await using tcpdump = new RunningProcess({
      program: "tcpdump",
      args: ["-n", "-l", "-r", fifo, `udp port ${PORT}`],
    });
    await tcpdump.waitForLine(/link-type RAW/);
    const first = 1000 + turn * 2000;
    await flood(namespace, { count: 2000, first });
    await untilTotals(
      receiver,
      (stats) => count(stats, "written") >= first + 2000,
    );
    await tcpdump.waitForLine(/UDP, length 72/, { from: "stdout" });
    tcpdump.signal("SIGKILL");
    const { stdout, stderr } = await tcpdump.finish();
    assert.doesNotMatch(stderr, /truncated|bogus|error/i);
    seen.push(new TextDecoder().decode(stdout).split("\n").length - 1);
  }
  assert((seen[0] ?? 0) > 0 && seen.length === 3);
  const { sent, received } = await stopPipe(sender, receiver);
  assert.equal(count(sent.stats, "sent"), 7000);
  assert.equal(
    count(received.stats, "received"),
    count(received.stats, "written") + count(received.stats, "stalled_dropped"),
  );
});

Deno.test({
  name: "SIGUSR1 prints the totals and the programs go on",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  await namespace.nft(inputRules());
  await using receiver = await startReceiver([ENDPOINT, "/dev/null"], {
    namespace,
  });
  await using sender = await startSender([String(GROUP), ENDPOINT], {
    namespace,
  });
  await flood(namespace, { count: 100 });
  await untilTotals(receiver, (stats) => count(stats, "written") === 100);
  for (const program of [sender, receiver]) {
    const stats = await program.totals();
    const shown = Object.entries(stats.totals).map(([name, value]) =>
      `${name}=${value}`
    ).join(" ");
    await program.process.waitForLine(new RegExp(`Totals ${shown}$`));
    assert.match(stats.started, /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.match(stats.instance, /^[0-9a-f]{16}$/);
  }
  await flood(namespace, { count: 100, first: 100 });
  const { sent, received } = await stopPipe(sender, receiver);
  assert.equal(count(sent.stats, "sent"), 200);
  assert.equal(count(received.stats, "written"), 200);
});

Deno.test({
  name: "SIGUSR1 faster than totals are written leaves whole totals every time",
}, async () => {
  using directory = openTempDir();
  const endpoint = `ipc://${directory.join("pipe")}`;
  await using receiver = await startReceiver([endpoint, "/dev/null"], {});
  const asked = await Promise.all(
    Array.from({ length: 30 }, () => receiver.totals()),
  );
  for (const { program, totals } of asked) {
    assert.equal(program, "nflog-pcap-recv");
    assert.equal(totals["received"], 0);
  }
  const { stderr } = await receiver.stop();
  assert.doesNotMatch(stderr, /Cannot/);
});
