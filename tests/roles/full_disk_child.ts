// Run by full_disk_test.ts in a mount namespace of its own: fills a small file system, makes room, and goes on.
import process from "node:process";
import { readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { openOutput } from "../../lib/libc/open_output.ts";
import { Poller } from "../../lib/libc/poller.ts";
import { PcapDestination } from "../../lib/roles/pcap_destination.ts";
import { LogRecorder } from "./log_recorder.ts";
import { HEADER, NumberedChunks, readStream } from "./numbered_chunks.ts";

const BALLAST_SIZE = 512 * 1024;

if (import.meta.main) {
  const [directory = ""] = Deno.args;
  const ballast = `${directory}/ballast`;
  const path = `${directory}/out.pcap`;
  writeFileSync(ballast, new Uint8Array(BALLAST_SIZE));
  await using poller = Poller.open();
  const log = new LogRecorder();
  const destination = new PcapDestination(
    openOutput({ kind: "path", path }, { waiter: poller, retryInterval: 1 }),
    { header: () => HEADER, logger: log },
  );
  const chunks = new NumberedChunks();
  const offer = (): void => {
    for (let turn = 0; turn < 10; turn++) {
      destination.offer(chunks.make(70, { size: 1013 }));
    }
  };
  offer();
  await log.until(/^error .*ENOSPC/);
  const full = { state: destination.state, ...destination.counters };
  unlinkSync(ballast);
  await log.until(/works again$/);
  await destination.flush(20_000);
  const recovered = { state: destination.state, ...destination.counters };
  const inBetween = readStream(readFileSync(path));
  offer();
  await log.until(/^error .*ENOSPC/, 1);
  await destination.flush(100);
  await destination.close();
  const report = {
    full,
    recovered,
    inBetween: { packets: inBetween.numbers.length, rest: inBetween.rest },
    closed: destination.counters,
    held: chunks.held,
    ...readStream(readFileSync(path)),
  };
  process.stdout.write(JSON.stringify(report));
}
