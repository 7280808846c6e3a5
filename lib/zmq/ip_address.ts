const IPV4_OCTETS = 4;
const IPV6_GROUPS = 8;
const IPV6_BYTES = 16;

/**
 * Reads an IPv4 address of exactly four decimal numbers.
 *
 * Stricter than libc, which takes `1.2.3` and `0x7f.1`: shorthand, octal and
 * hexadecimal are refused, since they are typing mistakes in a configuration.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * deepEqual(parseIpv4("127.0.0.1"), new Uint8Array([127, 0, 0, 1]));
 * deepEqual(parseIpv4("300.1.1.1"), undefined);
 * ```
 *
 * @param text The address.
 * @returns Its 4 bytes, newly made, or undefined if it is none.
 */
export function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== IPV4_OCTETS) return undefined;
  const bytes = new Uint8Array(IPV4_OCTETS);
  for (const [index, part] of parts.entries()) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) {
      return undefined;
    }
    bytes[index] = Number(part);
  }
  return bytes;
}

/**
 * Reads an IPv6 address (RFC 4291, section 2.2), without brackets or zone.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(parseIpv6("::1")?.at(-1), 1);
 * equal(parseIpv6("1::2::3"), undefined);
 * ```
 *
 * @param text The address, such as `fe80::1` or `::ffff:192.0.2.1`.
 * @returns Its 16 bytes, newly made, or undefined if it is none.
 */
export function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = "", tail] = halves;
  const left = parseGroups(head, tail === undefined);
  const right = tail === undefined ? [] : parseGroups(tail, true);
  if (left === undefined || right === undefined) return undefined;
  const missing = IPV6_GROUPS - left.length - right.length;
  // "::" stands for at least one group; without it nothing may be missing.
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...new Array<number>(missing).fill(0), ...right];
  const bytes = new Uint8Array(IPV6_BYTES);
  const view = new DataView(bytes.buffer);
  groups.forEach((group, index) => view.setUint16(index * 2, group));
  return bytes;
}

/** Reads colon-separated groups; the last may be an IPv4 address when `last` says that the text ends there. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const ipv4 = last && index === parts.length - 1
      ? parseIpv4(part)
      : undefined;
    if (ipv4 !== undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = ipv4;
      groups.push(a << 8 | b, c << 8 | d);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}

/**
 * Says whether an address can be reached from this host alone: 127.0.0.0/8, `::1`, or the former mapped into IPv6.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(isLoopbackAddress(new Uint8Array([127, 9, 9, 9])), true);
 * equal(isLoopbackAddress(new Uint8Array([192, 0, 2, 1])), false);
 * ```
 *
 * @param bytes The 4 or 16 bytes of the address.
 * @returns Whether it is a loopback address.
 */
export function isLoopbackAddress(bytes: Uint8Array): boolean {
  if (bytes.length === IPV4_OCTETS) return bytes[0] === 127;
  if (bytes.subarray(0, 10).some((byte) => byte !== 0)) return false;
  if (bytes[10] === 0xff && bytes[11] === 0xff) return bytes[12] === 127;
  return bytes.subarray(10, 15).every((byte) => byte === 0) && bytes[15] === 1;
}

/**
 * Writes an IPv4 address that was mapped into IPv6, as an IPv6 socket shows it, in its usual form.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(unmapAddress("::ffff:192.0.2.1"), "192.0.2.1");
 * equal(unmapAddress("2001:db8::1"), "2001:db8::1");
 * ```
 *
 * @param text The address as text.
 * @returns The same address.
 */
export function unmapAddress(text: string): string {
  return text.replace(/^::ffff:(?=[0-9]+\.)/, "");
}

/**
 * Does the same for the address of an endpoint.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(unmapEndpoint("tcp://[::ffff:192.0.2.1]:5555"), "tcp://192.0.2.1:5555");
 * ```
 *
 * @param text The endpoint as text.
 * @returns The same endpoint.
 */
export function unmapEndpoint(text: string): string {
  return text.replace(/\[::ffff:([0-9.]+)\]/, "$1");
}
