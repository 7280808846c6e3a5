import { SOCKET_OPTION } from "./constants.ts";
import type { CurveOptions } from "./curve.ts";

/** Options that every socket has. Sizes are bytes, times milliseconds. */
export interface SocketOptions {
  /**
   * `ZMQ_LINGER`: how long messages that are not yet handed to the kernel are still tried after the socket is closed,
   * in milliseconds. 0 drops them at once; "for ever" is refused, since the program could then not end.
   *
   * @default {0} for sockets that receive, {10000} for sockets that send
   */
  linger?: number;
  /**
   * `ZMQ_RECONNECT_IVL`: pause before connecting again, in milliseconds.
   *
   * @default {100}
   */
  reconnectInterval?: number;
  /**
   * `ZMQ_RECONNECT_IVL_MAX`: the pause doubles up to this, in milliseconds; 0 does not double it.
   *
   * @default {5000}
   */
  reconnectIntervalMax?: number;
  /**
   * `ZMQ_CONNECT_TIMEOUT`: how long the peer's host may take to answer, in milliseconds; 0 leaves it to the kernel.
   *
   * @default {5000}
   */
  connectTimeout?: number;
  /**
   * `ZMQ_HANDSHAKE_IVL`: how long a new peer may take for the handshake, in milliseconds; 0 is no limit. It bounds what
   * strangers who connect and stay silent cost.
   *
   * @default {10000}
   */
  handshakeTimeout?: number;
  /**
   * `ZMQ_HEARTBEAT_IVL`: pause between pings, in milliseconds; 0 sends none. Without them a peer behind a firewall that
   * forgot the connection is never noticed.
   *
   * @default {10000}
   */
  heartbeatInterval?: number;
  /**
   * `ZMQ_HEARTBEAT_TIMEOUT`: silence after a ping that ends the connection, in milliseconds. Be generous: what was in
   * flight to a peer that only paused is lost then.
   *
   * @default {30000}
   */
  heartbeatTimeout?: number;
  /**
   * `ZMQ_HEARTBEAT_TTL`: silence after which the peer shall end the connection, in milliseconds, in steps of 100 up to
   * 6553500; 0 leaves it to the peer.
   *
   * @default {60000}
   */
  heartbeatTimeToLive?: number;
  /**
   * `ZMQ_TCP_KEEPALIVE_IDLE`: silence before the kernel probes the connection, in milliseconds, rounded up to seconds.
   *
   * @default {60000}
   */
  keepaliveIdle?: number;
  /**
   * `ZMQ_TCP_KEEPALIVE_INTVL`: pause between the kernel's probes, in milliseconds, rounded up to seconds.
   *
   * @default {10000}
   */
  keepaliveInterval?: number;
  /**
   * `ZMQ_TCP_KEEPALIVE_CNT`: unanswered probes that end the connection.
   *
   * @default {6}
   */
  keepaliveCount?: number;
  /**
   * `ZMQ_TCP_KEEPALIVE`: whether the kernel probes silent connections.
   *
   * @default {true}
   */
  keepalive?: boolean;
  /**
   * `ZMQ_IPV6`: whether IPv6 is used beside IPv4.
   *
   * @default {true}
   */
  ipv6?: boolean;
  /**
   * `ZMQ_BACKLOG`: how many connections may wait to be accepted.
   *
   * @default {128}
   */
  backlog?: number;
  /**
   * `ZMQ_SNDBUF`: the kernel's send buffer of each connection, in bytes; -1 leaves it to the kernel. Less means that
   * fewer bytes are lost without notice when a peer dies.
   *
   * @default {-1}
   */
  sendBuffer?: number;
  /**
   * `ZMQ_RCVBUF`: the kernel's receive buffer of each connection, in bytes; -1 leaves it to the kernel.
   *
   * @default {-1}
   */
  receiveBuffer?: number;
  /** Encryption and authentication by CURVE; without it everybody who reaches the endpoint may talk. */
  curve?: CurveOptions;
}

/** Options of sockets that send. */
export interface SendOptions {
  /**
   * `ZMQ_SNDHWM`: how many messages are queued for each connection before sending is refused, at least 1. It counts
   * messages, not bytes; what the kernel buffers comes on top.
   *
   * @default {256}
   */
  sendHighWaterMark?: number;
  /**
   * `ZMQ_IMMEDIATE`: whether messages are queued only for peers that are connected. False queues for a peer that is yet
   * to come, so that a sender may start before its receiver.
   *
   * @default {false}
   */
  immediate?: boolean;
}

/** Options of sockets that receive. */
export interface ReceiveOptions {
  /**
   * `ZMQ_RCVHWM`: how many messages of each connection are read ahead, at least 1. Less means that fewer are lost
   * without notice when this program is killed.
   *
   * @default {64}
   */
  receiveHighWaterMark?: number;
  /**
   * `ZMQ_MAXMSGSIZE`: the largest message part accepted, in bytes; a peer that sends a larger one is disconnected
   * before memory is taken.
   *
   * @default {16777216}
   */
  maxMessageSize?: number;
}

/** Every option that is a number or a flag in libzmq. */
export type PlainSocketOptions =
  & Omit<SocketOptions, "curve">
  & SendOptions
  & ReceiveOptions;

/** What an option has where the caller says nothing; see each option for its unit. */
export const SOCKET_DEFAULTS = {
  linger: 0,
  reconnectInterval: 100,
  reconnectIntervalMax: 5000,
  connectTimeout: 5000,
  handshakeTimeout: 10_000,
  heartbeatInterval: 10_000,
  heartbeatTimeout: 30_000,
  heartbeatTimeToLive: 60_000,
  keepaliveIdle: 60_000,
  keepaliveInterval: 10_000,
  keepaliveCount: 6,
  keepalive: true,
  ipv6: true,
  backlog: 128,
  sendBuffer: -1,
  receiveBuffer: -1,
  sendHighWaterMark: 256,
  immediate: false,
  receiveHighWaterMark: 64,
  maxMessageSize: 16 * 1024 * 1024,
} as const satisfies Required<PlainSocketOptions>;

/** The `linger` of sockets that send, where the caller says nothing, in milliseconds. */
export const SEND_LINGER = 10_000;

/** How one option is told to libzmq. */
interface OptionRule {
  option: number;
  least: number;
  most?: number;
  /** What one unit of libzmq's is in ours; only the kernel's keep-alive counts in seconds. */
  unit?: number;
  /** The option's C type. */
  type?: "int" | "int64_t";
}

const MAX_INT = 2 ** 31 - 1;

const RULES: Readonly<Record<keyof PlainSocketOptions, OptionRule>> = {
  linger: { option: SOCKET_OPTION.LINGER, least: 0 },
  reconnectInterval: { option: SOCKET_OPTION.RECONNECT_IVL, least: 1 },
  reconnectIntervalMax: { option: SOCKET_OPTION.RECONNECT_IVL_MAX, least: 0 },
  connectTimeout: { option: SOCKET_OPTION.CONNECT_TIMEOUT, least: 0 },
  handshakeTimeout: { option: SOCKET_OPTION.HANDSHAKE_IVL, least: 0 },
  heartbeatInterval: { option: SOCKET_OPTION.HEARTBEAT_IVL, least: 0 },
  heartbeatTimeout: { option: SOCKET_OPTION.HEARTBEAT_TIMEOUT, least: 1 },
  heartbeatTimeToLive: {
    option: SOCKET_OPTION.HEARTBEAT_TTL,
    least: 0,
    most: 6_553_500,
  },
  keepaliveIdle: {
    option: SOCKET_OPTION.TCP_KEEPALIVE_IDLE,
    least: 1,
    unit: 1000,
  },
  keepaliveInterval: {
    option: SOCKET_OPTION.TCP_KEEPALIVE_INTVL,
    least: 1,
    unit: 1000,
  },
  keepaliveCount: { option: SOCKET_OPTION.TCP_KEEPALIVE_CNT, least: 1 },
  keepalive: { option: SOCKET_OPTION.TCP_KEEPALIVE, least: 0 },
  ipv6: { option: SOCKET_OPTION.IPV6, least: 0 },
  backlog: { option: SOCKET_OPTION.BACKLOG, least: 1 },
  sendBuffer: { option: SOCKET_OPTION.SNDBUF, least: -1 },
  receiveBuffer: { option: SOCKET_OPTION.RCVBUF, least: -1 },
  sendHighWaterMark: { option: SOCKET_OPTION.SNDHWM, least: 1 },
  immediate: { option: SOCKET_OPTION.IMMEDIATE, least: 0 },
  receiveHighWaterMark: { option: SOCKET_OPTION.RCVHWM, least: 1 },
  maxMessageSize: {
    option: SOCKET_OPTION.MAXMSGSIZE,
    least: 1,
    type: "int64_t",
  },
};

/** One option as libzmq takes it. */
export interface RawOption {
  /** Its number. */
  option: number;
  /** Its value in memory. */
  value: Int32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;
}

/**
 * Turns options into what libzmq takes, filling in the defaults.
 *
 * @param options What the caller says.
 * @yields Every option's number and value.
 * @throws {RangeError} If a value is out of its range.
 */
export function* encodeSocketOptions(
  options: PlainSocketOptions,
): Generator<RawOption> {
  for (const [key, rule] of Object.entries(RULES)) {
    const name = key as keyof PlainSocketOptions;
    const value = Number(options[name] ?? SOCKET_DEFAULTS[name]);
    const { option, least, most = MAX_INT, unit = 1, type = "int" } = rule;
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new RangeError(
        `Cannot set ${name} to ${value}: it is not in ${least} to ${most}`,
      );
    }
    const raw = Math.ceil(value / unit);
    yield {
      option,
      value: type === "int"
        ? new Int32Array([raw])
        : new BigInt64Array([BigInt(raw)]),
    };
  }
}
