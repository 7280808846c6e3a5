/**
 * The functions of libzmq's C API that this program calls, as zmq.h declares them.
 *
 * Sizes are passed as BigInt: a number in a `usize` parameter leaves V8's fast path (measured: 90 ns more a call).
 */
export const ZMQ_SYMBOLS = {
  zmq_errno: { parameters: [], result: "i32" },
  zmq_version: {
    parameters: [
      "buffer", // int *major
      "buffer", // int *minor
      "buffer", // int *patch
    ],
    result: "void",
  },
  // const char *capability
  zmq_has: { parameters: ["buffer"], result: "i32" },
  zmq_ctx_new: { parameters: [], result: "pointer" },
  zmq_ctx_set: {
    parameters: [
      "pointer", // void *context
      "i32", // int option
      "i32", // int optval
    ],
    result: "i32",
  },
  // void *context
  zmq_ctx_term: { parameters: ["pointer"], result: "i32" },
  /** The same on another thread: it waits until every socket's linger period is over. */
  zmq_ctx_term_waiting: {
    name: "zmq_ctx_term",
    parameters: [
      "pointer", // void *context
    ],
    result: "i32",
    nonblocking: true,
  },
  zmq_socket: {
    parameters: [
      "pointer", // void *context
      "i32", // int type
    ],
    result: "pointer",
  },
  // void *socket
  zmq_close: { parameters: ["pointer"], result: "i32" },
  zmq_setsockopt: {
    parameters: [
      "pointer", // void *socket
      "i32", // int option
      "buffer", // const void *optval
      "usize", // size_t optvallen
    ],
    result: "i32",
  },
  zmq_getsockopt: {
    parameters: [
      "pointer", // void *socket
      "i32", // int option
      "buffer", // void *optval
      "buffer", // size_t *optvallen
    ],
    result: "i32",
  },
  zmq_bind: {
    parameters: [
      "pointer", // void *socket
      "buffer", // const char *addr
    ],
    result: "i32",
  },
  zmq_connect: {
    parameters: [
      "pointer", // void *socket
      "buffer", // const char *addr
    ],
    result: "i32",
  },
  zmq_disconnect: {
    parameters: [
      "pointer", // void *socket
      "buffer", // const char *addr
    ],
    result: "i32",
  },
  zmq_send: {
    parameters: [
      "pointer", // void *socket
      "buffer", // const void *buf
      "usize", // size_t len
      "i32", // int flags
    ],
    result: "i32",
  },
  zmq_recv: {
    parameters: [
      "pointer", // void *socket
      "buffer", // void *buf
      "usize", // size_t len
      "i32", // int flags
    ],
    result: "i32",
  },
  // zmq_msg_t *msg
  zmq_msg_init: { parameters: ["pointer"], result: "i32" },
  zmq_msg_init_data: {
    parameters: [
      "pointer", // zmq_msg_t *msg
      "pointer", // void *data
      "usize", // size_t size
      "pointer", // zmq_free_fn *ffn
      "pointer", // void *hint
    ],
    result: "i32",
  },
  zmq_msg_send: {
    parameters: [
      "pointer", // zmq_msg_t *msg
      "pointer", // void *socket
      "i32", // int flags
    ],
    result: "i32",
  },
  zmq_msg_recv: {
    parameters: [
      "pointer", // zmq_msg_t *msg
      "pointer", // void *socket
      "i32", // int flags
    ],
    result: "i32",
  },
  // zmq_msg_t *msg
  zmq_msg_close: { parameters: ["pointer"], result: "i32" },
  zmq_msg_move: {
    parameters: [
      "pointer", // zmq_msg_t *dest
      "pointer", // zmq_msg_t *src
    ],
    result: "i32",
  },
  // zmq_msg_t *msg
  zmq_msg_data: { parameters: ["pointer"], result: "pointer" },
  // const zmq_msg_t *msg
  zmq_msg_more: { parameters: ["pointer"], result: "i32" },
  zmq_msg_get: {
    parameters: [
      "pointer", // const zmq_msg_t *msg
      "i32", // int property
    ],
    result: "i32",
  },
  zmq_msg_gets: {
    parameters: [
      "pointer", // const zmq_msg_t *msg
      "buffer", // const char *property
    ],
    result: "pointer",
  },
  zmq_socket_monitor: {
    parameters: [
      "pointer", // void *socket
      "buffer", // const char *addr
      "i32", // int events
    ],
    result: "i32",
  },
  zmq_curve_keypair: {
    parameters: [
      "buffer", // char *z85_public_key
      "buffer", // char *z85_secret_key
    ],
    result: "i32",
  },
  zmq_curve_public: {
    parameters: [
      "buffer", // char *z85_public_key
      "buffer", // const char *z85_secret_key
    ],
    result: "i32",
  },
  /** The address of `int zmq_atomic_counter_inc(void *counter)`; see {@linkcode MessageBuffer} for its use. */
  zmq_atomic_counter_inc: { type: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;
