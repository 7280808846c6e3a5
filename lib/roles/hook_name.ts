import type { PacketContext } from "../packet.ts";
import { FAMILY } from "../pcap/constants.ts";

/** Names of hooks by their numbers (linux/netfilter.h, NF_INET_*, NF_BR_*). */
const INET_HOOKS: readonly string[] = [
  "prerouting",
  "input",
  "forward",
  "output",
  "postrouting",
];
/** NF_NETDEV_*. */
const NETDEV_HOOKS: readonly string[] = ["ingress", "egress"];
/** NF_ARP_*. */
const ARP_HOOKS: readonly string[] = ["input", "output", "forward"];

/**
 * Names the hook that a packet was logged at, as nftables does.
 *
 * @param context What is known of the packet.
 * @returns Its name; undefined when it is not known.
 */
export function hookName(context: PacketContext): string | undefined {
  switch (context.family) {
    case FAMILY.NETDEV:
      return NETDEV_HOOKS[context.hook];
    case FAMILY.ARP:
      return ARP_HOOKS[context.hook];
    default:
      return INET_HOOKS[context.hook];
  }
}
