import type { PacketContext } from "../packet.ts";
import { FAMILY } from "../pcap/constants.ts";
import { COMMON_OPTION, DIRECTION, PACKET_OPTION } from "./constants.ts";
import {
  encodeOptions,
  type PcapngOption,
  textOption,
  uint32Option,
} from "./option.ts";

/** Hooks of the families that have one for every way (NF_INET_* in linux/netfilter.h). */
const INET_DIRECTIONS: readonly number[] = [
  DIRECTION.INBOUND, // PREROUTING
  DIRECTION.INBOUND, // INPUT
  DIRECTION.UNKNOWN, // FORWARD: both
  DIRECTION.OUTBOUND, // OUTPUT
  DIRECTION.OUTBOUND, // POSTROUTING
];

/** Hooks of the families of netdev and ARP, which count otherwise (NF_NETDEV_*, NF_ARP_*). */
const TWO_WAY_DIRECTIONS: readonly number[] = [
  DIRECTION.INBOUND,
  DIRECTION.OUTBOUND,
];

/**
 * Tells which way the packets of a context went.
 *
 * @param context The context.
 * @returns A {@linkcode DIRECTION}; unknown for forwarded packets.
 */
export function directionOf(context: PacketContext): number {
  const { family, hook } = context;
  const isTwoWay = family === FAMILY.NETDEV || family === FAMILY.ARP;
  const directions = isTwoWay ? TWO_WAY_DIRECTIONS : INET_DIRECTIONS;
  return directions[hook] ?? DIRECTION.UNKNOWN;
}

/** Texts that would be ambiguous between blanks and equal signs are written as JSON strings. */
const PLAIN = /^[^\s"=]+$/;

function formatText(text: string): string {
  return PLAIN.test(text) ? text : JSON.stringify(text);
}

/**
 * Writes what the firewall knew about the packets of a context as `name=value` pairs.
 *
 * @param context The context.
 * @returns Such as `prefix=web in=eth0 mark=0x1 uid=33`; empty when nothing is known.
 *
 * @example What a rule's prefix becomes
 * ```ts
 * import assert from "node:assert/strict";
 * import { plainContext } from "../batch_builder.ts";
 * import { formatComment } from "./mod.ts";
 *
 * const context = plainContext(5, "kernel", { prefix: "to web", mark: 1 });
 * assert.equal(formatComment(context), 'prefix="to web" mark=0x1');
 * ```
 */
export function formatComment(context: PacketContext): string {
  const pairs: string[] = [];
  const addText = (name: string, text: string): void => {
    if (text !== "") pairs.push(`${name}=${formatText(text)}`);
  };
  addText("prefix", context.prefix);
  addText("in", context.inputInterface);
  addText("out", context.outputInterface);
  addText("physin", context.physicalInputInterface);
  addText("physout", context.physicalOutputInterface);
  if (context.mark !== undefined) {
    pairs.push(`mark=0x${context.mark.toString(16)}`);
  }
  if (context.uid !== undefined) pairs.push(`uid=${context.uid}`);
  if (context.gid !== undefined) pairs.push(`gid=${context.gid}`);
  // The kernel's time is what everybody expects; that of the program that read the packet is later.
  if (context.timeSource === "clock") pairs.push("time=clock");
  return pairs.join(" ");
}

/**
 * Writes the options of every packet of a context: its direction, and what the firewall knew as a comment.
 *
 * @param context The context.
 * @param extra Pairs to put before those of the context in the comment, such as `sensor=gw1`; empty for none.
 * @returns The options with what ends them, a multiple of four bytes; none when there is nothing to say.
 */
export function encodePacketOptions(
  context: PacketContext,
  extra = "",
): Uint8Array<ArrayBuffer> {
  const options: PcapngOption[] = [];
  const direction = directionOf(context);
  if (direction !== DIRECTION.UNKNOWN) {
    options.push(uint32Option(PACKET_OPTION.FLAGS, direction));
  }
  const comment = [extra, formatComment(context)].filter((part) => part !== "");
  if (comment.length > 0) {
    options.push(textOption(COMMON_OPTION.COMMENT, comment.join(" ")));
  }
  return encodeOptions(options);
}
