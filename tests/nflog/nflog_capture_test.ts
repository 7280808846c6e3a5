// The capture on the real kernel, in this process: what no recorded datagram can show.
import assert from "node:assert/strict";
import { BatchBuilder } from "../../lib/batch_builder.ts";
import { ERRNO } from "../../lib/ffi/errno.ts";
import { SenderLedger } from "../../lib/metrics/sender_ledger.ts";
import {
  CAPTURE_DEFAULTS,
  type CaptureOptions,
  NflogCapture,
} from "../../lib/nflog/nflog_capture.ts";
import { NflogSocket } from "../../lib/nflog/nflog_socket.ts";
import { runFlood } from "../helpers/flood.ts";
import { FloodJudge } from "../helpers/flood_judge.ts";
import { inNamespace } from "../helpers/in_namespace.ts";
import { needsRoot } from "../helpers/needs_root.ts";
import {
  canUseNamespaces,
  type Namespace,
  openNamespace,
} from "../helpers/namespace.ts";
import { readBatch } from "../wire/frames.ts";

// The tests of the programs cover the same code for other users.
const ignore = !canUseNamespaces() || needsRoot("enter a namespace by itself");

const RULES = `table inet t {
  chain c {
    type filter hook input priority 0
    udp dport 9999 log group 5 drop
  }
}
`;

interface Opened extends Disposable {
  capture: NflogCapture;
  ledger: SenderLedger;
  judge: FloodJudge;
  /** Moves all that has arrived to the judge. */
  drain(): void;
}

function openCapture(
  namespace: Namespace,
  options: Partial<CaptureOptions> = {},
  expected = { count: 0, size: 100 },
): Opened {
  const ledger = new SenderLedger();
  const all = { ...CAPTURE_DEFAULTS, ...options };
  const capture = inNamespace(namespace, () =>
    NflogCapture.open([5], all, {
      clock: { read: () => {}, seconds: 1, nanoseconds: 0 },
      nameOf: (index) => `if${index}`,
      own: { active: false, matches: () => false },
      totalsOf: (group) => ledger.group(group),
    }));
  const judge = new FloodJudge(expected);
  const builder = new BatchBuilder(new Uint8Array(300_008), { limit: 300_000 });
  const drain = (): void => {
    for (let more = true; more;) {
      builder.reset();
      more = capture.fill(builder);
      for (const { data, originalLength } of readBatch(builder.build())) {
        judge.add(data, originalLength);
      }
    }
  };
  const close = (): void => capture[Symbol.dispose]();
  return { capture, ledger, judge, drain, [Symbol.dispose]: close };
}

function send(
  namespace: Namespace,
  first: number,
  count: number,
  size = 100,
): void {
  inNamespace(
    namespace,
    () => runFlood({ first, count, size, to: "127.0.0.1:9999" }),
  );
}

Deno.test({
  name: "NflogCapture.finish() has the kernel deliver what it had gathered",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  await namespace.nft(RULES);
  const options = { flushTimeout: 60_000, flushThreshold: 100_000 };
  using opened = openCapture(namespace, options, { count: 50, size: 100 });
  send(namespace, 0, 50);
  opened.drain();
  assert.equal(opened.ledger.totals.captured, 0);
  assert.equal(opened.capture.finish(), true);
  opened.drain();
  const { missing, packets } = opened.judge.verdict();
  assert.deepEqual([missing, packets], [0, 50]);
  // The group is free: nothing more is logged to it.
  send(namespace, 50, 50);
  opened.drain();
  assert.equal(opened.ledger.totals.captured, 50);
  assert.equal(opened.ledger.totals.kernel_dropped, 0);
});

Deno.test({
  name: "NflogCapture reads the largest datagrams that the kernel makes, uncut",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  await namespace.nft(RULES);
  for (
    const [kernelBuffer, size] of [[131072, 1400], [131072, 100], [
      3776,
      9000,
    ]] as const
  ) {
    const expected = { count: 3000, size };
    using opened = openCapture(namespace, { kernelBuffer }, expected);
    send(namespace, 0, 3000, size);
    opened.capture.finish();
    opened.drain();
    const { foreign, duplicated, reordered, damaged, missing } = opened.judge
      .verdict();
    assert.equal(foreign + duplicated + reordered + damaged + missing, 0);
    const { truncated, malformed, overflows } = opened.capture.faults;
    assert.deepEqual([truncated, malformed, overflows], [0, 0, 0]);
  }
});

Deno.test({
  name:
    "NflogCapture.open() gives the kernel its settings, as /proc shows them",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  using _opened = openCapture(namespace, { flushTimeout: 70, copyRange: 1234 });
  const text = await namespace.run("cat", [
    "/proc/net/netfilter/nfnetlink_log",
  ]);
  // Group, port of its owner, packets gathered, mode 2 (PACKET), range, timeout in hundredths of a second, users.
  assert.match(text, /^ +5 +\d+ +0 +2 +1234 +7 +1$/m);
});

Deno.test({
  name: "NflogCapture counts what a full socket cost, to the packet",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  await namespace.nft(RULES);
  // Full batches only: no timer delivers part of one.
  const options = {
    socketBuffer: 100_000,
    flushThreshold: 10,
    flushTimeout: 60_000,
  };
  const expected = { count: 20_100, size: 100 };
  using opened = openCapture(namespace, options, expected);
  let sent = 0;
  for (let round = 0; round < 3; round++) {
    send(namespace, sent, 6600);
    sent += 6600;
    opened.drain();
    assert.equal(opened.capture.faults.overflows, round + 1);
    send(namespace, sent, 100);
    sent += 100;
    opened.drain();
  }
  opened.capture.finish();
  opened.drain();
  const { captured, kernel_dropped } = opened.ledger.totals;
  assert(kernel_dropped > 15_000);
  assert.equal(captured + kernel_dropped, sent);
  assert.equal(opened.judge.verdict().missing, kernel_dropped);
  // The kernel counts datagrams, of ten packets each here.
  assert.equal(opened.capture.droppedDatagrams, kernel_dropped / 10);
});

Deno.test({
  name: "NflogSocket keeps packets that came while another group was bound",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  await namespace.nft(RULES);
  using socket = inNamespace(namespace, () => NflogSocket.open());
  const settings = {
    ...CAPTURE_DEFAULTS,
    kernelBuffer: 3776,
    flushThreshold: 1,
    flags: 1,
  };
  socket.bind(5, settings);
  send(namespace, 0, 3);
  socket.bind(6, settings);
  send(namespace, 3, 1);
  const buffer = new Uint8Array(8192);
  const numbers: number[] = [];
  for (;;) {
    const size = socket.read(buffer);
    if (size < 0) {
      assert.equal(size, -ERRNO.EAGAIN);
      break;
    }
    numbers.push(buffer[size - 69] ?? -1); // the last byte of the payload's number
  }
  assert.deepEqual(numbers, [0, 1, 2, 3]);
  assert.deepEqual([...socket.groups], [5, 6]);
  assert.equal(socket.unbind(5), true);
  assert.deepEqual([...socket.groups], [6]);
});

Deno.test({
  name: "NflogSocket.setBufferSize() says what the kernel gave",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  using socket = inNamespace(namespace, () => NflogSocket.open());
  assert.deepEqual(socket.setBufferSize(1_000_000), {
    size: 2_000_000,
    capped: false,
  });
  assert.equal(socket.droppedDatagrams, 0);
});

Deno.test({
  name:
    "NflogSocket.bind() fails with EPERM where another socket has the group",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  using opened = openCapture(namespace);
  using other = inNamespace(namespace, () => NflogSocket.open());
  const settings = { ...CAPTURE_DEFAULTS, flags: 1 };
  assert.throws(() => other.bind(5, settings), { code: "EPERM", call: "bind" });
  assert.deepEqual([...other.groups], []);
  opened[Symbol.dispose]();
  opened[Symbol.dispose]();
  other.bind(5, settings);
});

for (
  const [name, options] of [
    ["kernelBuffer", { kernelBuffer: 3775 }],
    ["kernelBuffer", { kernelBuffer: 131073 }],
    ["copyRange", { copyRange: 0 }],
    ["copyRange", { copyRange: 65532 }],
    ["flushThreshold", { flushThreshold: 0 }],
    ["flushTimeout", { flushTimeout: -1 }],
    ["flushTimeout", { flushTimeout: NaN }],
    ["socketBuffer", { socketBuffer: 0 }],
    ["socketBuffer", { socketBuffer: 2 ** 30 }],
  ] as const
) {
  const [value] = Object.values(options);
  Deno.test(`NflogCapture.open() refuses ${name} ${value}, which the kernel would ignore`, () => {
    const dependencies = {
      clock: { read: () => {}, seconds: 1, nanoseconds: 0 },
      nameOf: () => "",
      own: { active: false, matches: () => false },
      totalsOf: () => new SenderLedger().group(5),
    };
    const all = { ...CAPTURE_DEFAULTS, ...options };
    assert.throws(() => NflogCapture.open([5], all, dependencies), {
      name: "RangeError",
      message: new RegExp(`${name} is ${value},`),
    });
  });
}
