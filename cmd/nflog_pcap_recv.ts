#!/usr/bin/env -S deno run --quiet --no-prompt -P=recv
// nflog-pcap-recv: takes frames from any number of senders and writes their packets as a pcap stream.

import {
  RECEIVE_DEFINITION,
  type ReceiveCommand,
} from "../lib/cli/receive_command.ts";
import { keepFrameMemory } from "../lib/libc/allocator.ts";
import { openOutput } from "../lib/libc/open_output.ts";
import { Poller } from "../lib/libc/poller.ts";
import { ReceiverLedger } from "../lib/metrics/receiver_ledger.ts";
import {
  encodeFileHeader,
  PCAP_FILE_DEFAULTS,
} from "../lib/pcap/file_header.ts";
import { messageSource } from "../lib/roles/message_source.ts";
import { pause } from "../lib/roles/pause.ts";
import { PcapDestination } from "../lib/roles/pcap_destination.ts";
import { RateLimitedLogger } from "../lib/roles/rate_limited_logger.ts";
import { runReceive } from "../lib/roles/receive.ts";
import { ZmqContext } from "../lib/zmq/context.ts";
import { type Counts, type Host, runInProcess } from "./host.ts";
import { bindInlet } from "./inlet.ts";

/** How often refused messages are logged, in milliseconds. */
const REFUSAL_INTERVAL = 60_000;

/**
 * Runs the receiver until the host says stop, or the reader of its standard output is gone.
 *
 * @param command What it is told to do.
 * @param host The process it runs in.
 */
export async function receive(
  command: ReceiveCommand,
  host: Host,
): Promise<void> {
  keepFrameMemory();
  await using stack = new AsyncDisposableStack();
  const poller = stack.use(Poller.open());
  host.stop.addEventListener("abort", () => poller.wake());
  const ledger = new ReceiverLedger();
  const context = stack.use(ZmqContext.open());
  const inlet = bindInlet(context, {
    endpoint: command.endpoint,
    poller,
    logger: host.logger,
    stack,
  });
  const output = stack.use(openDestination(command, host, poller));
  host.reportWith(() => countsOf(ledger, output));
  void output.closed.then(() => host.requestStop());
  host.ready("Receiving", { endpoint: inlet.endpoint });
  const monotonic = (): number => performance.now();
  await runReceive({ precision: command.precision }, {
    messages: messageSource(inlet.socket, {
      wait: (descriptor) => poller.wait(descriptor, "read"),
      pause,
      monotonic,
      signal: host.stop,
    }),
    output,
    ledger,
    logger: new RateLimitedLogger(host.logger, {
      interval: REFUSAL_INTERVAL,
      now: monotonic,
    }),
    monotonic,
  });
}

function openDestination(
  command: ReceiveCommand,
  host: Host,
  poller: Poller,
): PcapDestination {
  const header = encodeFileHeader({
    ...PCAP_FILE_DEFAULTS,
    precision: command.precision,
  });
  const output = openOutput(command.destination, { waiter: poller });
  return new PcapDestination(output, {
    outputBuffer: command.outputBuffer,
    header: () => header,
    logger: host.logger,
  });
}

function countsOf(ledger: ReceiverLedger, output: PcapDestination): Counts {
  const { stalled_dropped, written, written_bytes } = output.counters;
  return {
    totals: { ...ledger.totals, stalled_dropped, written, written_bytes },
    sensors: ledger.reportAt(performance.now()),
  };
}

if (import.meta.main) {
  await runInProcess({ definition: RECEIVE_DEFINITION, run: receive });
}
