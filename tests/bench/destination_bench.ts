// deno-lint-ignore-file no-console -- a bench prints what it measures
// What writing costs: CPU for each chunk of 256 KiB into a FIFO that `cat` reads and into /dev/null, and while a reader is slow.
// `deno run -A tests/bench/destination_bench.ts`
import process from "node:process";
import { openOutput } from "../../lib/libc/open_output.ts";
import { Poller } from "../../lib/libc/poller.ts";
import { pause } from "../../lib/roles/pause.ts";
import { PcapDestination } from "../../lib/roles/pcap_destination.ts";
import { RunningProcess } from "../helpers/process.ts";
import { openTempDir } from "../helpers/temp_dir.ts";

const CHUNK_SIZE = 256 * 1024;
const RATE = 2000;
const MILLISECONDS = 2000;
const say = (): void => {};
const silent = { debug: say, info: say, warn: say, error: say };

async function measure(
  title: string,
  path: string,
  reader?: string,
): Promise<void> {
  await using poller = Poller.open();
  await using destination = new PcapDestination(
    openOutput({ kind: "path", path }, { waiter: poller }),
    { header: () => new Uint8Array(24), logger: silent, flushBound: 0 },
  );
  await using _process = new RunningProcess({
    program: "sh",
    args: ["-c", reader ?? "true", path],
  });
  const bytes = new Uint8Array(CHUNK_SIZE);
  const chunk = { bytes, packets: 1, release(): void {} };
  const cpu = process.cpuUsage();
  const start = performance.now();
  let offered = 0;
  for (let now = start; now < start + MILLISECONDS; now = performance.now()) {
    const due = (now - start) * RATE / 1000;
    while (offered < due) {
      destination.offer(chunk);
      offered++;
    }
    await pause(2);
  }
  const { user, system } = process.cpuUsage(cpu);
  const { counters } = destination;
  console.log(
    `${title.padEnd(28)} ${offered} offered, ${counters.written} written, ` +
      `${counters.stalled_dropped} dropped, ${poller.wakeUps} wake-ups, ` +
      `${((user + system) / offered).toFixed(1)} us a chunk (${
        (user / offered).toFixed(1)
      } user)`,
  );
}

if (import.meta.main) {
  using directory = openTempDir();
  const path = directory.join("fifo");
  await new Deno.Command("mkfifo", { args: [path] }).output();
  await measure("FIFO, cat > /dev/null", path, 'cat "$0" > /dev/null');
  await measure("FIFO, dd of 4 KiB", path, 'dd if="$0" bs=4k of=/dev/null');
  await measure("FIFO, nobody", path);
  await measure("/dev/null, another thread", "/dev/null");
}
