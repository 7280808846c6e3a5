// The sending sockets of a program, and what watches over them.

import type { Poller } from "../../lib/libc/poller.ts";
import { SocketInspector } from "../../lib/libc/socket_address.ts";
import type { OwnPeers } from "../../lib/nflog/own_peers.ts";
import type { FrameQueue } from "../../lib/roles/frame_queue.ts";
import type { FrameOutlet } from "../../lib/roles/frame_sender.ts";
import type { Logger } from "../../lib/roles/logger.ts";
import type { SendBuffers } from "../../lib/roles/send_buffers.ts";
import { SOCKET_EVENT } from "../../lib/zmq/constants.ts";
import type { ZmqContext } from "../../lib/zmq/context.ts";
import type { CurveClientOptions } from "../../lib/zmq/curve.ts";
import { type Endpoint, formatEndpoint } from "../../lib/zmq/endpoint.ts";
import type { PushSocket } from "../../lib/zmq/push_socket.ts";
import { SEND_LINGER } from "../../lib/zmq/socket_options.ts";
import { connectSocket } from "./connecting.ts";

/** What the sending sockets need. */
export interface OutletOptions {
  /** Where to send; connected to. */
  endpoints: readonly Endpoint[];
  /** Frames that may wait for each endpoint. */
  sendHighWaterMark: number;
  /** Waits for descriptors. */
  poller: Poller;
  /** Sends what lies in builders' own memory from there, and copies the rest; without it every message is copied. */
  pool?: SendBuffers;
  /** Sends copies such that it is known how many wait; where there is no pool. */
  queue?: FrameQueue;
  /** Told where receivers are, so that their packets are recognised; none where nothing is captured. */
  own?: OwnPeers;
  /** CURVE of the sockets; undefined for none. */
  curve?: CurveClientOptions | undefined;
  /** Says what happens to connections. */
  logger: Logger;
  /** Closes what is opened here. */
  stack: AsyncDisposableStack;
}

/** The sending sockets of a program. */
export interface Outlets {
  /** One per endpoint. */
  lanes: FrameOutlet[];
  /** Closes the sockets, and waits until what they hold was handed over or their linger has run out; warns if it has. */
  handOver(): Promise<void>;
}

/**
 * Connects a socket to each endpoint.
 *
 * @param context What the sockets are made from; it ends with `handOver`.
 * @param options What they need.
 * @returns The sockets.
 */
export function connectOutlets(
  context: ZmqContext,
  options: OutletOptions,
): Outlets {
  const { endpoints, sendHighWaterMark, curve, own } = options;
  const { logger, poller, stack } = options;
  const following = stack.use(new AsyncDisposableStack());
  const inspector = following.use(SocketInspector.open());
  const onConnected = (descriptor: number): void => {
    const peer = inspector.peer(descriptor);
    if (peer !== undefined && peer.family !== "unix") own?.add(peer);
  };
  const lanes = endpoints.map((endpoint): FrameOutlet => {
    addNumericPeer(endpoint, own);
    const socket = connectSocket(context, {
      ...(curve && { curve }),
      sendHighWaterMark,
      endpoint: formatEndpoint(endpoint),
      poller,
      logger,
      onConnected,
      stack: following,
    });
    return outletOf(socket, options);
  });
  return {
    lanes,
    async handOver(): Promise<void> {
      await following.disposeAsync();
      const start = performance.now();
      await context[Symbol.asyncDispose]();
      if (performance.now() - start >= SEND_LINGER) {
        logger.warn(
          "The last frames may not have been delivered: the receiver did not take them within 10 s",
        );
      }
    },
  };
}

function outletOf(
  socket: PushSocket,
  { pool, queue }: Pick<OutletOptions, "pool" | "queue">,
): FrameOutlet {
  return {
    trySend: (message) =>
      pool?.trySend(socket, message) ?? queue?.trySend(socket, message) ??
        socket.trySend(message),
    get hasRoom(): boolean {
      return (socket.events() & SOCKET_EVENT.WRITABLE) !== 0;
    },
  };
}

/** An endpoint with a numeric address is known before it is connected to. */
function addNumericPeer(endpoint: Endpoint, own: OwnPeers | undefined): void {
  if (endpoint.transport !== "tcp" || endpoint.port === "*") return;
  const { host, port } = endpoint;
  if (host.kind === "ipv4" || host.kind === "ipv6") {
    own?.add({ address: host.bytes, port });
  }
}
