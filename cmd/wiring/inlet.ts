// The receiving socket of a program, and what stands before it.

import { CopiedMessages } from "../../lib/roles/copied_messages.ts";
import { GuardedInlet } from "../../lib/roles/guarded_inlet.ts";
import type { ZmqContext } from "../../lib/zmq/context.ts";
import { type Endpoint, formatEndpoint } from "../../lib/zmq/endpoint.ts";
import { PullSocket } from "../../lib/zmq/pull_socket.ts";
import { type DoorOptions, Doors } from "./doors.ts";
import { guardSocket } from "./guard.ts";

/** Messages of each connection that are read ahead: 8 MiB of frames. What comes meanwhile waits in the kernel, and then at the sender. */
const READ_AHEAD = 32;

/** What a receiving socket needs. */
export interface InletOptions extends DoorOptions {
  /** Where senders connect to. */
  endpoint: Endpoint;
  /** Bytes of memory before each message, as a share of its own. @default {0} */
  headroom?: number;
  /** Told of each message that was refused, for it is to be counted. */
  onRefused: () => void;
}

/** A receiving socket. */
export interface Inlet {
  /** Its messages; it ends with its context. */
  socket: GuardedInlet;
  /** Where it really listens, with the port that was found. */
  endpoint: string;
  /** Who may come in, here and at the program's other sockets. */
  doors: Doors;
}

/**
 * Binds a socket that senders connect to. A program calls this before it binds any other.
 *
 * @param context What the socket is made from.
 * @param options What it needs.
 * @returns The socket.
 * @throws {ErrnoError} If the endpoint cannot be bound.
 * @throws {Error} If keys cannot be used.
 */
export async function openInlet(
  context: ZmqContext,
  options: InletOptions,
): Promise<Inlet> {
  const { endpoint, headroom, host, onRefused } = options;
  const doors = await Doors.open(context, options);
  const curve = doors.curve("send");
  const socket = PullSocket.open(context, {
    receiveHighWaterMark: READ_AHEAD,
    ...(curve && { curve }),
  });
  const guard = guardSocket(context, socket, {
    ...options,
    use: "send",
    doors,
    logger: host.logger,
  });
  return {
    socket: new GuardedInlet(new CopiedMessages(socket, headroom), {
      ...guard,
      onRefused,
    }),
    endpoint: socket.bind(formatEndpoint(endpoint)),
    doors,
  };
}
