#!/usr/bin/env -S deno run --quiet --no-prompt --v8-flags=--max-semi-space-size=1,--heap-growing-percent=10 -P=compress
// nflog-zmq-compress: hands messages of senders on, compressed or thinned out when they are too many.

import {
  COMPRESS_DEFINITION,
  type CompressCommand,
} from "../lib/cli/compress_command.ts";
import { COMPRESS_DEFAULTS, runCompress } from "../lib/roles/compress.ts";
import { type Host, runInProcess } from "./wiring/host.ts";
import { openMetrics } from "./wiring/metrics.ts";
import {
  messagesThatMayWait,
  openRateDependencies,
} from "./wiring/rate_control.ts";
import { openRelay } from "./wiring/relay.ts";

/**
 * Runs the relay until the host says stop.
 *
 * @param command What it is told to do.
 * @param host The process it runs in.
 */
export async function compress(
  command: CompressCommand,
  host: Host,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  await openMetrics(command, host, { stack });
  const { wireFormat: wire, sendHighWaterMark } = command;
  const rate = await openRateDependencies(command, {
    logger: host.logger,
    stack,
  });
  const waiting = messagesThatMayWait(sendHighWaterMark, wire);
  const relay = await openRelay(
    { ...command, sendHighWaterMark: waiting },
    host,
    stack,
  );
  await runCompress({ ...COMPRESS_DEFAULTS, wire }, {
    ...rate,
    ...relay,
    instance: host.instance,
    now: () => Date.now() * 1000,
  });
  await relay.handOver();
}

if (import.meta.main) {
  await runInProcess({ definition: COMPRESS_DEFINITION, run: compress });
}
