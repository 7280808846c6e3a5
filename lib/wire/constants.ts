// Numbers of our own frames; docs/wire_format.md is their specification. Everything is little-endian.

/** First four bytes of a frame: F5, then "NFZ". As seconds of an original message they would mean the year 2100. */
export const FRAME_MAGIC = 0x5a464ef5;

/** The version of the frame format that this program writes and reads. */
export const FRAME_VERSION = 1;

/** Offsets in the header of a frame, in bytes. */
export const FRAME_HEADER = {
  MAGIC: 0,
  VERSION: 4,
  CODEC: 5,
  FLAGS: 6,
  SENSOR_LENGTH: 7,
  INSTANCE: 8,
  NUMBER: 16,
  LANE: 24,
  CONTEXTS: 26,
  PACKETS: 28,
  RECORDS_SIZE: 32,
  RUNS: 36,
  BODY_SIZE: 40,
  GROUPS: 44,
  RESERVED: 46,
  SENT: 48,
  CAPTURED: 56,
  OWN_DROPPED: 64,
  KERNEL_DROPPED: 72,
  RATE_DROPPED: 80,
  QUEUE_DROPPED: 88,
  RELAY: 96,
  RELAY_RATE_DROPPED: 104,
  RELAY_QUEUE_DROPPED: 112,
  MADE_AT: 120,
  /** Bytes before the sensor's name. */
  SIZE: 128,
} as const;

/** Bits of a frame's flags. */
export const FRAME_FLAG = {
  /** The body has a column of nanoseconds. */
  NANOSECONDS: 1,
  /** The sender is ending: no frame follows on this lane. */
  LAST: 2,
} as const;

/** How the body of a frame is compressed. */
export type Codec = "none" | "zstd" | "deflate";

/** Numbers of the codecs. */
export const CODEC_NUMBER: Readonly<Record<Codec, number>> = {
  none: 0,
  zstd: 1,
  deflate: 2,
};

/** Offsets in a context of a body, in bytes; its texts follow in the order of their lengths. */
export const CONTEXT = {
  SIZE: 0,
  GROUP: 2,
  PROTOCOL: 4,
  FAMILY: 6,
  HOOK: 7,
  FLAGS: 8,
  INPUT_LENGTH: 9,
  OUTPUT_LENGTH: 10,
  PHYSICAL_INPUT_LENGTH: 11,
  PHYSICAL_OUTPUT_LENGTH: 12,
  PREFIX_LENGTH: 13,
  RESERVED: 14,
  MARK: 16,
  UID: 20,
  GID: 24,
  TEXTS: 28,
} as const;

/** Bits of a context's flags. */
export const CONTEXT_FLAG = {
  MARK: 1,
  UID: 2,
  GID: 4,
  KERNEL_TIME: 8,
  FILE_TIME: 16,
} as const;

/** Offsets in the totals of one group, in bytes. */
export const GROUP_TOTALS = {
  GROUP: 0,
  CAPTURED: 8,
  CAPTURED_BYTES: 16,
  OWN_DROPPED: 24,
  KERNEL_DROPPED: 32,
  RATE_DROPPED: 40,
  QUEUE_DROPPED: 48,
  SENT: 56,
  SIZE: 64,
} as const;

/** Largest sensor name, in bytes of UTF-8. */
export const MAX_SENSOR_LENGTH = 64;

/** Lanes that a sender can have: a receiver keeps a count of each. */
export const MAX_LANES = 256;

/** Largest header a frame can have, in bytes. */
export const MAX_HEADER_SIZE = FRAME_HEADER.SIZE + MAX_SENSOR_LENGTH;

/** Size that a sender's frame keeps to, in bytes, header and all. */
export const FRAME_SIZE = 256 * 1024;

/**
 * Bytes of a sender's frame that are kept for what follows the records: the runs and contexts of a crowded batch, and the nanoseconds of as many of the
 * smallest packets as there is room for.
 */
export const TRAILER_RESERVE = 64 * 1024;

/** Largest uncompressed body that a receiver accepts, in bytes. */
export const MAX_BODY_SIZE = 16 * 1024 * 1024;
