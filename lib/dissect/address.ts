const GROUPS = 8;

/**
 * Writes an IPv4 address as text.
 *
 * @param view The bytes.
 * @param offset Where the four bytes of the address are; they must be there.
 * @returns The address, such as `192.0.2.1`.
 */
export function formatIPv4(view: DataView, offset: number): string {
  return `${view.getUint8(offset)}.${view.getUint8(offset + 1)}.${
    view.getUint8(offset + 2)
  }.${view.getUint8(offset + 3)}`;
}

/**
 * Writes an IPv6 address as text, in the form of RFC 5952.
 *
 * @param view The bytes.
 * @param offset Where the sixteen bytes of the address are; they must be there.
 * @returns The address, such as `2001:db8::1`.
 */
export function formatIPv6(view: DataView, offset: number): string {
  const groups: number[] = [];
  for (let group = 0; group < GROUPS; group++) {
    groups.push(view.getUint16(offset + group * 2, false));
  }
  if (isMapped(groups)) return `::ffff:${formatIPv4(view, offset + 12)}`;
  const { start, length } = longestZeros(groups);
  const text = groups.map((group) => group.toString(16));
  if (length < 2) return text.join(":");
  const before = text.slice(0, start).join(":");
  const after = text.slice(start + length).join(":");
  return `${before}::${after}`;
}

/** Whether an address stands for an IPv4 address (::ffff:0:0/96), which is written with dots. */
function isMapped(groups: readonly number[]): boolean {
  return groups[5] === 0xffff &&
    groups.slice(0, 5).every((group) => group === 0);
}

/** The first of the longest runs of zeros, which "::" stands for. */
function longestZeros(
  groups: readonly number[],
): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    const length = index + 1 - start;
    if (length > best.length) best = { start, length };
  });
  return best;
}
