// Packets that grow as they are written are cheapest written where they lie: each is read just before it is written over, so nothing but its
// own memory is touched, and no second buffer (docs/performance.md, "pcapng").

import type { CopyTarget } from "./copy_bytes.ts";

/**
 * Finds room to write packets where they are, each longer than it was: writing begins so far before them that each is read before it is written over.
 * Whoever gave the room has the packets no more.
 *
 * @param bytes The packets.
 * @param room How many before them, in the same memory, may be written over; -1 when they must stay as they are themselves.
 * @param size Bytes that are written at most, with those that a copy may write behind its end; as many as there are or more.
 * @returns The memory, borrowed, which ends where they do; undefined where the room does not suffice.
 *
 * @example Four bytes that become six
 * ```ts
 * import assert from "node:assert/strict";
 * import { roomInPlace } from "./grow_in_place.ts";
 *
 * const bytes = new Uint8Array(10).subarray(3, 7);
 * assert.equal(roomInPlace(bytes, 3, 6)?.byteOffset, 1);
 * assert.equal(roomInPlace(bytes, 1, 6), undefined);
 * ```
 */
export function roomInPlace(
  bytes: Uint8Array,
  room: number,
  size: number,
): Uint8Array | undefined {
  const { buffer, byteOffset, byteLength } = bytes;
  const before = size - byteLength;
  return before <= room
    ? new Uint8Array(buffer, byteOffset - before, size)
    : undefined;
}

/** From where to where packets are written. */
export interface CopyWay {
  /** Where they are. */
  readonly source: DataView;
  /** Where they begin there. */
  readonly from: number;
  /** Where they go; the same view where that is the same memory. */
  readonly target: CopyTarget;
}

/**
 * Prepares to write bytes somewhere else, or where they are.
 *
 * @param bytes The bytes.
 * @param target Where to: other memory, or what {@linkcode roomInPlace} found for them.
 * @returns From where to where.
 *
 * @example To other memory
 * ```ts
 * import assert from "node:assert/strict";
 * import { openCopyWay } from "./grow_in_place.ts";
 *
 * const { source, from } = openCopyWay(Uint8Array.of(7, 8), new Uint8Array(4));
 * assert.equal(source.getUint8(from), 7);
 * ```
 */
export function openCopyWay(bytes: Uint8Array, target: Uint8Array): CopyWay {
  const view = viewOf(target);
  const way = { target: { bytes: target, view } };
  return isWithin(bytes, target)
    ? { ...way, source: view, from: bytes.byteOffset - target.byteOffset }
    : { ...way, source: viewOf(bytes), from: 0 };
}

function isWithin(bytes: Uint8Array, target: Uint8Array): boolean {
  const start = bytes.byteOffset - target.byteOffset;
  return bytes.buffer === target.buffer && start >= 0 &&
    start + bytes.byteLength <= target.byteLength;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
