// Functions of the C library, one table for each object that uses them: each opens what it calls and nothing else.

/** What {@linkcode Poller} calls. */
export const POLLER_SYMBOLS = {
  epoll_create1: {
    parameters: [
      "i32", // int flags
    ],
    result: "i32",
  },
  epoll_ctl: {
    parameters: [
      "i32", // int epfd
      "i32", // int op
      "i32", // int fd
      "buffer", // struct epoll_event *event
    ],
    result: "i32",
  },
  epoll_wait: {
    parameters: [
      "i32", // int epfd
      "buffer", // struct epoll_event *events
      "i32", // int maxevents
      "i32", // int timeout, milliseconds
    ],
    result: "i32",
  },
  epoll_wait_elsewhere: {
    name: "epoll_wait",
    parameters: [
      "i32", // int epfd
      "buffer", // struct epoll_event *events
      "i32", // int maxevents
      "i32", // int timeout, milliseconds
    ],
    result: "i32",
    nonblocking: true,
  },
  eventfd: {
    parameters: [
      "u32", // unsigned int initval
      "i32", // int flags
    ],
    result: "i32",
  },
  write: {
    parameters: [
      "i32", // int fd
      "buffer", // const void *buf
      "usize", // size_t count
    ],
    result: "i32", // ssize_t; never above 8 here
  },
  close: {
    parameters: [
      "i32", // int fd
    ],
    result: "i32",
  },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;
