import type { TimeSource } from "../packet.ts";
import { findAttribute, readBigEndian } from "./attribute_value.ts";
import { ATTRIBUTE, MESSAGE, PACKET_ATTRIBUTE } from "./constants.ts";
import type { MessageLayout } from "./message_layout.ts";
import { originalLength } from "./record_writer.ts";

/** A network interface as the kernel names it in a packet. */
export interface NflogInterface {
  /** Its index, 1 or more. */
  readonly index: number;
  /** Its name on this host; empty where it is gone. */
  readonly name: string;
}

/** A VLAN tag that a bridge or network device took off a frame. */
export interface NflogVlan {
  /** EtherType of the tag, such as 0x8100. */
  readonly protocol: number;
  /** Priority, drop bit and VLAN number: 16 bits. */
  readonly tag: number;
}

/** Where a packet's message is, and what messages like it have in common. */
export interface NflogMessage {
  /** The datagram that it came in. */
  readonly view: DataView;
  /** Where it begins there. */
  readonly at: number;
  /** Its size in bytes. */
  readonly size: number;
  /** What it has in common with those like it. */
  readonly layout: MessageLayout;
  /** When it was read: seconds since 1970. */
  readonly clockSeconds: number;
  /** Nanoseconds within that second. */
  readonly clockNanoseconds: number;
  /** Packets of its group that the kernel lost just before it. */
  readonly lostBefore: number;
}

/** Attributes within NFULA_VLAN (NFULA_VLAN_*) and NFULA_CT (CTA_ID). */
const VLAN = { PROTOCOL: 1, TAG: 2 } as const;
const CONNTRACK_ID = 12;

/**
 * One packet that the firewall logged, with all that the kernel says about it. Attributes are decoded when they are asked for.
 *
 * It borrows from the datagram that it came in, of up to 256 KiB, which stays in memory for as long as any packet of it is held:
 * {@linkcode copy} what is kept for long. What the kernel did not say is `undefined`.
 */
export class NflogPacket {
  readonly #message: NflogMessage;

  /**
   * Made by whoever reads the datagrams.
   *
   * @param message Where its message is.
   */
  constructor(message: NflogMessage) {
    this.#message = message;
  }

  /** NFLOG group, 0 to 65535. */
  get group(): number {
    return this.#message.layout.context.group;
  }

  /** Netfilter protocol family, such as 2 for IPv4, 10 for IPv6, 7 for bridge, 5 for netdev (NFPROTO_*). */
  get family(): number {
    return this.#message.layout.context.family;
  }

  /** Netfilter hook, 0 to 4 for PREROUTING, INPUT, FORWARD, OUTPUT, POSTROUTING; 255 when it is not known. */
  get hook(): number {
    return this.#message.layout.context.hook;
  }

  /** EtherType, such as 0x0800; 0 when it is not known. */
  get protocol(): number {
    return this.#message.layout.context.protocol;
  }

  /** The packet from its network layer on, as far as it was copied; borrowed. */
  get payload(): Uint8Array {
    const { view, at, layout } = this.#message;
    const { payloadOffset, linkHeaderSize } = layout;
    const before = ATTRIBUTE.SIZE + linkHeaderSize;
    const length = payloadOffset === 0
      ? 0
      : view.getUint16(at + payloadOffset, true) - before;
    const start = view.byteOffset + at + payloadOffset + before;
    return length > 0
      ? new Uint8Array(view.buffer, start, length)
      : new Uint8Array(0);
  }

  /** Copies the payload, to be kept. */
  copy(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.payload);
  }

  /** Bytes of the packet that were copied from the kernel. */
  get capturedLength(): number {
    return this.payload.length;
  }

  /** Bytes of the packet on the wire: as its IP header says where a rule or the reader cut it, for the kernel does not say. */
  get originalLength(): number {
    const { payload } = this;
    return this.#message.layout.startsWithIp
      ? originalLength(payload, 0, payload.length)
      : payload.length;
  }

  /** Seconds since 1970, to the nanosecond; see {@linkcode timeSource}. */
  get time(): { seconds: number; nanoseconds: number } {
    const { view, at, layout, clockSeconds, clockNanoseconds } = this.#message;
    const { timeOffset } = layout;
    if (timeOffset === 0) {
      return { seconds: clockSeconds, nanoseconds: clockNanoseconds };
    }
    return {
      seconds: view.getUint32(at + timeOffset + 4),
      nanoseconds: view.getUint32(at + timeOffset + 12) * 1000,
    };
  }

  /** Who gave the time: the kernel, to the microsecond, or the clock of the reader when it read the packet. */
  get timeSource(): TimeSource {
    return this.#message.layout.context.timeSource;
  }

  /** Packets of the same group that the kernel lost just before this one. */
  get lostBefore(): number {
    return this.#message.lostBefore;
  }

  /** The rule's log prefix, empty where it has none. */
  get prefix(): string {
    return this.#message.layout.context.prefix;
  }

  /** The packet's firewall mark. */
  get mark(): number | undefined {
    return this.#message.layout.context.mark;
  }

  /** Owner of the local socket. */
  get uid(): number | undefined {
    return this.#message.layout.context.uid;
  }

  /** Group of the owner of the local socket. */
  get gid(): number | undefined {
    return this.#message.layout.context.gid;
  }

  /** Interface that the packet came in by. */
  get inputInterface(): NflogInterface | undefined {
    const { inputInterface } = this.#message.layout.context;
    return this.#interface(PACKET_ATTRIBUTE.INPUT, inputInterface);
  }

  /** Interface that the packet leaves by. */
  get outputInterface(): NflogInterface | undefined {
    const { outputInterface } = this.#message.layout.context;
    return this.#interface(PACKET_ATTRIBUTE.OUTPUT, outputInterface);
  }

  /** Bridge port that the packet came in by. */
  get physicalInputInterface(): NflogInterface | undefined {
    const { physicalInputInterface } = this.#message.layout.context;
    return this.#interface(
      PACKET_ATTRIBUTE.PHYSICAL_INPUT,
      physicalInputInterface,
    );
  }

  /** Bridge port that the packet leaves by. */
  get physicalOutputInterface(): NflogInterface | undefined {
    const { physicalOutputInterface } = this.#message.layout.context;
    return this.#interface(
      PACKET_ATTRIBUTE.PHYSICAL_OUTPUT,
      physicalOutputInterface,
    );
  }

  /** NFULA_HWADDR: source address of the link layer, such as the 6 bytes of a MAC address; borrowed. */
  get hardwareAddress(): Uint8Array | undefined {
    // struct nfulnl_msg_packet_hw: be16 hw_addrlen, u16 padding, u8 hw_addr[8].
    const value = this.attribute(PACKET_ATTRIBUTE.HARDWARE_ADDRESS);
    if (value === undefined || value.length < 4) return undefined;
    return value.subarray(4, 4 + readBigEndian(value, 2));
  }

  /** {@linkcode hardwareAddress} as `02:00:5e:10:00:01`. */
  get macAddress(): string | undefined {
    const address = this.hardwareAddress;
    return address && Array.from(
      address,
      (byte) => byte.toString(16).padStart(2, "0"),
    ).join(":");
  }

  /** NFULA_HWHEADER: header of the link layer; borrowed. It can be stale where the device has none, such as a tunnel. */
  get hardwareHeader(): Uint8Array | undefined {
    return this.attribute(PACKET_ATTRIBUTE.HARDWARE_HEADER);
  }

  /** NFULA_HWTYPE: kind of the input device (ARPHRD_*), such as 1 for Ethernet, 772 for loopback. */
  get hardwareType(): number | undefined {
    return this.#number(PACKET_ATTRIBUTE.HARDWARE_TYPE, 2);
  }

  /** NFULA_SEQ: number of the packet within its group since the group was bound. */
  get sequence(): number | undefined {
    return this.#number(PACKET_ATTRIBUTE.SEQUENCE, 4);
  }

  /** NFULA_SEQ_GLOBAL: number of the packet over all groups that ask for it. */
  get globalSequence(): number | undefined {
    return this.#number(PACKET_ATTRIBUTE.SEQUENCE_GLOBAL, 4);
  }

  /** CTA_ID: number of the packet's connection. */
  get conntrackId(): number | undefined {
    const connection = this.conntrack;
    if (connection === undefined) return undefined;
    const id = findAttribute(connection, 0, CONNTRACK_ID);
    return id && id.length >= 4 ? readBigEndian(id, 4) : undefined;
  }

  /** NFULA_CT_INFO: how the packet belongs to its connection, such as 0 for established, 2 for new; 3 more for replies (IP_CT_*). */
  get conntrackInfo(): number | undefined {
    return this.#number(PACKET_ATTRIBUTE.CONNTRACK_INFO, 4);
  }

  /** NFULA_CT: all that is known of the connection, as attributes of ctnetlink (CTA_*); borrowed. */
  get conntrack(): Uint8Array | undefined {
    return this.attribute(PACKET_ATTRIBUTE.CONNTRACK);
  }

  /** NFULA_VLAN: the VLAN tag that the device took off. */
  get vlan(): NflogVlan | undefined {
    const value = this.attribute(PACKET_ATTRIBUTE.VLAN);
    if (value === undefined) return undefined;
    const protocol = findAttribute(value, 0, VLAN.PROTOCOL);
    const tag = findAttribute(value, 0, VLAN.TAG);
    if (protocol === undefined || tag === undefined) return undefined;
    return { protocol: readBigEndian(protocol, 2), tag: readBigEndian(tag, 2) };
  }

  /** NFULA_L2HDR: link-layer header of a packet that a bridge or network device logged; borrowed. */
  get l2Header(): Uint8Array | undefined {
    return this.attribute(PACKET_ATTRIBUTE.L2_HEADER);
  }

  /**
   * Gives the value of an attribute as the kernel wrote it.
   *
   * @param type Its type, 1 to 21 so far (NFULA_* in linux/netfilter/nfnetlink_log.h).
   * @returns The value, borrowed; undefined where the packet has none.
   */
  attribute(type: number): Uint8Array | undefined {
    const { view, at, size } = this.#message;
    const start = view.byteOffset + at;
    const message = new Uint8Array(view.buffer, start, size);
    return findAttribute(message, MESSAGE.ATTRIBUTES, type);
  }

  #number(type: number, size: number): number | undefined {
    const value = this.attribute(type);
    return value !== undefined && value.length >= size
      ? readBigEndian(value, size)
      : undefined;
  }

  #interface(type: number, name: string): NflogInterface | undefined {
    const index = this.#number(type, 4) ?? 0;
    return index === 0 ? undefined : { index, name };
  }
}
