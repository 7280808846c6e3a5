// Follows the connections of a socket while a program runs.

import type { Poller } from "../lib/libc/poller.ts";
import { watchConnections } from "../lib/roles/connection_watcher.ts";
import type { Logger } from "../lib/roles/logger.ts";
import type { ZmqContext } from "../lib/zmq/context.ts";
import { SocketMonitor } from "../lib/zmq/monitor.ts";
import type { ZmqSocket } from "../lib/zmq/socket.ts";

/** What following needs. */
export interface FollowOptions {
  /** Waits for descriptors. */
  poller: Poller;
  /** Says what happens to connections. */
  logger: Logger;
  /** Told of each new connection. */
  onConnected?: (descriptor: number) => void;
}

/**
 * Follows the connections of a socket; begin before it binds or connects.
 *
 * @param context The context of the socket.
 * @param socket The socket.
 * @param options What it needs.
 * @returns What ends it; to be disposed of before the context.
 */
export function followConnections(
  context: ZmqContext,
  socket: ZmqSocket,
  options: FollowOptions,
): AsyncDisposable {
  const { poller, logger, onConnected } = options;
  const ended = new AbortController();
  const watching = watchConnections(SocketMonitor.open(context, socket), {
    wait: (descriptor) => poller.wait(descriptor, "read"),
    logger,
    signal: ended.signal,
    ...(onConnected && { onConnected }),
  });
  return {
    [Symbol.asyncDispose](): Promise<void> {
      ended.abort();
      poller.wake();
      return watching;
    },
  };
}
