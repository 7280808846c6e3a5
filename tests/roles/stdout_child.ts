// Run by stdout_destination_test.ts: writes packets to standard output until they are all written, or nobody reads any more.
import process from "node:process";
import { openOutput } from "../../lib/libc/open_output.ts";
import { Poller } from "../../lib/libc/poller.ts";
import { PcapDestination } from "../../lib/roles/pcap_destination.ts";
import { LogRecorder } from "./log_recorder.ts";
import { HEADER, NumberedChunks } from "./numbered_chunks.ts";

const MOST_HELD = 8;

if (import.meta.main) {
  const [count = "0", then = "end"] = Deno.args;
  await using poller = Poller.open();
  const destination = new PcapDestination(
    openOutput({ kind: "stdout" }, { waiter: poller }),
    { header: () => HEADER, logger: new LogRecorder() },
  );
  const chunks = new NumberedChunks();
  for (let turn = 0; turn < Number(count); turn++) {
    destination.offer(chunks.make(100, { size: 1000 }));
    await Promise.race([destination.closed, chunks.untilHeld(MOST_HELD)]);
  }
  if (then === "wait") await destination.closed;
  const flushed = await destination.flush(20_000);
  const { state } = destination;
  await destination.close();
  const report = { flushed, state, ...destination.counters };
  process.stderr.write(JSON.stringify({ ...report, held: chunks.held }));
}
