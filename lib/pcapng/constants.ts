// Numbers of the pcapng format. Source: the IETF draft draft-ietf-opsawg-pcapng.

/** Types of blocks. */
export const BLOCK_TYPE = {
  INTERFACE: 1,
  /** The first form of a packet, which nobody writes any more. */
  OBSOLETE_PACKET: 2,
  SIMPLE_PACKET: 3,
  STATISTICS: 5,
  ENHANCED_PACKET: 6,
  /** The same in both byte orders, so that it can be found before the order is known. */
  SECTION: 0x0a0d0d0a,
} as const;

/** Offsets in any block, in bytes from its start. */
export const BLOCK = {
  TYPE: 0,
  /** Length of the whole block; it stands at the end again. */
  LENGTH: 4,
  BODY: 8,
  /** Bytes of the length that stands at the end. */
  TRAILER: 4,
  /** Bytes of a block without a body. */
  MIN_SIZE: 12,
} as const;

/** Largest block that is read, in bytes; Wireshark has the same limit. */
export const MAX_BLOCK = 16 * 1024 * 1024;

/** Offsets in a section header, in bytes from its start. */
export const SECTION = {
  MAGIC: 8,
  VERSION_MAJOR: 12,
  VERSION_MINOR: 14,
  LENGTH: 16,
  OPTIONS: 24,
} as const;

/** First word of a section's body, which tells its byte order. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Version of the format: writers write 1.0. */
export const VERSION = { MAJOR: 1, MINOR: 0 } as const;

/** Offsets in an interface description, in bytes from its start. */
export const INTERFACE = {
  LINK_TYPE: 8,
  SNAPLEN: 12,
  OPTIONS: 16,
} as const;

/** Offsets in an enhanced packet, in bytes from its start. */
export const ENHANCED_PACKET = {
  INTERFACE: 8,
  TIME_HIGH: 12,
  TIME_LOW: 16,
  CAPTURED: 20,
  ORIGINAL: 24,
  DATA: 28,
} as const;

/** Offsets in an obsolete packet where they differ from those of an enhanced one, in bytes from its start. */
export const OBSOLETE_PACKET = { INTERFACE: 8, DROPS: 10 } as const;

/** Offsets in a simple packet, in bytes from its start. */
export const SIMPLE_PACKET = { ORIGINAL: 8, DATA: 12 } as const;

/** Offsets in interface statistics, in bytes from their start. */
export const STATISTICS = {
  INTERFACE: 8,
  TIME_HIGH: 12,
  TIME_LOW: 16,
  OPTIONS: 20,
} as const;

/** Offsets in an option, in bytes; values are padded to four bytes. */
export const OPTION = { CODE: 0, LENGTH: 2, VALUE: 4 } as const;

/** Options of every block. */
export const COMMON_OPTION = { END: 0, COMMENT: 1 } as const;

/** Options of a section header. */
export const SECTION_OPTION = { HARDWARE: 2, OS: 3, APPLICATION: 4 } as const;

/** Options of an interface description. */
export const INTERFACE_OPTION = {
  NAME: 2,
  DESCRIPTION: 3,
  /** Unit of times: a power of ten, or of two where the highest bit is set. */
  RESOLUTION: 9,
  /** Seconds to be added to every time, signed, 64 bits. */
  TIME_OFFSET: 14,
} as const;

/** Options of an enhanced packet. */
export const PACKET_OPTION = { FLAGS: 2, DROP_COUNT: 4 } as const;

/** Directions in the flags of an enhanced packet. */
export const DIRECTION = { UNKNOWN: 0, INBOUND: 1, OUTBOUND: 2 } as const;

/** Options of interface statistics; counts are 64 bits. */
export const STATISTICS_OPTION = {
  START_TIME: 2,
  END_TIME: 3,
  RECEIVED: 4,
  DROPPED: 5,
  DELIVERED: 8,
} as const;

/** Unit of times of an interface that does not say: microseconds. */
export const DEFAULT_RESOLUTION = 6;

/** Unit of times of the interfaces written here: nanoseconds. */
export const NANOSECOND_RESOLUTION = 9;
