// The receiving socket of a program, and what stands before it.

import { GuardedInlet } from "../lib/roles/guarded_inlet.ts";
import type { ZmqContext } from "../lib/zmq/context.ts";
import { formatEndpoint } from "../lib/zmq/endpoint.ts";
import { PullSocket } from "../lib/zmq/pull_socket.ts";
import { type GuardOptions, guardSocket } from "./guard.ts";

/** What a receiving socket needs. */
export interface InletOptions extends Omit<GuardOptions, "use"> {
  /** Told of each message that was refused, for it is to be counted. */
  onRefused: () => void;
}

/** A receiving socket. */
export interface Inlet {
  /** Its messages; it ends with its context. */
  socket: GuardedInlet;
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
  const { doors, endpoint, onRefused } = options;
  const curve = doors.curve("send");
  const socket = PullSocket.open(context, { ...(curve && { curve }) });
  const guard = guardSocket(context, socket, { ...options, use: "send" });
  return {
    socket: new GuardedInlet(socket, { ...guard, onRefused }),
    endpoint: socket.bind(formatEndpoint(endpoint)),
  };
}
