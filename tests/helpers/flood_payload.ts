// What a flood's packets say: which of them each is, and bytes by which a misplaced or damaged one is recognised.

/** Bytes of a payload that hold its number, big-endian; shorter payloads can not be numbered. */
export const NUMBER_SIZE = 4;

/** After as many packets the pattern repeats; only the number then tells them apart. */
export const PATTERN_PERIOD = 256;

/** Largest number that a payload can hold. */
export const LARGEST_NUMBER = 0xffff_ffff;

/** Bytes of the IP and the UDP header before the payload, by IP version. */
export const HEADERS_SIZE = { 4: 28, 6: 48 } as const;

/**
 * Fills a payload: its number in the first {@linkcode NUMBER_SIZE} bytes, then a pattern that differs from packet to packet.
 *
 * @param target The payload, at least {@linkcode NUMBER_SIZE} bytes.
 * @param number Which packet it is, 0 to {@linkcode LARGEST_NUMBER}.
 */
export function fillPayload(target: Uint8Array, number: number): void {
  target[0] = number >>> 24;
  target[1] = number >>> 16;
  target[2] = number >>> 8;
  target[3] = number;
  for (let index = NUMBER_SIZE; index < target.length; index++) {
    target[index] = patternByte(number, index);
  }
}

/**
 * Gives the byte that belongs at a place of a payload's pattern.
 *
 * @param number Which packet it is.
 * @param index Offset in the payload, {@linkcode NUMBER_SIZE} or more.
 * @returns 0 to 255.
 */
export function patternByte(number: number, index: number): number {
  return ((number % PATTERN_PERIOD) * 31 + index * 7 + (index >> 8)) & 0xff;
}
