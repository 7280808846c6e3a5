// Follows the connections of a socket while a program runs.

import type { Poller } from "../../lib/libc/poller.ts";
import {
  handleEvents,
  watchConnections,
} from "../../lib/roles/connection_watcher.ts";
import { pause } from "../../lib/roles/pause.ts";
import type { ZmqContext } from "../../lib/zmq/context.ts";
import { type MonitorEvent, SocketMonitor } from "../../lib/zmq/monitor.ts";
import type { ZmqSocket } from "../../lib/zmq/socket.ts";

/** What following needs. */
export interface FollowOptions {
  /** Waits for descriptors. */
  poller: Poller;
  /** What takes each event. */
  log: { handle(event: MonitorEvent): void };
}

/** A socket whose connections are followed. To be disposed of before the context. */
export interface Following extends AsyncDisposable {
  /** Takes all events that are there, at once. */
  catchUp(): void;
}

/**
 * Follows the connections of a socket; begin before it binds or connects.
 *
 * @param context The context of the socket.
 * @param socket The socket.
 * @param options What it needs.
 * @returns What ends it.
 */
export function followConnections(
  context: ZmqContext,
  socket: ZmqSocket,
  options: FollowOptions,
): Following {
  const { poller, log } = options;
  const ended = new AbortController();
  const monitor = SocketMonitor.open(context, socket);
  const handle = (event: MonitorEvent): void => log.handle(event);
  const watching = watchConnections(monitor, {
    wait: (descriptor) => poller.wait(descriptor, "read"),
    pause,
    handle,
    signal: ended.signal,
  });
  return {
    catchUp(): void {
      while (handleEvents(monitor, { handle }) === "more");
    },
    [Symbol.asyncDispose](): Promise<void> {
      ended.abort();
      poller.wake();
      return watching;
    },
  };
}
