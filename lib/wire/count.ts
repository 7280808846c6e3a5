import { FrameError } from "./frame_error.ts";

/**
 * Writes a count as 64 bits, little-endian.
 *
 * @param view Where to.
 * @param offset Where in it, in bytes.
 * @param count A whole number, 0 to 2^53 - 1.
 */
export function setCount(view: DataView, offset: number, count: number): void {
  view.setUint32(offset, count >>> 0, true);
  view.setUint32(offset + 4, Math.floor(count / 2 ** 32), true);
}

/**
 * Reads a count of 64 bits, little-endian.
 *
 * @param view Where from.
 * @param offset Where in it, in bytes.
 * @returns A whole number below 2^53.
 * @throws {FrameError} If it is 2^53 or more.
 */
export function getCount(view: DataView, offset: number): number {
  const high = view.getUint32(offset + 4, true);
  if (high > 0x1fffff) {
    throw new FrameError(
      "Cannot read a frame: a count of 2^53 or more",
      "content",
      { offset },
    );
  }
  return high * 2 ** 32 + view.getUint32(offset, true);
}
