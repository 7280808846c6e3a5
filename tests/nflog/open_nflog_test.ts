// The library on the real kernel, in the test's own process.
import assert from "node:assert/strict";
import process from "node:process";
import { batchPackets } from "../../lib/batch_packets.ts";
import { BindError } from "../../lib/nflog/bind_error.ts";
import {
  type Nflog,
  type NflogOptions,
  openNflog,
} from "../../lib/nflog/open_nflog.ts";
import {
  NflogOverflowError,
  OverflowWatch,
} from "../../lib/nflog/overflow_watch.ts";
import { runFlood } from "../helpers/flood.ts";
import { inNamespace } from "../helpers/in_namespace.ts";
import {
  canUseNamespaces,
  type Namespace,
  openNamespace,
} from "../helpers/namespace.ts";
import { needsRoot } from "../helpers/needs_root.ts";
import { within } from "../helpers/within.ts";

const ignore = !canUseNamespaces() || needsRoot("enter a namespace by itself");

const RULES = `table inet t {
  chain c {
    type filter hook input priority 0
    udp dport 9999 log group 5 prefix "lib" drop
    udp dport 9998 log group 6 snaplen 40 drop
  }
}
`;

async function openRuled(): Promise<Namespace> {
  const namespace = await openNamespace();
  await namespace.nft(RULES);
  return namespace;
}

function open(namespace: Namespace, options: NflogOptions): Nflog {
  return inNamespace(namespace, () => openNflog(options));
}

function send(
  namespace: Namespace,
  count: number,
  { port = 9999, size = 100 } = {},
): void {
  const to = `127.0.0.1:${port}`;
  inNamespace(namespace, () => runFlood({ count, size, to }));
}

Deno.test({
  name:
    "for await over openNflog() gives each packet, with what the kernel knows",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  await using nflog = open(namespace, { groups: [5, 6] });
  assert(nflog.fd > 2);
  assert.equal(nflog.socketBuffer.capped, false);
  send(namespace, 3);
  send(namespace, 1, { port: 9998, size: 500 });
  const packets = [];
  for await (const packet of nflog) {
    packets.push(packet);
    if (packets.length === 4) break;
  }
  // Each group is delivered by itself, in no order among them.
  packets.sort((one, other) => one.group - other.group);
  for (const packet of packets.slice(0, 3)) {
    assert.deepEqual([packet.group, packet.prefix, packet.hook], [5, "lib", 1]);
    assert.deepEqual([packet.capturedLength, packet.originalLength], [
      100,
      100,
    ]);
    assert.equal(packet.timeSource, "kernel");
    assert.equal(packet.inputInterface?.index, 1);
    assert.equal(packet.hardwareType, 772);
  }
  const [, , , cut] = packets;
  assert.deepEqual([cut?.group, cut?.prefix], [6, ""]);
  assert.deepEqual([cut?.capturedLength, cut?.originalLength], [40, 500]);
  const { captured, kernel_dropped, groups } = nflog.stats();
  assert.deepEqual([captured, kernel_dropped], [4, 0]);
  assert.equal(groups["5"]?.captured, 3);
});

Deno.test({
  name: "batches() gives all packets, in batches that stay",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  await using nflog = open(namespace, { groups: 5 });
  send(namespace, 5000);
  const batches = [];
  let packets = 0;
  for await (const batch of nflog.batches()) {
    batches.push(batch);
    packets += batch.packets;
    if (packets === 5000) break;
  }
  const numbers = batches.flatMap((batch) =>
    Array.from(batchPackets(batch), ({ data }) => {
      const view = new DataView(data.buffer, data.byteOffset);
      // The number is what a flood's packets begin with, behind 28 bytes of headers.
      return Number(view.getBigUint64(28, true) & 0xffffffffn);
    })
  );
  assert.equal(new Set(numbers).size, 5000);
  assert.equal(nflog.stats().captured, 5000);
});

Deno.test({
  name:
    "take() gives what has arrived, without waiting, when the descriptor is readable",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  await using nflog = open(namespace, { groups: 5, flushThreshold: 1 });
  assert.deepEqual(nflog.take(), []);
  send(namespace, 2);
  assert.equal(nflog.take().length, 1);
  assert.equal(nflog.take().length, 1);
  assert.deepEqual(nflog.take(), []);
});

Deno.test({
  name:
    "disposing of a capture ends who waits for packets, frees the group and keeps the counts",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  const nflog = open(namespace, { groups: 5 });
  send(namespace, 1);
  const seen: string[] = [];
  const reading = (async () => {
    for await (const packet of nflog) {
      seen.push(packet.prefix);
      queueMicrotask(() => nflog[Symbol.dispose]());
    }
  })();
  await within(reading, () => "the end of the iteration");
  assert.deepEqual(seen, ["lib"]);
  assert.equal(nflog.stats().captured, 1);
  assert.deepEqual(nflog.take(), []);
  await nflog[Symbol.asyncDispose]();
  // A stream that nobody has asked for anything yet ends as well.
  for await (const _ of nflog.batches()) assert.fail("there is nothing");
  using again = open(namespace, { groups: 5 });
  assert.equal(again.stats().captured, 0);
});

Deno.test({
  name:
    "a group that somebody has is refused with their name, and so are options that the kernel would ignore",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  using _first = open(namespace, { groups: 5 });
  assert.throws(() => open(namespace, { groups: [4, 5] }), (error) => {
    assert(error instanceof BindError);
    assert.deepEqual([error.kind, error.group], ["held", 5]);
    return true;
  });
  assert.throws(
    () => open(namespace, { groups: 7, kernelBuffer: 5 }),
    RangeError,
  );
  // Nothing of a refused capture is left behind.
  using _second = open(namespace, { groups: [4, 7] });
});

Deno.test({
  name: "connection tracking is given, or refused with what is missing",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  try {
    using nflog = open(namespace, { groups: 5, conntrack: true });
    send(namespace, 1);
    const [packet] = nflog.take();
    assert.notEqual(packet?.conntrackInfo, undefined);
  } catch (error) {
    assert(error instanceof BindError);
    assert.equal(error.kind, "unsupported");
    assert.match(error.message, /nf_conntrack_netlink/);
  }
});

Deno.test({
  name:
    "packets are numbered over all groups when that is asked for, and not at all when not",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  {
    using nflog = open(namespace, {
      ...{ groups: [5, 6], globalSequence: true, flushThreshold: 1 },
    });
    send(namespace, 1);
    send(namespace, 1, { port: 9998 });
    const [one, other] = [...nflog.take(), ...nflog.take()];
    assert.equal((other?.globalSequence ?? 0) - (one?.globalSequence ?? 0), 1);
    assert.equal(other?.sequence, 0);
  }
  using nflog = open(namespace, {
    groups: 5,
    sequence: false,
    flushThreshold: 1,
  });
  send(namespace, 1);
  const [packet] = nflog.take();
  assert.deepEqual([packet?.sequence, packet?.globalSequence], [
    ...[undefined, undefined],
  ]);
});

Deno.test({
  name:
    "an overflow is thrown, warned of or passed over, and in any case counted to the packet",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on("warning", onWarning);
  try {
    for (const overflow of ["throw", "warn", "ignore"] as const) {
      await using nflog = open(namespace, {
        ...{ groups: 5, socketBuffer: 30_000, overflow },
      });
      send(namespace, 20_000, { size: 1000 });
      const thrown = drain(nflog);
      // One more, after which all losses before it show.
      send(namespace, 1);
      while (nflog.stats().captured + nflog.stats().kernel_dropped < 20_001) {
        for await (const _ of nflog) break;
      }
      const { captured, kernel_dropped, overflows, dropped_datagrams } = nflog
        .stats();
      assert(kernel_dropped > 0 && captured > 0, overflow);
      assert(overflows > 0 && dropped_datagrams > 0);
      assert.equal(thrown, overflow === "throw" ? 1 : 0);
    }
  } finally {
    await new Promise<void>((resolve) => process.nextTick(resolve));
    process.off("warning", onWarning);
  }
  assert.equal(warnings.length, 1);
  assert(warnings[0] instanceof NflogOverflowError);
});

/** Reads all that has arrived, and counts what is thrown. */
function drain(nflog: Nflog): number {
  let thrown = 0;
  for (;;) {
    try {
      if (nflog.take().length === 0) return thrown;
    } catch (error) {
      assert(error instanceof NflogOverflowError);
      assert(error.droppedDatagrams > 0);
      thrown++;
    }
  }
}

Deno.test("OverflowWatch acts once for each overflow, and warns every ten seconds at most", () => {
  const faults = { overflows: 0, truncated: 0, malformed: 0 };
  const watch = new OverflowWatch({ faults, droppedDatagrams: 3 }, "throw");
  watch.check();
  faults.overflows = 2;
  assert.throws(() => watch.check(), { droppedDatagrams: 3 });
  watch.check();
  faults.overflows = 3;
  assert.throws(() => watch.check(), NflogOverflowError);
});
