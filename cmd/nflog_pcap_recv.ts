#!/usr/bin/env -S deno run --quiet --no-prompt --v8-flags=--max-semi-space-size=1,--heap-growing-percent=10 -P=recv
// nflog-pcap-recv: takes frames from any number of senders and writes their packets as a pcap stream.

import {
  RECEIVE_DEFINITION,
  type ReceiveCommand,
} from "../lib/cli/receive_command.ts";
import { keepFrameMemory } from "../lib/libc/allocator.ts";
import { Poller } from "../lib/libc/poller.ts";
import { dropPrivileges } from "../lib/libc/privileges.ts";
import { ReceiverLedger } from "../lib/metrics/receiver_ledger.ts";
import { headroomOf } from "../lib/roles/capture_encoder.ts";
import { endCapture } from "../lib/roles/end_capture.ts";
import { receiverLedgerRows } from "../lib/roles/ledger_rows.ts";
import {
  type IncomingMessage,
  messageSource,
} from "../lib/roles/message_source.ts";
import type { Logger } from "../lib/roles/logger.ts";
import { OffloadStage } from "../lib/roles/offload_stage.ts";
import { Patience } from "../lib/roles/patience.ts";
import { pause } from "../lib/roles/pause.ts";
import type { PcapDestination } from "../lib/roles/pcap_destination.ts";
import { RateLimitedLogger } from "../lib/roles/rate_limited_logger.ts";
import { runReceive } from "../lib/roles/receive.ts";
import { ZmqContext } from "../lib/zmq/context.ts";
import { type Counts, type Host, runInProcess } from "./wiring/host.ts";
import {
  type CaptureOutput,
  openCaptureOutput,
} from "./wiring/capture_output.ts";
import { type Inlet, type InletOptions, openInlet } from "./wiring/inlet.ts";
import { openMetrics } from "./wiring/metrics.ts";
import { type OpenedWindow, openWindow } from "./wiring/query_server.ts";
import { watchSensors } from "./wiring/watch_sensors.ts";

/** How often refused messages are logged, in milliseconds. */
const REFUSAL_INTERVAL = 60_000;

/** Bytes that wait for the output from which on messages are left where they are for a moment. */
const MUCH_OUTPUT = 4 * 1024 * 1024;

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
  const { window: settings } = command;
  const window = settings && openWindow({ settings, host, stack });
  const finder = window?.queries;
  await openMetrics(command, host, { stack, hasPage: true, finder });
  const poller = stack.use(Poller.open());
  host.stop.addEventListener("abort", () => poller.wake());
  const ledger = new ReceiverLedger();
  watchSensors(ledger, host, stack);
  const context = stack.use(ZmqContext.open());
  const inlet = await openInlet(context, {
    ...inletSettings(command),
    ...{ poller, host, stack },
    onRefused: () => ledger.rejectedFrames++,
  });
  const { output, encoder, offload } = openWriting(command, host, poller);
  stack.use(output);
  host.reportWith(() => countsOf(ledger, output, { offload, window }));
  void output.closed.then(() => host.requestStop());
  const asked = window?.serve(context, { poller, doors: inlet.doors });
  if (command.user !== undefined) dropPrivileges(command.user);
  const { endpoint } = inlet;
  host.ready("Receiving", { endpoint, ...asked && { asked_at: asked } });
  await runReceive({
    ...{ encoder, offload, output, ledger, monotonic },
    messages: openMessages(inlet, host, poller),
    ...{ record: window?.record, patience: patienceWith(output) },
    logger: limitRefusals(host.logger),
  });
  await endCapture(output, {
    encoder,
    ledger: () => receiverLedgerRows(ledger.reportAt(monotonic())),
  });
}

/** Where messages come in, and who may send and ask: the same, unless it is said otherwise. */
function inletSettings(
  command: ReceiveCommand,
): Pick<InletOptions, "endpoint" | "headroom" | "settings"> {
  const { curveServer: send, queryCurveServer = send, window } = command;
  const query = window === undefined ? undefined : queryCurveServer;
  const { endpoint, format } = command;
  return { endpoint, headroom: headroomOf(format), settings: { send, query } };
}

function openWriting(
  command: ReceiveCommand,
  host: Host,
  poller: Poller,
): CaptureOutput & { offload: OffloadStage } {
  const opened = openCaptureOutput({
    ...command,
    program: RECEIVE_DEFINITION.name,
    poller,
    logger: host.logger,
  });
  return { ...opened, offload: new OffloadStage(command) };
}

function patienceWith(output: PcapDestination): Patience {
  return new Patience({
    waiting: () => output.waiting,
    crowd: MUCH_OUTPUT,
    pause,
    help: () => output.pump(),
  });
}

function limitRefusals(logger: Logger): Logger {
  return new RateLimitedLogger(logger, {
    interval: REFUSAL_INTERVAL,
    now: monotonic,
    kindOf: (_message, { kind }) => String(kind),
  });
}

function monotonic(): number {
  return performance.now();
}

function openMessages(
  inlet: Inlet,
  host: Host,
  poller: Poller,
): ReadableStream<IncomingMessage> {
  return messageSource(inlet.socket, {
    wait: (descriptor) => poller.wait(descriptor, "read"),
    pause,
    monotonic,
    signal: host.stop,
  });
}

function countsOf(
  ledger: ReceiverLedger,
  output: PcapDestination,
  { offload, window }: {
    offload: OffloadStage;
    window: OpenedWindow | undefined;
  },
): Counts {
  const { counters, state } = output;
  const { stalled_dropped, written, written_bytes } = counters;
  return {
    totals: {
      ...ledger.totals,
      stalled_dropped,
      written,
      written_bytes,
      ...offload.counters,
    },
    sensors: ledger.reportAt(monotonic()),
    gauges: {
      output_queue_bytes: counters.queued_bytes,
      output_queue_peak_bytes: counters.queued_bytes_peak,
      output_queue_limit_bytes: output.limit,
      output_queue_packets: counters.queued,
      output_readers: counters.readers,
      ...ledger.gaugesAt(monotonic()),
      ...window?.gauges,
    },
    destination: { state },
  };
}

if (import.meta.main) {
  await runInProcess({ definition: RECEIVE_DEFINITION, run: receive });
}
