import { MONITOR_EVENT, MONITOR_FRAME, SOCKET_TYPE } from "./constants.ts";
import type { ZmqContext } from "./context.ts";
import { MessageSocket } from "./message_socket.ts";
import type { ZmqSocket } from "./socket.ts";

/** Something that happened to a connection of a watched socket; `endpoint` is what was bound or connected to. */
export type MonitorEvent =
  | {
    /** The descriptor is that of the listening socket (listening) or of the connection (all others). */
    kind: "listening" | "accepted" | "connected" | "closed" | "disconnected";
    /** The endpoint. */
    endpoint: string;
    /** The descriptor; for `closed` and `disconnected` it is closed already. */
    fd: number;
  }
  | {
    /** A try that failed, or (connect-delayed) that goes on in the background. */
    kind:
      | "connect-delayed"
      | "bind-failed"
      | "accept-failed"
      | "close-failed"
      | "handshake-failed";
    /** The endpoint. */
    endpoint: string;
    /** The errno value. */
    errno: number;
  }
  | {
    /** The next try to connect follows. */
    kind: "connect-retried";
    /** The endpoint. */
    endpoint: string;
    /** Pause until then, in milliseconds. */
    interval: number;
  }
  | {
    /** From here on messages can pass. */
    kind: "handshake-succeeded";
    /** The endpoint. */
    endpoint: string;
  }
  | {
    /** The server does not know this side's key; told on both ends. libzmq does not try again by itself. */
    kind: "handshake-refused";
    /** The endpoint. */
    endpoint: string;
    /** The status of the ZAP handler, such as 400. */
    status: number;
  }
  | {
    /** The peer speaks no ZeroMQ, another version, or another security mechanism. */
    kind: "protocol-error";
    /** The endpoint. */
    endpoint: string;
    /** `ZMQ_PROTOCOL_ERROR_...` of zmq.h. */
    code: number;
  }
  | {
    /** The watched socket was closed; nothing follows. */
    kind: "stopped";
    /** Empty. */
    endpoint: string;
  };

let lastNumber = 0;

/** Tells what happens to the connections of one socket. Not for inproc, which has none. */
export class SocketMonitor extends MessageSocket {
  private constructor(context: ZmqContext) {
    // The queue is bounded; libzmq drops events that do not fit.
    super(context, SOCKET_TYPE.PAIR, { receiveHighWaterMark: 1000 });
  }

  /**
   * Starts to watch a socket. Open it before the socket binds or connects, or the first events are missed.
   *
   * @param context The context of the socket.
   * @param socket The socket; a socket has one monitor at most.
   * @returns The monitor, which the caller disposes of.
   * @throws {ErrnoError} If libzmq refuses.
   */
  static open(context: ZmqContext, socket: ZmqSocket): SocketMonitor {
    using stack = new DisposableStack();
    const endpoint = `inproc://monitor-${++lastNumber}`;
    socket.reportEvents(endpoint, MONITOR_EVENT.ALL);
    const monitor = stack.use(new SocketMonitor(context));
    monitor.connect(endpoint);
    stack.move();
    return monitor;
  }

  /**
   * Gives the next event.
   *
   * @returns The event, or undefined if nothing has happened since.
   * @throws {ErrnoError} If the monitor is closed.
   */
  next(): MonitorEvent | undefined {
    for (;;) {
      using header = this.receivePart();
      if (header === undefined) return undefined;
      // libzmq writes both parts at once.
      using address = header.more ? this.receivePart() : undefined;
      const endpoint = new TextDecoder().decode(
        address?.bytes ?? new Uint8Array(),
      );
      const event = decodeMonitorEvent(header.bytes, endpoint);
      if (event !== undefined) return event;
    }
  }
}

/**
 * Reads what a socket monitor reports.
 *
 * @param header The first part: a 16-bit event and a 32-bit value, in this machine's byte order.
 * @param endpoint The second part.
 * @returns The event, or undefined for one that is unknown here.
 */
export function decodeMonitorEvent(
  header: Uint8Array,
  endpoint: string,
): MonitorEvent | undefined {
  if (header.length < MONITOR_FRAME.SIZE) return undefined;
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const event = view.getUint16(MONITOR_FRAME.EVENT, true);
  const value = view.getInt32(MONITOR_FRAME.VALUE, true);
  switch (event) {
    case MONITOR_EVENT.LISTENING:
      return { kind: "listening", endpoint, fd: value };
    case MONITOR_EVENT.ACCEPTED:
      return { kind: "accepted", endpoint, fd: value };
    case MONITOR_EVENT.CONNECTED:
      return { kind: "connected", endpoint, fd: value };
    case MONITOR_EVENT.CLOSED:
      return { kind: "closed", endpoint, fd: value };
    case MONITOR_EVENT.DISCONNECTED:
      return { kind: "disconnected", endpoint, fd: value };
    case MONITOR_EVENT.CONNECT_DELAYED:
      return { kind: "connect-delayed", endpoint, errno: value };
    case MONITOR_EVENT.BIND_FAILED:
      return { kind: "bind-failed", endpoint, errno: value };
    case MONITOR_EVENT.ACCEPT_FAILED:
      return { kind: "accept-failed", endpoint, errno: value };
    case MONITOR_EVENT.CLOSE_FAILED:
      return { kind: "close-failed", endpoint, errno: value };
    case MONITOR_EVENT.HANDSHAKE_FAILED_NO_DETAIL:
      return { kind: "handshake-failed", endpoint, errno: value };
    case MONITOR_EVENT.CONNECT_RETRIED:
      return { kind: "connect-retried", endpoint, interval: value };
    case MONITOR_EVENT.HANDSHAKE_SUCCEEDED:
      return { kind: "handshake-succeeded", endpoint };
    case MONITOR_EVENT.HANDSHAKE_FAILED_AUTH:
      return { kind: "handshake-refused", endpoint, status: value };
    case MONITOR_EVENT.HANDSHAKE_FAILED_PROTOCOL:
      return { kind: "protocol-error", endpoint, code: value };
    case MONITOR_EVENT.MONITOR_STOPPED:
      return { kind: "stopped", endpoint };
  }
  return undefined;
}
