/** Sizes and places in a zstd frame (RFC 8878, 3.1.1). */
const ZSTD = {
  /** Where the frame header's descriptor is, after the magic number. */
  DESCRIPTOR: 4,
  /** Where what follows the descriptor begins. */
  FIELDS: 5,
  BLOCK_HEADER: 3,
  CHECKSUM: 4,
} as const;

/** Bytes of the dictionary's number, by the descriptor's Dictionary_ID_flag. */
const DICTIONARY_SIZES = [0, 1, 2, 4] as const;
/** Bytes of the content's size, by its Frame_Content_Size_flag; the first is 1 in a frame of a single segment. */
const CONTENT_SIZES = [0, 2, 4, 8] as const;
/** Block_Type of a block that is one byte, repeated. */
const REPEATED = 1;

/**
 * Finds the end of a zstd frame by its headers alone.
 *
 * @param bytes What begins with a frame, of which nothing else is checked.
 * @returns Bytes of the frame; more than there are if it is cut short.
 */
export function zstdFrameSize(bytes: Uint8Array): number {
  const descriptor = bytes[ZSTD.DESCRIPTOR] ?? 0;
  const singleSegment = (descriptor >> 5 & 1) === 1;
  const contentFlag = descriptor >> 6;
  const contentSize = contentFlag === 0 && singleSegment
    ? 1
    : CONTENT_SIZES[contentFlag] ?? 0;
  const windowSize = singleSegment ? 0 : 1;
  let at = ZSTD.FIELDS + windowSize + contentSize +
    (DICTIONARY_SIZES[descriptor & 3] ?? 0);
  for (let last = false; !last;) {
    const first = bytes[at] ?? 1;
    const size = first >> 3 | (bytes[at + 1] ?? 0) << 5 |
      (bytes[at + 2] ?? 0) << 13;
    last = (first & 1) === 1;
    at += ZSTD.BLOCK_HEADER + ((first >> 1 & 3) === REPEATED ? 1 : size);
  }
  return at + (descriptor >> 2 & 1) * ZSTD.CHECKSUM;
}
