// Numbers of the Python original's messages: an XDR structure (RFC 4506) a packet. Everything is big-endian.

/** Offsets in the structure of one packet, in bytes. */
export const LEGACY = {
  SECONDS: 0,
  MICROSECONDS: 4,
  /** Length of the packet on the wire; 0 when it is that of the bytes. */
  LENGTH: 8,
  /** Number of the bytes that follow, without their padding to a multiple of four. */
  COUNT: 12,
  /** Bytes before the packet's own. */
  SIZE: 16,
} as const;

/** First byte of a message of a sender or relay of the original that controls its rate. */
export const LEGACY_MARK = {
  /** One structure follows. */
  PLAIN: 0,
  /** One zlib stream follows: structures, each behind its size as 32 bits. */
  ZLIB: 1,
} as const;

/** Bytes of the size before each structure in a zlib stream. */
export const LEGACY_PREFIX_SIZE = 4;

/** Most bytes that a zlib stream of the original may expand to. */
export const MAX_LEGACY_EXPANSION = 64 * 1024 * 1024;
