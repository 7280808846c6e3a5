// What both relays open: a socket that is bound, one that is connected, and ledgers in between.

import type { PrivilegeSettings } from "../../lib/cli/common_options.ts";
import type {
  CurveClientSettings,
  CurveServerSettings,
} from "../../lib/cli/groups/curve_options.ts";
import type { RelayArguments } from "../../lib/cli/groups/relay_arguments.ts";
import { keepFrameMemory } from "../../lib/libc/allocator.ts";
import { Poller } from "../../lib/libc/poller.ts";
import { dropPrivileges } from "../../lib/libc/privileges.ts";
import { ReceiverLedger } from "../../lib/metrics/receiver_ledger.ts";
import { RelayLedger } from "../../lib/metrics/relay_ledger.ts";
import { SenderLedger } from "../../lib/metrics/sender_ledger.ts";
import type { FrameQueue } from "../../lib/roles/frame_queue.ts";
import type { FrameOutlet } from "../../lib/roles/frame_sender.ts";
import type { Logger } from "../../lib/roles/logger.ts";
import {
  messageSource,
  type MessageSourceOptions,
} from "../../lib/roles/message_source.ts";
import { pause } from "../../lib/roles/pause.ts";
import { RateLimitedLogger } from "../../lib/roles/rate_limited_logger.ts";
import { countRelay, type RelayLedgers } from "../../lib/roles/relay_counts.ts";
import type { RelayMessage } from "../../lib/roles/relay_inlet.ts";
import { ZmqContext } from "../../lib/zmq/context.ts";
import { openFrameQueue } from "./frame_memory.ts";
import type { Host } from "./host.ts";
import { openInlet } from "./inlet.ts";
import { readCurveClient } from "./keys.ts";
import { connectOutlets } from "./outlets.ts";
import { watchSensors } from "./watch_sensors.ts";

/** How often refused messages are logged, in milliseconds. */
const REFUSAL_INTERVAL = 60_000;

/** What a relay is told. */
export interface RelayCommand
  extends
    RelayArguments,
    CurveServerSettings,
    CurveClientSettings,
    PrivilegeSettings {
  /** Messages that may wait for the destination. */
  sendHighWaterMark: number;
}

/** Both ends of a relay, open. */
export interface Relay {
  /** The messages of senders. */
  messages: ReadableStream<RelayMessage>;
  /** Where to send. */
  outlet: FrameOutlet;
  /** Where to book. */
  ledgers: RelayLedgers;
  /** Says what was refused, once a minute at most. */
  refusals: Logger;
  /** Closes the sockets, and waits until what they hold was handed over or their linger has run out. */
  handOver(): Promise<void>;
}

/**
 * Opens both ends of a relay.
 *
 * @param command What it is told.
 * @param host The process it runs in.
 * @param stack Closes what is opened here.
 * @returns Both ends.
 * @throws {ErrnoError} If the source cannot be bound.
 * @throws {Error} If keys cannot be used, or the user cannot be changed.
 */
export async function openRelay(
  command: RelayCommand,
  host: Host,
  stack: AsyncDisposableStack,
): Promise<Relay> {
  keepFrameMemory();
  const { logger, stop: signal } = host;
  const poller = stack.use(Poller.open());
  signal.addEventListener("abort", () => poller.wake());
  const context = stack.use(ZmqContext.open());
  const { ledgers, queue } = openCounts(host, context, stack);
  const { lanes: [outlet], handOver } = connectOutlets(context, {
    ...command,
    poller,
    logger,
    stack,
    queue,
    endpoints: [command.destination],
    curve: await readCurveClient(command.curveClient),
  });
  if (outlet === undefined) throw new TypeError("Cannot relay to nowhere");
  // Ends before the context does, and that ends when everything was handed over.
  const receiving = stack.use(new AsyncDisposableStack());
  const inlet = await openInlet(context, {
    endpoint: command.source,
    settings: { send: command.curveServer, query: undefined },
    onRefused: () => ledgers.received.rejectedFrames++,
    poller,
    host,
    stack: receiving,
  });
  if (command.user !== undefined) dropPrivileges(command.user);
  host.ready("Relaying", { from: inlet.endpoint });
  return {
    messages: messageSource(inlet.socket, sourceOptions(poller, signal)),
    outlet,
    ledgers,
    refusals: limitRefusals(logger),
    handOver: () => receiving.disposeAsync().then(handOver),
  };
}

function sourceOptions(
  poller: Poller,
  signal: AbortSignal,
): MessageSourceOptions {
  const wait = (descriptor: number): Promise<number> =>
    poller.wait(descriptor, "read");
  return { wait, pause, monotonic, signal };
}

function monotonic(): number {
  return performance.now();
}

function limitRefusals(logger: Logger): Logger {
  return new RateLimitedLogger(logger, {
    interval: REFUSAL_INTERVAL,
    now: monotonic,
    kindOf: (_message, { kind }) => String(kind),
  });
}

/** Opens what a relay counts in: ledgers, and the frames that wait. */
function openCounts(
  host: Host,
  context: ZmqContext,
  stack: AsyncDisposableStack,
): { ledgers: RelayLedgers; queue: FrameQueue } {
  const queue = openFrameQueue(context);
  const ledgers = {
    received: new ReceiverLedger(),
    relayed: new RelayLedger(host.instance),
    own: new SenderLedger(),
  };
  host.reportWith(() => ({
    totals: { ...countRelay(ledgers) },
    sensors: ledgers.received.reportAt(monotonic()),
    gauges: { ...queue.state, ...ledgers.received.gaugesAt(monotonic()) },
  }));
  watchSensors(ledgers.received, host, stack);
  return { ledgers, queue };
}
