// Rate control on the real kernel: nothing is lost for it, and what it drops is counted.
import assert from "node:assert/strict";
import { canUseNamespaces, openNamespace } from "../helpers/namespace.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import {
  count,
  ENDPOINT,
  flood,
  GROUP,
  inputRules,
  judge,
  startReceiver,
  startSender,
  stopPipe,
} from "./pipe.ts";

const ignore = !canUseNamespaces();

Deno.test({
  name:
    "a sender that compresses everything loses nothing, and goes back when the stream has gone quiet",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  using directory = openTempDir();
  await namespace.nft(inputRules());
  const out = directory.join("out.pcap");
  await using receiver = await startReceiver([ENDPOINT, out], { namespace });
  await using sender = await startSender([
    ...["--rate-control", "--lwm=1", "--hwm=0"],
    ...[String(GROUP), ENDPOINT],
  ], { namespace });
  const packets = 60_000;
  await flood(namespace, { count: packets, size: 1000, rate: 50_000 });
  await sender.process.waitForLine(/Rate control: frames are compressed/);
  await sender.process.waitForLine(/Rate control: frames pass as they are/);
  const { sent, received } = await stopPipe(sender, receiver);
  assert.equal(count(sent.stats, "captured"), packets);
  assert.equal(count(sent.stats, "kernel_dropped"), 0);
  assert.equal(count(sent.stats, "sent"), packets);
  assert.equal(count(received.stats, "received"), packets);
  const { missing, wrong } = judge(out, { count: packets, size: 1000 });
  assert.deepEqual({ missing, wrong }, { missing: 0, wrong: 0 });
  const ratio = count(sent.stats, "sent_bytes") /
    count(sent.stats, "captured_bytes");
  assert(ratio < 0.8, `${ratio}`);
});

for (const shed of ["flow", "tail"]) {
  Deno.test({
    name:
      `what a sender drops by ${shed} is counted, and everything else arrives`,
    ignore,
  }, async () => {
    await using namespace = await openNamespace();
    using directory = openTempDir();
    await namespace.nft(inputRules());
    const out = directory.join("out.pcap");
    await using receiver = await startReceiver([ENDPOINT, out], { namespace });
    await using sender = await startSender([
      ...["--rate-control", "--lwm=0", "--hwm=2", `--shed=${shed}`],
      ...[String(GROUP), ENDPOINT],
    ], { namespace });
    const packets = 40_000;
    await flood(namespace, { count: packets, size: 1000, rate: 50_000 });
    await sender.process.waitForLine(/WARN Rate control: what is above/);
    const { sent, received } = await stopPipe(sender, receiver);
    const of = (name: string): number => count(sent.stats, name);
    assert.equal(of("captured"), packets);
    assert.equal(of("kernel_dropped"), 0);
    assert.equal(
      of("sent") + of("rate_dropped") + of("queue_dropped"),
      packets,
    );
    assert(of("rate_dropped") > 0);
    assert(of("sent") > 2000, `${of("sent")} were sent`);
    assert.equal(count(received.stats, "received"), of("sent"));
    assert.equal(count(received.stats, "lost_in_transit"), 0);
    const [sensor = {}] = Object.values(received.stats?.sensors ?? {});
    assert.equal(sensor["rate_dropped"], of("rate_dropped"));
    const { missing, wrong } = judge(out, { count: packets, size: 1000 });
    const expected = { missing: packets - of("sent"), wrong: 0 };
    assert.deepEqual({ missing, wrong }, expected);
  });
}
