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

/** What {@linkcode AccountDatabase} calls. */
export const ACCOUNT_SYMBOLS = {
  getpwnam_r: {
    parameters: [
      "buffer", // const char *name
      "buffer", // struct passwd *pwd
      "buffer", // char *buf
      "usize", // size_t buflen
      "buffer", // struct passwd **result
    ],
    result: "i32",
  },
  getpwuid_r: {
    parameters: [
      "u32", // uid_t uid
      "buffer", // struct passwd *pwd
      "buffer", // char *buf
      "usize", // size_t buflen
      "buffer", // struct passwd **result
    ],
    result: "i32",
  },
  getgrnam_r: {
    parameters: [
      "buffer", // const char *name
      "buffer", // struct group *grp
      "buffer", // char *buf
      "usize", // size_t buflen
      "buffer", // struct group **result
    ],
    result: "i32",
  },
  getgrouplist: {
    parameters: [
      "pointer", // const char *user
      "u32", // gid_t group
      "buffer", // gid_t *groups
      "buffer", // int *ngroups
    ],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** What {@linkcode dropPrivileges} calls. The first three work on all threads (nptl(7)). */
export const PRIVILEGE_SYMBOLS = {
  setgroups: {
    parameters: [
      "usize", // size_t size
      "buffer", // const gid_t *list
    ],
    result: "i32",
  },
  setresgid: {
    parameters: [
      "u32", // gid_t rgid
      "u32", // gid_t egid
      "u32", // gid_t sgid
    ],
    result: "i32",
  },
  setresuid: {
    parameters: [
      "u32", // uid_t ruid
      "u32", // uid_t euid
      "u32", // uid_t suid
    ],
    result: "i32",
  },
  getresuid: {
    parameters: [
      "buffer", // uid_t *ruid
      "buffer", // uid_t *euid
      "buffer", // uid_t *suid
    ],
    result: "i32",
  },
  getresgid: {
    parameters: [
      "buffer", // gid_t *rgid
      "buffer", // gid_t *egid
      "buffer", // gid_t *sgid
    ],
    result: "i32",
  },
  getgroups: {
    parameters: [
      "i32", // int size
      "buffer", // gid_t *list
    ],
    result: "i32",
  },
  prctl: {
    parameters: [
      "i32", // int option
      "u64", // unsigned long arg2
      "u64", // unsigned long arg3
      "u64", // unsigned long arg4
      "u64", // unsigned long arg5
    ],
    result: "i32",
  },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;
