// Where the packets of a program come from: NFLOG groups of this host's kernel, or a capture file.

import type { BatchBuilder } from "../../lib/batch_builder.ts";
import type { CaptureSettings } from "../../lib/cli/groups/capture_options.ts";
import type { PacketSource } from "../../lib/cli/values/mod.ts";
import { WallClock } from "../../lib/libc/clock.ts";
import { InterfaceNames } from "../../lib/libc/interface_names.ts";
import type { Poller } from "../../lib/libc/poller.ts";
import type { SenderLedger } from "../../lib/metrics/sender_ledger.ts";
import {
  CAPTURE_DEFAULTS,
  NflogCapture,
} from "../../lib/nflog/nflog_capture.ts";
import type { OwnPeers } from "../../lib/nflog/own_peers.ts";
import type { BatchPool } from "../../lib/roles/builder_pool.ts";
import { captureSource } from "../../lib/roles/capture_source.ts";
import type { Logger } from "../../lib/roles/logger.ts";
import { Patience } from "../../lib/roles/patience.ts";
import { PatientPool } from "../../lib/roles/patient_pool.ts";
import { OwnTrafficWarning } from "../../lib/roles/own_traffic_warning.ts";
import { pause } from "../../lib/roles/pause.ts";
import { RateLimitedLogger } from "../../lib/roles/rate_limited_logger.ts";
import { ReplaySource } from "../../lib/roles/replay_source.ts";
import type { Host } from "./host.ts";

/** How often a repeated loss is warned of, in milliseconds. */
const WARNING_INTERVAL = 10_000;

/** Frames in ZeroMQ from which on packets are left in the kernel's buffer for a moment: 8 MiB at most. */
const MANY_FRAMES = 32;

/** Bytes of a socket's buffer, as the kernel counts them, that can hold what comes in that moment at 1 GB/s. */
const ROOMY = 64 * 1024 * 1024;

/** What is told about the source. */
export interface SourceSettings extends CaptureSettings {
  /** Where packets come from. */
  source: PacketSource;
  /** Most bytes that the kernel copies of each packet, 1 to 65531. @default {65531} */
  copyRange?: number;
}

/** What the packets come from, open. */
export interface OpenedSource {
  /** The packets; each builder is its consumer's until given back to the pool. */
  stream: ReadableStream<BatchBuilder>;
  /** Whether the packets can wait. */
  patient: boolean;
}

/** What a source needs. */
export interface SourceSurroundings {
  /** Waits for descriptors. */
  poller: Poller;
  /** Where builders come from. */
  pool: BatchPool;
  /** Tells how many frames wait in ZeroMQ. @default {undefined} None ever do. */
  framesWaiting?: () => number;
  /** Where packets are counted. */
  ledger: SenderLedger;
  /** Recognises this program's own traffic. */
  own: OwnPeers;
  /** Closes what is opened here. */
  stack: AsyncDisposableStack;
}

/**
 * Opens what a command names as its source: NFLOG groups, a capture file, or standard input.
 *
 * @param command What it is told.
 * @param host The process it runs in.
 * @param surroundings What it needs.
 * @returns The packets.
 */
export async function openPacketSource(
  command: SourceSettings,
  host: Host,
  surroundings: SourceSurroundings,
): Promise<OpenedSource> {
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
  { pool, ledger }: SourceSurroundings,
): OpenedSource {
  const packets = new ReplaySource(bytes, {
    makeBuilder: () => pool.take(),
    signal: host.stop,
  });
  const book = new TransformStream<BatchBuilder, BatchBuilder>({
    transform(builder, controller): void {
      ledger.bookReplayed(builder.build());
      controller.enqueue(builder);
    },
    flush(): void {
      if (packets.malformed === 0) return;
      host.logger.warn(
        "Packets of the capture file were left out, as their NFLOG attributes make no sense",
        { malformed: packets.malformed },
      );
    },
  });
  return {
    stream: ReadableStream.from(packets).pipeThrough(book),
    patient: true,
  };
}

function openCapture(
  command: SourceSettings & { source: { kind: "groups" } },
  host: Host,
  surroundings: SourceSurroundings,
): OpenedSource {
  const { poller, ledger, own, stack } = surroundings;
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
    pool: patientPool(surroundings, capture.socketBuffer.size),
    wait: (descriptor) => poller.wait(descriptor, "read"),
    pause,
    signal: host.stop,
    flushTimeout: command.flushTimeout,
    logger: new RateLimitedLogger(host.logger, {
      interval: WARNING_INTERVAL,
      now: () => performance.now(),
      kindOf: (message) => message,
    }),
    onOwnTraffic: (dropped) => warning.check(dropped, own.peers),
  });
  return { stream, patient: false };
}

/** Has packets wait in the socket's buffer rather than in ZeroMQ, where the buffer is large enough for that. */
function patientPool(
  { pool, framesWaiting }: SourceSurroundings,
  buffer: number,
): BatchPool {
  if (framesWaiting === undefined || buffer < ROOMY) return pool;
  const patience = new Patience({
    waiting: framesWaiting,
    crowd: MANY_FRAMES,
    pause,
  });
  return new PatientPool(pool, patience);
}

/** Logs what the kernel gave, which can be less than was asked for. */
function logBuffers(
  command: SourceSettings & { source: { kind: "groups" } },
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
