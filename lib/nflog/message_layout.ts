import type { PacketContext } from "../packet.ts";
import {
  ATTRIBUTE,
  ATTRIBUTE_TYPE_MASK,
  ETHERNET_HEADER_SIZE,
  FAMILY,
  MESSAGE,
  NETDEV_EGRESS,
  PACKET_ATTRIBUTE,
} from "./constants.ts";

/** Turns the index of an interface into its name; an index that is not known, and 0, into the empty string. */
export type InterfaceNamer = (index: number) => string;

/**
 * Where everything is in the messages of one kind of packet, and what they all say.
 *
 * The kernel writes the attributes of a packet in an order of its own that does not change, so the packets that one rule logs differ only in their
 * times, sequence numbers, link-layer addresses and payload. A layout lists the words that must be as they were for a message to be of the same kind;
 * everything else then is where it was.
 */
export interface MessageLayout {
  /** Pairs of numbers: index of a word from the start of the message, and the value it must have. */
  readonly fixedWords: Int32Array;
  /** What these packets have in common. */
  readonly context: PacketContext;
  /** Offset of the time in the message, or 0 when the kernel gave none. */
  readonly timeOffset: number;
  /** Offset of the group's sequence number in the message, or 0 when there is none. */
  readonly sequenceOffset: number;
  /** Offset of the payload's attribute in the message, or 0 when there is no payload. */
  readonly payloadOffset: number;
  /** Bytes of link-layer header that the payload begins with. */
  readonly linkHeaderSize: number;
  /** Whether the packet begins with an IP header, which tells its length on the wire. */
  readonly startsWithIp: boolean;
  /** Bytes of a message that has a payload of no bytes; a shorter message is not of this kind. Without a payload, the bytes of every message. */
  readonly minimumSize: number;
}

/** Attributes whose values differ from packet to packet of one kind; only their place and length must agree. */
const VARYING: ReadonlySet<number> = new Set([
  PACKET_ATTRIBUTE.TIMESTAMP,
  PACKET_ATTRIBUTE.SEQUENCE,
  PACKET_ATTRIBUTE.SEQUENCE_GLOBAL,
  PACKET_ATTRIBUTE.HARDWARE_ADDRESS,
  PACKET_ATTRIBUTE.HARDWARE_HEADER,
  PACKET_ATTRIBUTE.CONNTRACK,
  PACKET_ATTRIBUTE.CONNTRACK_INFO,
  PACKET_ATTRIBUTE.VLAN,
  PACKET_ATTRIBUTE.L2_HEADER,
]);

/** EtherTypes of packets that begin with an IP header; 0 is that of packets whose EtherType the kernel did not say (linux/if_ether.h). */
const IP_PROTOCOLS: ReadonlySet<number> = new Set([0, 0x0800, 0x86dd]);

/** One attribute of a message. */
interface AttributePlace {
  /** Where its value begins, from the start of the message. */
  offset: number;
  /** Bytes of its value. */
  size: number;
}

/** Finds the attributes of a message; undefined when their lengths do not fit it. */
function findAttributes(
  view: DataView,
  at: number,
  size: number,
): Map<number, AttributePlace> | undefined {
  const found = new Map<number, AttributePlace>();
  let offset: number = MESSAGE.ATTRIBUTES;
  while (offset + ATTRIBUTE.SIZE <= size) {
    const length = view.getUint16(at + offset + ATTRIBUTE.LENGTH, true);
    if (length < ATTRIBUTE.SIZE || offset + length > size) return undefined;
    const type = view.getUint16(at + offset + ATTRIBUTE.TYPE, true) &
      ATTRIBUTE_TYPE_MASK;
    found.set(type, {
      offset: offset + ATTRIBUTE.SIZE,
      size: length - ATTRIBUTE.SIZE,
    });
    offset += length + 3 & ~3;
  }
  return found;
}

/** Least bytes of the attributes that are read as numbers. */
const NUMBER_SIZES: ReadonlyMap<number, number> = new Map([
  [PACKET_ATTRIBUTE.PACKET_HEADER, 4],
  [PACKET_ATTRIBUTE.MARK, 4],
  [PACKET_ATTRIBUTE.TIMESTAMP, 16],
  [PACKET_ATTRIBUTE.INPUT, 4],
  [PACKET_ATTRIBUTE.OUTPUT, 4],
  [PACKET_ATTRIBUTE.PHYSICAL_INPUT, 4],
  [PACKET_ATTRIBUTE.PHYSICAL_OUTPUT, 4],
  [PACKET_ATTRIBUTE.UID, 4],
  [PACKET_ATTRIBUTE.GID, 4],
  [PACKET_ATTRIBUTE.SEQUENCE, 4],
]);

function listFixedWords(
  view: DataView,
  at: number,
  attributes: ReadonlyMap<number, AttributePlace>,
): Int32Array {
  const words: number[] = [];
  const fix = (offset: number, size: number): void => {
    for (let word = offset; word < offset + size; word += 4) {
      words.push(word / 4, view.getInt32(at + word, true));
    }
  };
  fix(MESSAGE.TYPE, 4);
  fix(MESSAGE.FAMILY, 4);
  for (const [type, { offset, size }] of attributes) {
    // The payload's length is its own; that its type is PAYLOAD is checked apart.
    if (type === PACKET_ATTRIBUTE.PAYLOAD) continue;
    fix(offset - ATTRIBUTE.SIZE, ATTRIBUTE.SIZE);
    if (!VARYING.has(type)) fix(offset, size);
  }
  return Int32Array.from(words);
}

const prefixes = new TextDecoder();

/**
 * Reads a message in full, so that those like it need not be.
 *
 * @param view The datagram.
 * @param at Where the message begins.
 * @param nameOf Names interfaces.
 * @returns The layout of this message and all like it, or undefined if its lengths do not add up.
 */
export function readMessageLayout(
  view: DataView,
  at: number,
  nameOf: InterfaceNamer,
): MessageLayout | undefined {
  const size = view.getUint32(at + MESSAGE.LENGTH, true);
  if (size < MESSAGE.ATTRIBUTES) return undefined;
  const attributes = findAttributes(view, at, size);
  if (attributes === undefined) return undefined;
  for (const [type, least] of NUMBER_SIZES) {
    if ((attributes.get(type)?.size ?? least) < least) return undefined;
  }
  const context = readContext(view, at, { attributes, nameOf });
  const payload = attributes.get(PACKET_ATTRIBUTE.PAYLOAD);
  const startsAtLink = context.family === FAMILY.NETDEV &&
    context.hook === NETDEV_EGRESS;
  return {
    fixedWords: listFixedWords(view, at, attributes),
    context,
    timeOffset: attributes.get(PACKET_ATTRIBUTE.TIMESTAMP)?.offset ?? 0,
    sequenceOffset: attributes.get(PACKET_ATTRIBUTE.SEQUENCE)?.offset ?? 0,
    payloadOffset: payload === undefined ? 0 : payload.offset - ATTRIBUTE.SIZE,
    linkHeaderSize: startsAtLink ? ETHERNET_HEADER_SIZE : 0,
    startsWithIp: IP_PROTOCOLS.has(context.protocol),
    minimumSize: payload?.offset ?? size,
  };
}

function readContext(
  view: DataView,
  at: number,
  { attributes, nameOf }: {
    attributes: ReadonlyMap<number, AttributePlace>;
    nameOf: InterfaceNamer;
  },
): PacketContext {
  const number = (type: number): number | undefined => {
    const place = attributes.get(type);
    return place && view.getUint32(at + place.offset);
  };
  const name = (type: number): string => nameOf(number(type) ?? 0);
  // struct nfulnl_msg_packet_hdr: be16 hw_protocol, u8 hook, u8 padding.
  const packetHeader = number(PACKET_ATTRIBUTE.PACKET_HEADER);
  return {
    group: view.getUint16(at + MESSAGE.GROUP),
    family: view.getUint8(at + MESSAGE.FAMILY),
    hook: packetHeader === undefined ? 255 : packetHeader >>> 8 & 0xff,
    protocol: packetHeader === undefined ? 0 : packetHeader >>> 16,
    mark: number(PACKET_ATTRIBUTE.MARK),
    uid: number(PACKET_ATTRIBUTE.UID),
    gid: number(PACKET_ATTRIBUTE.GID),
    inputInterface: name(PACKET_ATTRIBUTE.INPUT),
    outputInterface: name(PACKET_ATTRIBUTE.OUTPUT),
    physicalInputInterface: name(PACKET_ATTRIBUTE.PHYSICAL_INPUT),
    physicalOutputInterface: name(PACKET_ATTRIBUTE.PHYSICAL_OUTPUT),
    prefix: readPrefix(view, at, attributes.get(PACKET_ATTRIBUTE.PREFIX)),
    timeSource: attributes.has(PACKET_ATTRIBUTE.TIMESTAMP) ? "kernel" : "clock",
  };
}

/** Reads a rule's prefix, which ends with a NUL that counts in its size. */
function readPrefix(
  view: DataView,
  at: number,
  place: AttributePlace | undefined,
): string {
  if (place === undefined) return "";
  const bytes = new Uint8Array(
    view.buffer,
    view.byteOffset + at + place.offset,
    place.size,
  );
  const end = bytes.indexOf(0);
  return prefixes.decode(end < 0 ? bytes : bytes.subarray(0, end));
}
