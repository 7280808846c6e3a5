/** Bytes that a copy may write behind its end, where what comes next is written later. */
export const COPY_SPARE = 8;

/**
 * Longest copy, in bytes, that goes eight bytes a time: up to here that is the fastest way, beyond it `set` is (docs/performance.md).
 */
const SHORT_COPY = 256;

/** Memory that is written to. */
export interface CopyTarget {
  /** The memory. */
  readonly bytes: Uint8Array;
  /** A view of all of it. */
  readonly view: DataView;
}

/**
 * Copies the bytes of a packet: without making any object where they are short or stay in the same memory.
 *
 * @param source Where from; the view of the target where that is the same memory.
 * @param from Where they begin there; in the same memory not before `to`.
 * @param target Where to; after the copy come {@linkcode COPY_SPARE} bytes, of which up to seven are written and mean nothing.
 * @param to Where they begin there.
 * @param size How many.
 * @throws {RangeError} If the target is too small.
 *
 * @example Three bytes
 * ```ts
 * import assert from "node:assert/strict";
 * import { copyBytes } from "./copy_bytes.ts";
 *
 * const source = new DataView(Uint8Array.of(1, 2, 3, 4).buffer);
 * const bytes = new Uint8Array(16);
 * copyBytes(source, 1, { bytes, view: new DataView(bytes.buffer) }, 2, 3);
 * assert.deepEqual([...bytes.subarray(0, 5)], [0, 0, 2, 3, 4]);
 * ```
 */
// deno-lint-ignore nflog/parameters -- an object per packet costs more than the packet
export function copyBytes(
  source: DataView,
  from: number,
  target: CopyTarget,
  to: number,
  size: number,
): void {
  if (size <= SHORT_COPY && from + size + COPY_SPARE <= source.byteLength) {
    copyEights(source, from, target.view, to, size);
  } else if (source === target.view) {
    target.bytes.copyWithin(to, from, from + size);
  } else {
    const { buffer, byteOffset } = source;
    target.bytes.set(new Uint8Array(buffer, byteOffset + from, size), to);
  }
}

/**
 * Copies bytes eight at a time, rounded up.
 *
 * @param source Where from, with up to seven bytes behind them.
 * @param from Where they begin there.
 * @param target Where to.
 * @param to Where they begin there.
 * @param size How many; up to seven more are copied.
 * @throws {RangeError} If one of the two is too small.
 *
 * @example Eight bytes, of which five were asked for
 * ```ts
 * import assert from "node:assert/strict";
 * import { copyEights } from "./copy_bytes.ts";
 *
 * const source = new DataView(new Uint8Array(8).fill(1).buffer);
 * const target = new DataView(new ArrayBuffer(16));
 * copyEights(source, 0, target, 3, 5);
 * assert.equal(target.getUint8(7), 1);
 * assert.equal(target.getUint8(11), 0);
 * ```
 */
// deno-lint-ignore nflog/parameters -- an object per packet costs more than the packet
export function copyEights(
  source: DataView,
  from: number,
  target: DataView,
  to: number,
  size: number,
): void {
  for (let done = 0; done < size; done += 8) {
    const eight = source.getBigUint64(from + done, true);
    target.setBigUint64(to + done, eight, true);
  }
}

/**
 * Puts bytes where they can be read eight at a time.
 *
 * @param bytes The bytes; copied.
 * @returns A view of them, and of zeros up to a multiple of eight.
 *
 * @example Five bytes
 * ```ts
 * import assert from "node:assert/strict";
 * import { padToEights } from "./copy_bytes.ts";
 *
 * assert.equal(padToEights(new Uint8Array(5)).byteLength, 8);
 * ```
 */
export function padToEights(bytes: Uint8Array): DataView {
  const padded = new Uint8Array(bytes.length + 7 & ~7);
  padded.set(bytes);
  return new DataView(padded.buffer);
}
