// A destination on regular files.
import assert from "node:assert/strict";
import { openOutput } from "../../lib/libc/open_output.ts";
import { Poller } from "../../lib/libc/poller.ts";
import { PcapDestination } from "../../lib/roles/pcap_destination.ts";
import { runCommand } from "../helpers/process.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { LogRecorder } from "./log_recorder.ts";
import {
  HEADER,
  NumberedChunks,
  range,
  readStream,
} from "./numbered_chunks.ts";

interface Opened {
  destination: PcapDestination;
  log: LogRecorder;
}

function open(path: string, waiter: Poller): Opened {
  const log = new LogRecorder();
  const opened = openOutput({ kind: "path", path }, {
    waiter,
    retryInterval: 1,
  });
  const options = { header: () => HEADER, logger: log };
  return { destination: new PcapDestination(opened, options), log };
}

Deno.test("PcapDestination makes a file where there was none, and says so", async () => {
  using directory = openTempDir();
  await using poller = Poller.open();
  const path = directory.join("new.pcap");
  const { destination, log } = open(path, poller);
  const chunks = new NumberedChunks();
  for (let turn = 0; turn < 100; turn++) destination.offer(chunks.make(10));
  assert.equal(await destination.flush(20_000), true);
  await destination.close();
  assert.equal(chunks.held, 0);
  assert.match(log.lines.join("\n"), /^info .* was not there .* mkfifo /);
  const stream = readStream(await Deno.readFile(path));
  assert.deepEqual(stream, { numbers: range(0, 1000), rest: 0 });
  const { written, readers } = destination.counters;
  assert.deepEqual({ written, readers }, { written: 1000, readers: 1 });
  await runCommand({ program: "tcpdump", args: ["-n", "-q", "-r", path] });
});

Deno.test("PcapDestination replaces a file", async () => {
  using directory = openTempDir();
  await using poller = Poller.open();
  const path = directory.join("old.pcap");
  await Deno.writeFile(path, new Uint8Array(10_000));
  {
    await using destination = open(path, poller).destination;
    destination.offer(new NumberedChunks().make(3));
  }
  const { numbers, rest } = readStream(await Deno.readFile(path));
  assert.deepEqual({ numbers, rest }, { numbers: [0, 1, 2], rest: 0 });
});

Deno.test("PcapDestination waits for the write in progress when it closes, and counts the rest as dropped", async () => {
  using directory = openTempDir();
  await using poller = Poller.open();
  const path = directory.join("out.pcap");
  const { destination } = open(path, poller);
  const chunks = new NumberedChunks();
  for (let turn = 0; turn < 20; turn++) {
    destination.offer(chunks.make(100, { size: 1000 }));
  }
  await destination.close();
  assert.equal(chunks.held, 0);
  const { written, stalled_dropped } = destination.counters;
  assert.equal(written + stalled_dropped, 2000);
  const stream = readStream(await Deno.readFile(path));
  assert.deepEqual(stream, { numbers: range(0, written), rest: 0 });
});

Deno.test("PcapDestination keeps packets while a device says that it is full", async () => {
  await using poller = Poller.open();
  const { destination, log } = open("/dev/full", poller);
  const chunks = new NumberedChunks();
  destination.offer(chunks.make(3));
  await log.until(
    /^error Cannot write \/dev\/full: the disk is full: write: ENOSPC; packets wait in memory, and it is tried again$/,
  );
  assert.equal(destination.state, "disk full");
  assert.equal(await destination.flush(1), false);
  assert.equal(destination.counters.queued, 3);
  await destination.close();
  assert.equal(destination.counters.stalled_dropped, 3);
});

const REFUSED = [
  { path: "/", says: /^TypeError: Cannot write \/: it is a directory; name / },
  {
    path: "/no/such/directory",
    says:
      /^ErrnoError: Cannot write .*: there is no such directory: open: ENOENT$/,
  },
];
for (const { path, says } of REFUSED) {
  Deno.test(`openOutput() refuses ${path}`, async () => {
    await using waiter = Poller.open();
    assert.throws(() => openOutput({ kind: "path", path }, { waiter }), says);
  });
}

Deno.test("openOutput() refuses a socket", async () => {
  using directory = openTempDir();
  await using waiter = Poller.open();
  const path = directory.join("socket");
  using _listener = Deno.listen({ transport: "unix", path });
  assert.throws(
    () => openOutput({ kind: "path", path }, { waiter }),
    /^TypeError: Cannot write .*: it is neither FIFO nor file; name /,
  );
});
