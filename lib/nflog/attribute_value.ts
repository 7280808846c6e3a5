import { ATTRIBUTE, ATTRIBUTE_TYPE_MASK } from "./constants.ts";

/**
 * Finds an attribute among others.
 *
 * @param bytes Where they are.
 * @param start Where the first one begins.
 * @param wanted The type that is looked for.
 * @returns Its value, borrowed; undefined when it is not there, or behind one whose length does not fit.
 */
export function findAttribute(
  bytes: Uint8Array,
  start: number,
  wanted: number,
): Uint8Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = start; at + ATTRIBUTE.SIZE <= bytes.length;) {
    const length = view.getUint16(at + ATTRIBUTE.LENGTH, true);
    if (length < ATTRIBUTE.SIZE || at + length > bytes.length) return undefined;
    const type = view.getUint16(at + ATTRIBUTE.TYPE, true) &
      ATTRIBUTE_TYPE_MASK;
    if (type === wanted) {
      return bytes.subarray(at + ATTRIBUTE.SIZE, at + length);
    }
    at += length + 3 & ~3;
  }
  return undefined;
}

/**
 * Reads a number as the kernel writes the values of attributes: its highest byte first.
 *
 * @param value The value; bytes that are missing count as zero.
 * @param size Its bytes, 1 to 4.
 * @returns The number.
 */
export function readBigEndian(value: Uint8Array, size: number): number {
  let number = 0;
  for (let at = 0; at < size; at++) number = number * 256 + (value[at] ?? 0);
  return number;
}
