import type { MonitorEvent } from "../zmq/monitor.ts";
import type { Pause } from "./pause.ts";

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
  /** Waits for a time. */
  pause: Pause;
  /** Told of each event. */
  handle: (event: MonitorEvent) => void;
  /** Ends the watch. */
  signal: AbortSignal;
}

/** Events after which other work gets its turn, though more are there. */
const PER_TURN = 256;

/**
 * Follows the connections of a socket, until told to end.
 *
 * @param events What tells about them.
 * @param options What it needs.
 */
export async function watchConnections(
  events: ConnectionEvents,
  options: ConnectionWatcherOptions,
): Promise<void> {
  const { wait, pause, signal } = options;
  while (!signal.aborted) {
    switch (handleEvents(events, options)) {
      case "stopped":
        return;
      case "empty":
        await wait(events.fd);
        break;
      case "more":
        await pause(0);
    }
  }
}

/**
 * Handles the events that are there.
 *
 * @param events What tells about them.
 * @param options What is done with them.
 * @returns Whether all were handled, more may be there, or none will follow.
 */
export function handleEvents(
  events: Pick<ConnectionEvents, "next">,
  { handle }: Pick<ConnectionWatcherOptions, "handle">,
): "empty" | "more" | "stopped" {
  for (let count = 0; count < PER_TURN; count++) {
    const event = events.next();
    if (event === undefined) return "empty";
    if (event.kind === "stopped") return "stopped";
    handle(event);
  }
  return "more";
}
