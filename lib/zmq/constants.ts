// Numbers of libzmq 4.3.5, from its header zmq.h; the draft ones from zmq_draft.h.

/** Socket types (`ZMQ_PAIR` and so on). */
export const SOCKET_TYPE = {
  PAIR: 0,
  REQ: 3,
  REP: 4,
  DEALER: 5,
  ROUTER: 6,
  PULL: 7,
  PUSH: 8,
} as const;

/** Socket options (`ZMQ_SNDBUF` and so on). */
export const SOCKET_OPTION = {
  SNDBUF: 11,
  RCVBUF: 12,
  RCVMORE: 13,
  FD: 14,
  EVENTS: 15,
  LINGER: 17,
  RECONNECT_IVL: 18,
  BACKLOG: 19,
  RECONNECT_IVL_MAX: 21,
  MAXMSGSIZE: 22,
  SNDHWM: 23,
  RCVHWM: 24,
  LAST_ENDPOINT: 32,
  ROUTER_MANDATORY: 33,
  TCP_KEEPALIVE: 34,
  TCP_KEEPALIVE_CNT: 35,
  TCP_KEEPALIVE_IDLE: 36,
  TCP_KEEPALIVE_INTVL: 37,
  IMMEDIATE: 39,
  IPV6: 42,
  CURVE_SERVER: 47,
  CURVE_PUBLICKEY: 48,
  CURVE_SECRETKEY: 49,
  CURVE_SERVERKEY: 50,
  ZAP_DOMAIN: 55,
  HANDSHAKE_IVL: 66,
  HEARTBEAT_IVL: 75,
  HEARTBEAT_TTL: 76,
  HEARTBEAT_TIMEOUT: 77,
  CONNECT_TIMEOUT: 79,
  ZAP_ENFORCE_DOMAIN: 93, // draft
  ROUTER_NOTIFY: 97, // draft
} as const;

/** Context options (`ZMQ_IO_THREADS` and so on). */
export const CONTEXT_OPTION = { IO_THREADS: 1, MAX_SOCKETS: 2 } as const;

/** Flags of sending and receiving. */
export const SEND_FLAG = { DONTWAIT: 1, SNDMORE: 2 } as const;

/** Bits of `ZMQ_EVENTS` (`ZMQ_POLLIN`, `ZMQ_POLLOUT`), as {@linkcode ZmqSocket.events} gives them. */
export const SOCKET_EVENT = { READABLE: 1, WRITABLE: 2 } as const;

/** Properties of a message (`zmq_msg_get`). */
export const MESSAGE_PROPERTY = {
  /** `ZMQ_SRCFD`: the descriptor of the connection the message came by. */
  SRCFD: 2,
} as const;

/** `ZMQ_NOTIFY_DISCONNECT` (draft): a ROUTER yields an empty message for a peer that has gone. */
export const ROUTER_NOTIFY_DISCONNECT = 2;

/** Size of a `zmq_msg_t`, in bytes. */
export const MESSAGE_STRUCT_SIZE = 64;

/** Events of a socket monitor (`ZMQ_EVENT_CONNECTED` and so on). */
export const MONITOR_EVENT = {
  CONNECTED: 0x0001,
  CONNECT_DELAYED: 0x0002,
  CONNECT_RETRIED: 0x0004,
  LISTENING: 0x0008,
  BIND_FAILED: 0x0010,
  ACCEPTED: 0x0020,
  ACCEPT_FAILED: 0x0040,
  CLOSED: 0x0080,
  CLOSE_FAILED: 0x0100,
  DISCONNECTED: 0x0200,
  MONITOR_STOPPED: 0x0400,
  HANDSHAKE_FAILED_NO_DETAIL: 0x0800,
  HANDSHAKE_SUCCEEDED: 0x1000,
  HANDSHAKE_FAILED_PROTOCOL: 0x2000,
  HANDSHAKE_FAILED_AUTH: 0x4000,
  ALL: 0xffff,
} as const;

/** Fields of a monitor message's first part: the event and its value, in host byte order. */
export const MONITOR_FRAME = { EVENT: 0, VALUE: 2, SIZE: 6 } as const;

/** Why a handshake failed (`ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC` and so on). */
export const PROTOCOL_ERROR = {
  CRYPTOGRAPHIC: 0x1100_0001,
  MECHANISM_MISMATCH: 0x1100_0002,
} as const;

/** Sizes of a CURVE key: raw bytes, and characters of Z85 text. */
export const CURVE_KEY = { BYTES: 32, TEXT: 40 } as const;

/** The authentication protocol (ZAP, RFC 27): where its handler is bound, and its version. */
export const ZAP = {
  ENDPOINT: "inproc://zeromq.zap.01",
  VERSION: "1.0",
} as const;
