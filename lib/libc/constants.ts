// Numbers of the C library and the kernel, the same on x86-64 and aarch64.

/** Bits of what a descriptor is ready for (sys/epoll.h). */
export const EPOLL = {
  /** EPOLLIN: it can be read. */
  IN: 0x001,
  /** EPOLLOUT: it can be written. */
  OUT: 0x004,
  /** EPOLLERR: it has an error; on the writing end of a pipe, nobody reads. */
  ERR: 0x008,
  /** EPOLLHUP: the other end has gone. */
  HUP: 0x010,
  /** EPOLLONESHOT: one report, then none until it is armed again. */
  ONESHOT: 0x4000_0000,
} as const;

/** What `epoll_ctl` is to do (sys/epoll.h). */
export const EPOLL_CTL = { ADD: 1, DEL: 2, MOD: 3 } as const;

/** Close-on-exec, for `epoll_create1` and `eventfd` (EPOLL_CLOEXEC and EFD_CLOEXEC, both O_CLOEXEC). */
export const CLOEXEC = 0o2000000;

/** Options of `prctl` (sys/prctl.h). */
export const PRCTL = { GET_DUMPABLE: 3, SET_DUMPABLE: 4 } as const;
