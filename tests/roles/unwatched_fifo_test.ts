// A FIFO that may only be written, or for which the kernel grants no watch: readers are found by trying.
import assert from "node:assert/strict";
import { ERRNO } from "../../lib/ffi/errno.ts";
import { OPEN } from "../../lib/libc/constants.ts";
import { FifoOutput } from "../../lib/libc/fifo_output.ts";
import { FileCalls } from "../../lib/libc/file_calls.ts";
import { Poller } from "../../lib/libc/poller.ts";
import { PcapDestination } from "../../lib/roles/pcap_destination.ts";
import { runCommand, RunningProcess } from "../helpers/process.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { LogRecorder } from "./log_recorder.ts";
import { HEADER, NumberedChunks, readStream } from "./numbered_chunks.ts";

class UnwatchedCalls extends FileCalls {
  override openWatch(): number {
    return -ERRNO.EMFILE;
  }
}

class WriteOnlyCalls extends UnwatchedCalls {
  override open(path: string, flags: number): number {
    if ((flags & OPEN.READ_WRITE) !== 0) return -ERRNO.EACCES;
    return super.open(path, flags);
  }
}

for (const Calls of [UnwatchedCalls, WriteOnlyCalls]) {
  Deno.test(`PcapDestination serves one reader after the other with ${Calls.name}`, async () => {
    using directory = openTempDir();
    const path = directory.join("fifo");
    await runCommand({ program: "mkfifo", args: [path] });
    await using poller = Poller.open();
    const log = new LogRecorder();
    const chunks = new NumberedChunks();
    const output = new FifoOutput({ calls: new Calls(), waiter: poller }, path);
    assert.match(output.remark ?? "", /allow this user to read it$/);
    await using destination = new PcapDestination(
      { output, name: path, remark: undefined },
      { header: () => HEADER, logger: log },
    );
    for (let turn = 0; turn < 2; turn++) {
      assert.equal(destination.state, "waiting for a reader");
      destination.offer(chunks.make(2));
      await using reader = new RunningProcess({
        program: "head",
        args: ["-c", "256", path],
      });
      await log.until(/A stream begins/, turn + 1);
      const { stdout } = await reader.finish();
      const numbers = [2 * turn, 2 * turn + 1];
      assert.deepEqual(readStream(stdout), { numbers, rest: 0 });
      await log.until(/A stream ends/, turn + 1);
    }
  });
}
