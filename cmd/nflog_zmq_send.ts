#!/usr/bin/env -S deno run --quiet --no-prompt -P=send
// nflog-zmq-send: reads the packets of NFLOG groups, or of a capture file, and sends them over ZeroMQ.

import type { BatchBuilder } from "../lib/batch_builder.ts";
import { SEND_DEFINITION, type SendCommand } from "../lib/cli/send_command.ts";
import { WallClock } from "../lib/libc/clock.ts";
import { InterfaceNames } from "../lib/libc/interface_names.ts";
import { Poller } from "../lib/libc/poller.ts";
import { dropPrivileges } from "../lib/libc/privileges.ts";
import { SenderLedger } from "../lib/metrics/sender_ledger.ts";
import { CAPTURE_DEFAULTS, NflogCapture } from "../lib/nflog/nflog_capture.ts";
import { OwnPeers } from "../lib/nflog/own_peers.ts";
import { captureSource } from "../lib/roles/capture_source.ts";
import type { Logger } from "../lib/roles/logger.ts";
import { OwnTrafficWarning } from "../lib/roles/own_traffic_warning.ts";
import { pause } from "../lib/roles/pause.ts";
import { RateLimitedLogger } from "../lib/roles/rate_limited_logger.ts";
import { ReplaySource } from "../lib/roles/replay_source.ts";
import { runSend } from "../lib/roles/send.ts";
import { SendBuffers } from "../lib/roles/send_buffers.ts";
import { FRAME_SIZE } from "../lib/wire/constants.ts";
import { frameHeaderSize } from "../lib/wire/frame_header.ts";
import { sanitizeSensorName } from "../lib/wire/sensor_name.ts";
import { ZmqContext } from "../lib/zmq/context.ts";
import { MessageBufferPool } from "../lib/zmq/message_buffer.ts";
import { type Host, runInProcess } from "./host.ts";
import { openMetrics } from "./metrics.ts";
import { openSending } from "./sending.ts";

/** Builders in use at a time: one is filled while another is sent. */
const BUILDERS = 2;

/** Memory that frames are made in: so much each, and so many kept for use again. */
const BUFFERS = { capacity: FRAME_SIZE, idleLimit: 64 } as const;

/** How often a repeated loss is warned of, in milliseconds. */
const WARNING_INTERVAL = 10_000;

/** What the packets come from, open. */
interface Source {
  stream: ReadableStream<BatchBuilder>;
  /** Whether the packets can wait for the network. */
  patient: boolean;
}

/** What the parts of the sender share. */
interface Surroundings {
  poller: Poller;
  pool: SendBuffers;
  ledger: SenderLedger;
  own: OwnPeers;
  stack: AsyncDisposableStack;
}

/**
 * Runs the sender until its source ends or the host says stop.
 *
 * @param command What it is told to do.
 * @param host The process it runs in.
 */
export async function send(command: SendCommand, host: Host): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const poller = stack.use(Poller.open());
  host.stop.addEventListener("abort", () => poller.wake());
  const context = stack.use(ZmqContext.open());
  const sensor = sanitizeSensorName(command.sensor ?? Deno.hostname());
  const pool = new SendBuffers(new MessageBufferPool(context, BUFFERS), {
    size: BUILDERS,
    headerSize: frameHeaderSize(sensor),
  });
  const ledger = new SenderLedger();
  const own = new OwnPeers();
  host.reportWith(() => ({
    sensor,
    totals: { ...ledger.totals },
    groups: Object.fromEntries(ledger.groups),
    gauges: { ...pool.queue },
  }));
  await openMetrics(command, host, { stack });
  const surroundings = { poller, pool, ledger, own, stack };
  const source = await openSource(command, host, surroundings);
  const { stream, patient } = source;
  const { handOver, ...sending } = openSending(command, host, {
    ...surroundings,
    context,
    sensor,
    patient,
  });
  if (command.user !== undefined) dropPrivileges(command.user);
  host.ready("Sending", { sensor });
  await runSend({ heartbeat: command.heartbeat, patient }, {
    ...sending,
    source: stream,
    pool,
    pause,
    signal: host.stop,
  });
  await handOver();
}

async function openSource(
  command: SendCommand,
  host: Host,
  surroundings: Surroundings,
): Promise<Source> {
  const { source } = command;
  switch (source.kind) {
    case "groups":
      return openCapture({ ...command, source }, host, surroundings);
    case "stdin":
      return openReplay(Deno.stdin.readable, host, surroundings);
    case "file": {
      const file = await Deno.open(source.path);
      return openReplay(file.readable, host, surroundings);
    }
  }
}

function openReplay(
  bytes: ReadableStream<Uint8Array>,
  host: Host,
  { pool, ledger }: Surroundings,
): Source {
  const packets = new ReplaySource(bytes, {
    makeBuilder: () => pool.take(),
    signal: host.stop,
  });
  const book = new TransformStream<BatchBuilder, BatchBuilder>({
    transform(builder, controller): void {
      ledger.bookReplayed(builder.build());
      controller.enqueue(builder);
    },
  });
  return {
    stream: ReadableStream.from(packets).pipeThrough(book),
    patient: true,
  };
}

function openCapture(
  command: SendCommand & { source: { kind: "groups" } },
  host: Host,
  surroundings: Surroundings,
): Source {
  const { poller, pool, ledger, own, stack } = surroundings;
  const names = stack.use(new InterfaceNames(() => performance.now()));
  const options = { ...CAPTURE_DEFAULTS, ...command };
  const capture = stack.use(
    NflogCapture.open(command.source.groups, options, {
      clock: stack.use(new WallClock()),
      nameOf: (index) => names.nameOf(index),
      own,
      totalsOf: (group) => ledger.group(group),
    }),
  );
  logBuffers(command, capture, host.logger);
  const warning = new OwnTrafficWarning(host.logger);
  const stream = captureSource(capture, {
    pool,
    wait: (descriptor) => poller.wait(descriptor, "read"),
    pause,
    signal: host.stop,
    flushTimeout: command.flushTimeout,
    logger: new RateLimitedLogger(host.logger, {
      interval: WARNING_INTERVAL,
      now: () => performance.now(),
    }),
    onOwnTraffic: (dropped) => warning.check(dropped, own.peers),
  });
  return { stream, patient: false };
}

/** Logs what the kernel gave, which can be less than was asked for. */
function logBuffers(
  command: SendCommand & { source: { kind: "groups" } },
  capture: NflogCapture,
  logger: Logger,
): void {
  const { size, capped } = capture.socketBuffer;
  logger.info("Capturing", {
    groups: command.source.groups.join(","),
    socket_buffer_bytes: size,
    kernel_buffer_bytes: command.kernelBuffer,
  });
  if (capped) {
    logger.warn(
      "The NFLOG socket's buffer is smaller than asked for: CAP_NET_ADMIN or a higher net.core.rmem_max is needed",
      { socket_buffer_bytes: size, asked_bytes: 2 * command.socketBuffer },
    );
  }
}

if (import.meta.main) {
  await runInProcess({ definition: SEND_DEFINITION, run: send });
}
