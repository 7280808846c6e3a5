// A socket that connects: what is said of its connection, and coming back when it was turned away.

import type { Poller } from "../../lib/libc/poller.ts";
import { ConnectingLog } from "../../lib/roles/connecting_log.ts";
import type { Logger } from "../../lib/roles/logger.ts";
import { RateLimitedLogger } from "../../lib/roles/rate_limited_logger.ts";
import { awaitVerdict, Readmission } from "../../lib/roles/readmission.ts";
import { TIMERS } from "../../lib/roles/timers.ts";
import type { ZmqContext } from "../../lib/zmq/context.ts";
import type { CurveClientOptions } from "../../lib/zmq/curve.ts";
import { SocketMonitor } from "../../lib/zmq/monitor.ts";
import { type PushOptions, PushSocket } from "../../lib/zmq/push_socket.ts";
import { followConnections } from "./connections.ts";

/** How often one kind of thing is said of a connection, in milliseconds. */
const LOG_INTERVAL = 60_000;

/** What a socket that connects needs. */
export interface ConnectingOptions extends PushOptions {
  /** Where to. */
  endpoint: string;
  /** CURVE of the socket. */
  curve?: CurveClientOptions;
  /** Waits for descriptors. */
  poller: Poller;
  /** Says what happens to the connection. */
  logger: Logger;
  /** Told of each new connection. */
  onConnected?: (descriptor: number) => void;
  /** Ends what is begun here; before the context does. */
  stack: AsyncDisposableStack;
}

/**
 * Connects a socket.
 *
 * @param context What it is made from.
 * @param options What it needs.
 * @returns The socket; it ends with its context.
 */
export function connectSocket(
  context: ZmqContext,
  options: ConnectingOptions,
): PushSocket {
  const { endpoint, poller, stack, curve, onConnected } = options;
  const logger = new RateLimitedLogger(options.logger, {
    interval: LOG_INTERVAL,
    now: () => performance.now(),
    kindOf: (message) => message,
  });
  const socket = PushSocket.open(context, options);
  const readmission = stack.use(
    openReadmission(context, socket, { ...options, logger }),
  );
  const log = new ConnectingLog({
    logger,
    onConnected,
    publicKey: curve?.keys.publicKey,
    onTurnedAway: () => readmission.begin(),
  });
  stack.use(followConnections(context, socket, { poller, log }));
  socket.connect(endpoint);
  return socket;
}

function openReadmission(
  context: ZmqContext,
  socket: PushSocket,
  options: ConnectingOptions,
): AsyncDisposable & { begin(): void } {
  const { endpoint, poller, logger } = options;
  const ended = new AbortController();
  const readmission = new Readmission({
    knock: (signal) => knock(context, options, signal),
    enter(): void {
      // What is left of the connection that was refused goes.
      socket.disconnect(endpoint);
      socket.connect(endpoint);
    },
    timers: TIMERS,
    signal: ended.signal,
    onError: (error) =>
      logger.warn("Cannot connect again yet", { endpoint, reason: error }),
  });
  return {
    begin: () => readmission.begin(),
    [Symbol.asyncDispose](): Promise<void> {
      ended.abort();
      poller.wake();
      return readmission.ended;
    },
  };
}

/** Tries whether the other end lets this one in. */
async function knock(
  context: ZmqContext,
  { endpoint, curve, poller }: ConnectingOptions,
  signal: AbortSignal,
): Promise<boolean> {
  using socket = PushSocket.open(context, {
    linger: 0,
    ...(curve && { curve }),
  });
  using monitor = SocketMonitor.open(context, socket);
  socket.connect(endpoint);
  return await awaitVerdict(monitor, {
    wait: (descriptor) => poller.wait(descriptor, "read"),
    signal,
  });
}
