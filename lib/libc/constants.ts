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

/** Options of `prctl` (linux/prctl.h). */
export const PRCTL = {
  GET_DUMPABLE: 3,
  SET_DUMPABLE: 4,
  SET_NO_NEW_PRIVS: 38,
} as const;

/** Flags of `open` (fcntl.h). */
export const OPEN = {
  WRITE_ONLY: 0o1,
  READ_WRITE: 0o2,
  CREATE: 0o100,
  TRUNCATE: 0o1000,
  NONBLOCK: 0o4000,
  CLOEXEC,
} as const;

/** Commands of `fcntl` on pipes (fcntl.h). */
export const PIPE_SIZE = { SET: 1031, GET: 1032 } as const;

/** `ioctl`: bytes that can be read; on a pipe either end may ask (asm-generic/ioctls.h). */
export const FIONREAD = 0x541b;

/** Where `statx` puts what is asked for, and how to ask (linux/stat.h). */
export const STATX = {
  TYPE: 1,
  EMPTY_PATH: 0x1000,
  /** AT_FDCWD: paths are relative to the working directory. */
  HERE: -100,
  MODE_WORD: 14,
  WORDS: 128,
} as const;

/** Kinds of file in a mode (linux/stat.h). */
export const FILE_KINDS = {
  MASK: 0o170000,
  FIFO: 0o010000,
  CHARACTER_DEVICE: 0o020000,
  DIRECTORY: 0o040000,
  REGULAR: 0o100000,
} as const;

/** What happened to a watched file (sys/inotify.h). */
export const INOTIFY = {
  ATTRIB: 0x004,
  CLOSE_WRITE: 0x008,
  CLOSE_NOWRITE: 0x010,
  OPEN: 0x020,
  DELETE_SELF: 0x400,
  MOVE_SELF: 0x800,
  OVERFLOW: 0x4000,
} as const;

/** struct inotify_event, as 32-bit words; a watch of a single file has no name behind it (sys/inotify.h). */
export const INOTIFY_EVENT = { MASK: 1, NAME_LENGTH: 3, WORDS: 4 } as const;
