import { formatIPv4, formatIPv6 } from "./address.ts";
import {
  EXTENSION,
  IP_PROTOCOL,
  IPV4,
  IPV4_FRAGMENT,
  IPV6,
  IPV6_FRAGMENT,
} from "./constants.ts";

/** What part of a datagram a fragment is. */
export interface Fragment {
  /** What all fragments of the datagram have in common. */
  readonly id: number;
  /** Where the part begins in the datagram, in bytes. */
  readonly offset: number;
  /** Whether there are parts after it. */
  readonly more: boolean;
}

/** What the headers of the network layer say. */
export interface IpHeader {
  /** 4 or 6. */
  readonly version: 4 | 6;
  /** Address of the sender, as text. */
  readonly source: string;
  /** Address of the receiver, as text. */
  readonly destination: string;
  /** Routers that it may still pass, 0 to 255. */
  readonly hopLimit: number;
  /** Number of the protocol behind the headers ({@linkcode IP_PROTOCOL}). */
  readonly protocol: number;
  /** Bytes of the header, with options or extension headers. */
  readonly headerLength: number;
  /** Bytes of the packet with its header, as the header says; those that are there where it does not say. */
  readonly length: number;
  /** Numbers of the extension headers of IPv6, in their order. */
  readonly extensions: readonly number[];
  /** Which part of a datagram it is; undefined for a whole one. */
  readonly fragment: Fragment | undefined;
}

/**
 * Reads the headers of the network layer.
 *
 * @param view The packet from its network layer on.
 * @returns What they say; undefined when they are not all there, or make no sense.
 */
export function readIpHeader(view: DataView): IpHeader | undefined {
  if (view.byteLength === 0) return undefined;
  const version = view.getUint8(IPV4.VERSION) >>> 4;
  if (version === 4) return readIpv4(view);
  return version === 6 ? readIpv6(view) : undefined;
}

function readIpv4(view: DataView): IpHeader | undefined {
  if (view.byteLength < IPV4.SIZE) return undefined;
  const headerLength = (view.getUint8(IPV4.VERSION) & 0x0f) * 4;
  if (headerLength < IPV4.SIZE) return undefined;
  const total = view.getUint16(IPV4.LENGTH, false);
  const bits = view.getUint16(IPV4.FRAGMENT, false);
  const offset = (bits & IPV4_FRAGMENT.OFFSET) * 8;
  const more = (bits & IPV4_FRAGMENT.MORE) !== 0;
  const id = view.getUint16(IPV4.ID, false);
  return {
    version: 4,
    source: formatIPv4(view, IPV4.SOURCE),
    destination: formatIPv4(view, IPV4.DESTINATION),
    hopLimit: view.getUint8(IPV4.HOP_LIMIT),
    protocol: view.getUint8(IPV4.PROTOCOL),
    headerLength,
    // 0 in a packet of more than 64 KiB (BIG TCP), and where the network card was to fill it in.
    length: total === 0 ? view.byteLength : total,
    extensions: [],
    fragment: offset !== 0 || more ? { id, offset, more } : undefined,
  };
}

function readIpv6(view: DataView): IpHeader | undefined {
  if (view.byteLength < IPV6.SIZE) return undefined;
  const payload = view.getUint16(IPV6.LENGTH, false);
  const chain = readExtensions(view);
  if (chain === undefined) return undefined;
  return {
    version: 6,
    source: formatIPv6(view, IPV6.SOURCE),
    destination: formatIPv6(view, IPV6.DESTINATION),
    hopLimit: view.getUint8(IPV6.HOP_LIMIT),
    ...chain,
    // 0 in a jumbogram and in packets that the kernel merged beyond 64 KiB.
    length: payload === 0 ? view.byteLength : IPV6.SIZE + payload,
  };
}

type Chain = Pick<
  IpHeader,
  "protocol" | "headerLength" | "extensions" | "fragment"
>;

function readExtensions(view: DataView): Chain | undefined {
  const extensions: number[] = [];
  let protocol = view.getUint8(IPV6.NEXT_HEADER);
  let at: number = IPV6.SIZE;
  let fragment: Fragment | undefined;
  while (isExtension(protocol)) {
    if (view.byteLength < at + EXTENSION.SIZE) return undefined;
    extensions.push(protocol);
    if (protocol === IP_PROTOCOL.FRAGMENT) fragment = readFragment(view, at);
    const size = extensionSize(view, at, protocol);
    protocol = view.getUint8(at + EXTENSION.NEXT_HEADER);
    at += size;
    // Behind the header of a later fragment lies the middle of something.
    if (fragment !== undefined && fragment.offset > 0) break;
  }
  return { protocol, headerLength: at, extensions, fragment };
}

function isExtension(protocol: number): boolean {
  switch (protocol) {
    case IP_PROTOCOL.HOP_BY_HOP:
    case IP_PROTOCOL.ROUTING:
    case IP_PROTOCOL.FRAGMENT:
    case IP_PROTOCOL.AUTHENTICATION:
    case IP_PROTOCOL.DESTINATION_OPTIONS:
    case IP_PROTOCOL.MOBILITY:
      return true;
    default:
      return false;
  }
}

function extensionSize(view: DataView, at: number, protocol: number): number {
  if (protocol === IP_PROTOCOL.FRAGMENT) return EXTENSION.SIZE;
  const length = view.getUint8(at + EXTENSION.LENGTH);
  return protocol === IP_PROTOCOL.AUTHENTICATION
    ? (length + 2) * 4
    : (length + 1) * 8;
}

function readFragment(view: DataView, at: number): Fragment {
  const bits = view.getUint16(at + EXTENSION.FRAGMENT, false);
  return {
    id: view.getUint32(at + EXTENSION.FRAGMENT_ID, false),
    offset: bits & IPV6_FRAGMENT.OFFSET,
    more: (bits & IPV6_FRAGMENT.MORE) !== 0,
  };
}
