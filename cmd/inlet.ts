// The receiving socket of a program, and what watches over it.

import type { Poller } from "../lib/libc/poller.ts";
import { SocketInspector } from "../lib/libc/socket_address.ts";
import { BoundLog } from "../lib/roles/bound_log.ts";
import { ConnectionBook } from "../lib/roles/connection_book.ts";
import type { Logger } from "../lib/roles/logger.ts";
import type { ZmqContext } from "../lib/zmq/context.ts";
import { type Endpoint, formatEndpoint } from "../lib/zmq/endpoint.ts";
import { PullSocket } from "../lib/zmq/pull_socket.ts";
import { followConnections } from "./connections.ts";

/** What a receiving socket needs. */
export interface InletOptions {
  /** Where senders connect to. */
  endpoint: Endpoint;
  /** Waits for descriptors. */
  poller: Poller;
  /** Says what happens to connections. */
  logger: Logger;
  /** Ends what is begun here. */
  stack: AsyncDisposableStack;
}

/** A receiving socket. */
export interface Inlet {
  /** The socket; it ends with its context. */
  socket: PullSocket;
  /** Where it really listens, with the port that was found. */
  endpoint: string;
}

/**
 * Binds a socket that senders connect to.
 *
 * @param context What the socket is made from.
 * @param options What it needs.
 * @returns The socket.
 * @throws {ErrnoError} If the endpoint cannot be bound.
 */
export function bindInlet(context: ZmqContext, options: InletOptions): Inlet {
  const { endpoint, poller, logger, stack } = options;
  const socket = PullSocket.open(context);
  const inspector = stack.use(SocketInspector.open());
  const book = new ConnectionBook(inspector);
  const log = new BoundLog({ book, logger });
  stack.use(followConnections(context, socket, { poller, log }));
  return { socket, endpoint: socket.bind(formatEndpoint(endpoint)) };
}
