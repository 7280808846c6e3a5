#!/usr/bin/env -S deno run --quiet --no-prompt --v8-flags=--max-semi-space-size=1,--heap-growing-percent=10 -P=decompress
// nflog-zmq-decompress: hands messages of senders on, decompressed.

import {
  DECOMPRESS_DEFINITION,
  type DecompressCommand,
} from "../lib/cli/decompress_command.ts";
import { runDecompress } from "../lib/roles/decompress.ts";
import { pause } from "../lib/roles/pause.ts";
import { type Host, runInProcess } from "./wiring/host.ts";
import { openMetrics } from "./wiring/metrics.ts";
import { openRelay } from "./wiring/relay.ts";

/**
 * Runs the relay until the host says stop.
 *
 * @param command What it is told to do.
 * @param host The process it runs in.
 */
export async function decompress(
  command: DecompressCommand,
  host: Host,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  await openMetrics(command, host, { stack });
  const relay = await openRelay(command, host, stack);
  await runDecompress({
    ...relay,
    monotonic: () => performance.now(),
    pause,
  });
  await relay.handOver();
}

if (import.meta.main) {
  await runInProcess({ definition: DECOMPRESS_DEFINITION, run: decompress });
}
