import { type PacketInput, plainContext } from "../batch_builder.ts";
import type { PacketContext } from "../packet.ts";
import { ETHER_TYPE, FAMILY, LINK_TYPE } from "./constants.ts";
import {
  findNetworkLayer,
  hasNetworkLayer,
  lengthOnWire,
} from "./network_layer.ts";
import { decodeNflogRecord } from "./nflog_decoder.ts";
import { PcapError } from "./pcap_error.ts";
import type { FilePacket } from "./pcap_parser.ts";

/** A packet from its network layer on, with what is known about it. */
export interface NetworkPacket extends PacketInput {
  /** Where it comes from; the same object for the same context. */
  context: PacketContext;
}

/** Contexts kept for reuse; a file with more different ones only costs memory, not meaning. */
const MAX_CONTEXTS = 4096;

/**
 * Takes packets of any known link type down to their network layer, and says what the file tells about them.
 *
 * Packets of Ethernet and "cooked" captures lose their header and VLAN tags; what is not IP is kept and keeps its EtherType. They belong to
 * group 0. Packets of link type NFLOG tell their group, prefix, mark and so on, and their time is the kernel's where the kernel gave one;
 * their interfaces are known by index alone, and "if3" stands for the third.
 *
 * @example An Ethernet frame
 * ```ts
 * import assert from "node:assert/strict";
 * import { LINK_TYPE, PacketStripper } from "./mod.ts";
 *
 * const data = new Uint8Array(60);
 * data.set([0x08, 0x00, 0x45], 12);
 * const stripped = new PacketStripper().strip({
 *   seconds: 1,
 *   nanoseconds: 0,
 *   originalLength: 60,
 *   data,
 *   linkType: LINK_TYPE.ETHERNET,
 *   littleEndian: true,
 * });
 * assert.equal(stripped?.originalLength, 46);
 * assert.equal(stripped?.context.family, 2);
 * ```
 */
export class PacketStripper {
  #contexts = new Map<string, PacketContext>();
  #plainContexts = new Map<number, PacketContext>();

  /**
   * Strips one packet.
   *
   * @param packet The packet as it stood in the file.
   * @returns The packet, whose data borrows from the one given; undefined when it is of link type NFLOG and its attributes make no sense.
   * @throws {RangeError} When no network layer is known of its link type.
   */
  strip(packet: FilePacket): NetworkPacket | undefined {
    return packet.linkType === LINK_TYPE.NFLOG
      ? this.#unwrap(packet)
      : this.#behindLink(packet);
  }

  /** Takes the link-layer header off a packet. */
  #behindLink(packet: FilePacket): NetworkPacket {
    const { linkType } = packet;
    if (!hasNetworkLayer(linkType)) {
      throw new RangeError(
        `Cannot find the network layer: link type ${linkType} is not known`,
      );
    }
    const { offset, protocol } = findNetworkLayer(packet.data, linkType);
    return {
      seconds: packet.seconds,
      nanoseconds: packet.nanoseconds,
      originalLength: packet.originalLength - offset,
      data: packet.data.subarray(offset),
      context: this.#plainContext(protocol),
    };
  }

  /** Takes a packet out of its NFLOG attributes; undefined when they make no sense. */
  #unwrap(packet: FilePacket): NetworkPacket | undefined {
    const { data, littleEndian } = packet;
    const missing = packet.originalLength - data.length;
    let record;
    try {
      record = decodeNflogRecord(data, { littleEndian, missing });
    } catch (error) {
      if (error instanceof PcapError) return undefined;
      throw error;
    }
    let { context, payload, payloadLength } = record;
    if (context.family === FAMILY.NETDEV && context.hook === NETDEV_EGRESS) {
      // Only there does the kernel log the Ethernet header too.
      const layer = findNetworkLayer(payload, LINK_TYPE.ETHERNET);
      payload = payload.subarray(layer.offset);
      payloadLength -= layer.offset;
      context = { ...context, protocol: layer.protocol };
    }
    const whole = lengthOnWire(payload, context.protocol);
    return {
      ...timeOf(packet, record.time),
      originalLength: Math.max(payloadLength, whole),
      data: payload,
      context: this.#sameContext(context),
    };
  }

  #plainContext(protocol: number): PacketContext {
    let context = this.#plainContexts.get(protocol);
    if (context === undefined) {
      const family = FAMILY_OF.get(protocol) ?? FAMILY.UNKNOWN;
      context = plainContext(0, "file", { protocol, family });
      this.#plainContexts.set(protocol, context);
    }
    return context;
  }

  /** Gives the same object for the same context, as a batch wants it. */
  #sameContext(context: PacketContext): PacketContext {
    const key = JSON.stringify(context);
    const known = this.#contexts.get(key);
    if (known !== undefined) return known;
    if (this.#contexts.size >= MAX_CONTEXTS) this.#contexts.clear();
    this.#contexts.set(key, context);
    return context;
  }
}

/** NF_NETDEV_EGRESS of linux/netfilter.h. */
const NETDEV_EGRESS = 1;

const FAMILY_OF: ReadonlyMap<number, number> = new Map([
  [ETHER_TYPE.IPV4, FAMILY.IPV4],
  [ETHER_TYPE.IPV6, FAMILY.IPV6],
  [ETHER_TYPE.ARP, FAMILY.ARP],
]);

/** The kernel's time where there is one: that of the record is when its writer read it. They are the same to the microsecond in our files. */
function timeOf(
  packet: FilePacket,
  kernel: { seconds: number; nanoseconds: number } | undefined,
): { seconds: number; nanoseconds: number } {
  const { seconds, nanoseconds } = packet;
  if (kernel === undefined) return { seconds, nanoseconds };
  const rest = nanoseconds % 1000;
  const same = kernel.seconds === seconds &&
    kernel.nanoseconds === nanoseconds - rest;
  return same ? { seconds, nanoseconds } : kernel;
}
