// What stands before a socket that others connect to: who may come in, what each connection costs, and what is said of it.

import type { Poller } from "../../lib/libc/poller.ts";
import { SocketInspector } from "../../lib/libc/socket_address.ts";
import { BoundLog } from "../../lib/roles/bound_log.ts";
import {
  ConnectionBook,
  type EndedConnection,
} from "../../lib/roles/connection_book.ts";
import { Door, type DoorChange } from "../../lib/roles/door.ts";
import type { KeyUse } from "../../lib/roles/key_holder.ts";
import type { Logger } from "../../lib/roles/logger.ts";
import { RateLimitedLogger } from "../../lib/roles/rate_limited_logger.ts";
import { TIMERS } from "../../lib/roles/timers.ts";
import type { ZmqContext } from "../../lib/zmq/context.ts";
import { type Endpoint, isLoopback } from "../../lib/zmq/endpoint.ts";
import type { ZmqSocket } from "../../lib/zmq/socket.ts";
import { followConnections } from "./connections.ts";
import type { Doors } from "./doors.ts";

/** How often connections are looked at for sending bytes and no messages, and how soon again after one was suspected, in milliseconds. */
const LOOK = { interval: 100, again: 10 } as const;

/** How often connections are ended by which frames of another version come, in milliseconds. */
const FOREIGN_INTERVAL = 10_000;

/** How often one kind of thing is said of connections, in milliseconds. */
const LOG_INTERVAL = 60_000;

/** What a guard needs. */
export interface GuardOptions {
  /** What the socket is for. */
  use: KeyUse;
  /** Where it will be bound. */
  endpoint: Endpoint;
  /** Who may come in. */
  doors: Doors;
  /** Waits for descriptors. */
  poller: Poller;
  /** Says what happens. */
  logger: Logger;
  /** Ends what is begun here. */
  stack: AsyncDisposableStack;
  /** Bytes that a connection may send without a whole message. */
  unfinishedLimit?: number;
}

/** What stands before a socket. */
export interface Guard {
  /** Its connections. */
  book: ConnectionBook;
  /** Who may come in; undefined when everybody may. */
  door: Door | undefined;
  /** Says what happens at it, each kind of thing once a minute. */
  logger: Logger;
}

/** What everybody can do at a socket without CURVE. */
const EXPOSED: Readonly<Record<KeyUse, string>> = {
  send:
    "Whoever reaches this endpoint can send packets to it: give --curve-server-key and --curve-allow, or let a firewall keep others away",
  query:
    "Whoever reaches this endpoint can read the last packets: give --buffer-curve-server-key and --buffer-curve-allow, or let a firewall keep others away",
};

/**
 * Guards a socket; to begin before it is bound.
 *
 * @param context What the socket was made from.
 * @param socket The socket.
 * @param options What is needed.
 * @returns What tells who its messages are from.
 */
export function guardSocket(
  context: ZmqContext,
  socket: ZmqSocket,
  options: GuardOptions,
): Guard {
  const { use, endpoint, doors, poller, stack, unfinishedLimit } = options;
  const logger = new RateLimitedLogger(options.logger, {
    interval: LOG_INTERVAL,
    now: () => performance.now(),
    kindOf: (message) => message,
    limitsInfo: true,
  });
  const book = new ConnectionBook(
    stack.use(SocketInspector.open()),
    unfinishedLimit,
  );
  const log = new BoundLog({ book, logger });
  const following = followConnections(context, socket, { poller, log });
  stack.use(following);
  watchMemory(book, { poller, logger, stack });
  stack.defer(TIMERS.every(FOREIGN_INTERVAL, () => {
    for (const ended of book.endForeign()) logForeign(logger, ended);
  }));
  const holders = doors.holders(use);
  if (holders === undefined) {
    if (!isLoopback(endpoint)) options.logger.warn(EXPOSED[use]);
    return { book, door: undefined, logger };
  }
  const door = new Door(book, holders);
  doors.attach(use, {
    replace(holders): DoorChange {
      // Whoever was let in by the old list is in the book from here on.
      following.catchUp();
      return door.replace(holders);
    },
  });
  return { book, door, logger };
}

/** Ends connections that send bytes and no messages. */
function watchMemory(
  book: ConnectionBook,
  { poller, logger, stack }: Pick<GuardOptions, "poller" | "logger" | "stack">,
): void {
  let cancel = (): void => {};
  const look = (): void => {
    for (const ended of book.endEndless()) logEndless(logger, ended);
    if (!book.suspicious) return;
    // A connection may bring a GiB a second: whole messages are taken now, and who has none is ended at the next look.
    poller.wake();
    cancel();
    cancel = TIMERS.after(LOOK.again, look);
  };
  stack.defer(() => cancel());
  stack.defer(TIMERS.every(LOOK.interval, look));
}

function logEndless(logger: Logger, { address }: EndedConnection): void {
  logger.warn(
    "Ended a connection: it sent a message without an end",
    { address },
  );
}

function logForeign(logger: Logger, { address }: EndedConnection): void {
  logger.warn(
    "Ended a connection: its frames are of another version; bring both ends up to date",
    { address },
  );
}
