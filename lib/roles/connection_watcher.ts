import type { MonitorEvent } from "../zmq/monitor.ts";
import type { Logger } from "./logger.ts";

/** What tells about the connections of a socket. */
export interface ConnectionEvents {
  /** The descriptor to wait on when there is no event. */
  readonly fd: number;
  /** Takes the next event, without waiting. */
  next(): MonitorEvent | undefined;
}

/** What watching needs. */
export interface ConnectionWatcherOptions {
  /** Waits until a descriptor is readable, or for a bounded time. */
  wait: (descriptor: number) => Promise<unknown>;
  /** Says what happens; told of every event, so limit it. */
  logger: Logger;
  /** Ends the watch. */
  signal: AbortSignal;
  /** Told of each new connection. */
  onConnected?: (descriptor: number) => void;
}

/**
 * Logs what happens to the connections of a socket, until told to end.
 *
 * @param events What tells about them.
 * @param options What it needs.
 */
export async function watchConnections(
  events: ConnectionEvents,
  options: ConnectionWatcherOptions,
): Promise<void> {
  const { wait, logger, signal, onConnected } = options;
  while (!signal.aborted) {
    const event = events.next();
    if (event === undefined) {
      await wait(events.fd);
      continue;
    }
    if (event.kind === "stopped") return;
    if (event.kind === "connected") onConnected?.(event.fd);
    logEvent(event, logger);
  }
}

/** Logs an event, as loudly as it deserves. */
function logEvent(event: MonitorEvent, logger: Logger): void {
  const { kind, endpoint } = event;
  switch (kind) {
    case "handshake-succeeded":
      return logger.info("Connected", { endpoint });
    case "disconnected":
      return logger.warn("Disconnected", { endpoint });
    case "handshake-refused":
      return logger.error(
        "The other end refused this one's key: put its public key on the allow list there",
        { endpoint, status: event.status },
      );
    case "protocol-error":
    case "handshake-failed":
      return logger.error(
        "The other end speaks no ZeroMQ, or with other security: use the same CURVE options on both ends",
        { endpoint, kind },
      );
    default:
      return logger.debug("Connection", { ...event });
  }
}
