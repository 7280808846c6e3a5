import fc from "fast-check";

/** Damage to be done to bytes: what, where, and with what. */
export interface Damage {
  /** What is done. */
  kind: "flip" | "set" | "cut" | "insert" | "repeat" | "number" | "short";
  /** Where, modulo the size. */
  place: number;
  /** With what. */
  value: number;
}

/** Numbers at which lengths and counts go wrong. */
export const EDGES: readonly number[] = [
  0,
  1,
  0x7f,
  0xff,
  0x7fff,
  0xffff,
  0x7fffffff,
  0xffffffff,
];

/** Any damage. */
export const DAMAGE: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom(
    "flip",
    "set",
    "cut",
    "insert",
    "repeat",
    "number",
    "short",
  ) as fc.Arbitrary<Damage["kind"]>,
  place: fc.nat(0xffffff),
  value: fc.nat(0xffff),
});

/**
 * Damages recorded bytes: one to eight faults in one of several samples.
 *
 * @param samples The samples; they are not changed.
 * @returns Damaged copies.
 */
export function damaged(
  samples: readonly Uint8Array[],
): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  return fc.record({
    sample: fc.nat(samples.length - 1),
    faults: fc.array(DAMAGE, { minLength: 1, maxLength: 8 }),
  }).map(({ sample, faults }) => {
    let bytes = new Uint8Array(samples[sample] ?? []);
    for (const fault of faults) bytes = damage(bytes, fault);
    return bytes;
  });
}

/**
 * Damages bytes.
 *
 * @param bytes The bytes, which may be changed.
 * @param fault What is done to them.
 * @returns The damaged bytes: the same or new ones.
 */
export function damage(
  bytes: Uint8Array<ArrayBuffer>,
  { kind, place, value }: Damage,
): Uint8Array<ArrayBuffer> {
  const size = bytes.byteLength;
  const at = size === 0 ? 0 : place % size;
  switch (kind) {
    case "flip":
      if (size > 0) bytes[at] = (bytes[at] ?? 0) ^ 1 << value % 8;
      return bytes;
    case "set":
      if (size > 0) bytes[at] = value;
      return bytes;
    case "cut":
      return bytes.slice(0, at);
    case "insert":
      return join(
        bytes.subarray(0, at),
        Uint8Array.of(value),
        bytes.subarray(at),
      );
    case "repeat":
      return join(bytes, bytes.subarray(at, at + value % 256));
    case "number": {
      const edge = EDGES[value % EDGES.length] ?? 0;
      if (at + 4 > size) return bytes;
      new DataView(bytes.buffer).setUint32(at, edge, value % 2 === 0);
      return bytes;
    }
    case "short": {
      if (at + 2 > size) return bytes;
      // Lengths are mostly small, and beside what they measure.
      const length = value % 3 === 0 ? value : value % 64;
      new DataView(bytes.buffer).setUint16(at, length, value % 2 === 0);
      return bytes;
    }
  }
}

/** Puts bytes one after the other. */
export function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(
    parts.reduce((size, part) => size + part.byteLength, 0),
  );
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}
