// What is called in libnetfilter_log.so.1 (libnetfilter_log/libnetfilter_log.h) and, to read from its socket, in libc.so.6.

/** Functions of libnetfilter_log. */
export const NFLOG_SYMBOLS = {
  nflog_open: { parameters: [], result: "pointer" },
  nflog_close: {
    parameters: [
      "pointer", // struct nflog_handle *h
    ],
    result: "i32",
  },
  nflog_fd: {
    parameters: [
      "pointer", // struct nflog_handle *h
    ],
    result: "i32",
  },
  nflog_bind_pf: {
    parameters: [
      "pointer", // struct nflog_handle *h
      "u16", // uint16_t pf
    ],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** Functions of the C library that work on the socket. */
export const SOCKET_SYMBOLS = {
  recv: {
    parameters: [
      "i32", // int sockfd
      "buffer", // void *buf
      "usize", // size_t len
      "i32", // int flags
    ],
    result: "isize",
  },
  send: {
    parameters: [
      "i32", // int sockfd
      "buffer", // const void *buf
      "usize", // size_t len
      "i32", // int flags
    ],
    result: "isize",
  },
  setsockopt: {
    parameters: [
      "i32", // int sockfd
      "i32", // int level
      "i32", // int optname
      "buffer", // const void *optval
      "u32", // socklen_t optlen
    ],
    result: "i32",
  },
  getsockopt: {
    parameters: [
      "i32", // int sockfd
      "i32", // int level
      "i32", // int optname
      "buffer", // void *optval
      "buffer", // socklen_t *optlen
    ],
    result: "i32",
  },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;
