import {
  MONITOR_EVENT,
  MONITOR_FRAME,
  PROTOCOL_ERROR,
  SOCKET_TYPE,
} from "./constants.ts";
import type { ZmqContext } from "./context.ts";
import { unmapEndpoint } from "./ip_address.ts";
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
    /** A try that failed, or (connect-delayed) that goes on in the background. The connecting end tries again. */
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
    /**
     * The {@linkcode ZapHandler} turned the key away; told on both ends. libzmq does not try again: to do so, call
     * `connect` again. What was queued for this connection is lost.
     */
    kind: "handshake-refused";
    /** The endpoint. */
    endpoint: string;
    /** The status of the ZAP handler, such as 400. */
    status: number;
  }
  | {
    /**
     * The peer speaks no ZeroMQ, another version, or another security mechanism. The end that connects does not try
     * again, as after a refusal, if it is the one that finds the error: which one does is a race.
     */
    kind: "protocol-error";
    /** The endpoint. */
    endpoint: string;
    /** What does not fit, in words. */
    reason: string;
  }
  | {
    /** The watched socket was closed; nothing follows. */
    kind: "stopped";
    /** Empty. */
    endpoint: string;
  };

let lastNumber = 0;

// Events that libzmq's side of the queue takes (its default high-water mark), and those of ours.
const QUEUE_SIZE = 1000;

/**
 * Tells what happens to the connections of one socket. Not for inproc, which has none.
 *
 * Call {@linkcode next} whenever the descriptor is readable until it gives nothing: when 2000 events lie unread, libzmq's
 * thread waits, and with it every socket of the context.
 */
export class SocketMonitor extends MessageSocket {
  readonly #socket: ZmqSocket;

  private constructor(context: ZmqContext, socket: ZmqSocket) {
    super(context, SOCKET_TYPE.PAIR, { receiveHighWaterMark: QUEUE_SIZE });
    this.#socket = socket;
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
    const monitor = stack.use(new SocketMonitor(context, socket));
    socket.reportEvents(endpoint, MONITOR_EVENT.ALL);
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
      const text = new TextDecoder().decode(address?.bytes);
      const endpoint = unmapEndpoint(text);
      const event = decodeMonitorEvent(header.bytes, endpoint);
      if (event !== undefined) return event;
    }
  }

  /** Stops watching; the socket goes on. Does nothing the second time. */
  override [Symbol.dispose](): void {
    if (!this.closed && !this.#socket.closed) {
      // libzmq's thread may be waiting for room, with a lock that stopping needs; and left without a reader, it would wait
      // at the next event for ever. So there must be room, then an end to events, and only then no reader.
      for (let count = 0; count < 2 * QUEUE_SIZE; count++) {
        if (this.next() === undefined) break;
      }
      this.#socket.reportEvents(undefined, 0);
    }
    super[Symbol.dispose]();
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
  return READERS.get(event)?.(endpoint, value);
}

type Reader = (endpoint: string, value: number) => MonitorEvent;

const READERS: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [MONITOR_EVENT.LISTENING, descriptor("listening")],
  [MONITOR_EVENT.ACCEPTED, descriptor("accepted")],
  [MONITOR_EVENT.CONNECTED, descriptor("connected")],
  [MONITOR_EVENT.CLOSED, descriptor("closed")],
  [MONITOR_EVENT.DISCONNECTED, descriptor("disconnected")],
  [MONITOR_EVENT.CONNECT_DELAYED, failure("connect-delayed")],
  [MONITOR_EVENT.BIND_FAILED, failure("bind-failed")],
  [MONITOR_EVENT.ACCEPT_FAILED, failure("accept-failed")],
  [MONITOR_EVENT.CLOSE_FAILED, failure("close-failed")],
  [MONITOR_EVENT.HANDSHAKE_FAILED_NO_DETAIL, failure("handshake-failed")],
  [
    MONITOR_EVENT.CONNECT_RETRIED,
    (endpoint, interval) => ({ kind: "connect-retried", endpoint, interval }),
  ],
  [
    MONITOR_EVENT.HANDSHAKE_SUCCEEDED,
    (endpoint) => ({ kind: "handshake-succeeded", endpoint }),
  ],
  [
    MONITOR_EVENT.HANDSHAKE_FAILED_AUTH,
    (endpoint, status) => ({ kind: "handshake-refused", endpoint, status }),
  ],
  [
    MONITOR_EVENT.HANDSHAKE_FAILED_PROTOCOL,
    (endpoint, code) => ({
      kind: "protocol-error",
      endpoint,
      reason: describeError(code),
    }),
  ],
  [
    MONITOR_EVENT.MONITOR_STOPPED,
    (endpoint) => ({ kind: "stopped", endpoint }),
  ],
]);

function descriptor(
  kind: Extract<MonitorEvent, { fd: number }>["kind"],
): Reader {
  return (endpoint, fd) => ({ kind, endpoint, fd });
}

function failure(
  kind: Extract<MonitorEvent, { errno: number }>["kind"],
): Reader {
  return (endpoint, errno) => ({ kind, endpoint, errno });
}

function describeError(code: number): string {
  switch (code) {
    case PROTOCOL_ERROR.CRYPTOGRAPHIC:
      return "the keys do not fit: another server's public key, or forged data";
    case PROTOCOL_ERROR.MECHANISM_MISMATCH:
      return "only one end uses CURVE";
    default:
      return `no ZeroMQ peer, or another version (0x${code.toString(16)})`;
  }
}
