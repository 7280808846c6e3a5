// Numbers of netlink and NFLOG. Sources: linux/netlink.h, linux/netfilter/nfnetlink.h, linux/netfilter/nfnetlink_log.h, asm-generic/socket.h.

/** Offsets in a netlink message that carries a logged packet, in bytes (struct nlmsghdr, then struct nfgenmsg). */
export const MESSAGE = {
  LENGTH: 0,
  TYPE: 4,
  FLAGS: 6,
  SEQUENCE: 8,
  PORT: 12,
  FAMILY: 16,
  VERSION: 17,
  GROUP: 18,
  /** Where the attributes begin. */
  ATTRIBUTES: 20,
  /** Size of struct nlmsghdr. */
  HEADER_SIZE: 16,
} as const;

/** Offsets in an attribute (struct nlattr), in bytes. */
export const ATTRIBUTE = { LENGTH: 0, TYPE: 2, SIZE: 4 } as const;

/** Bits of an attribute's type that are its type (NLA_TYPE_MASK). */
export const ATTRIBUTE_TYPE_MASK = 0x3fff;

/** Types of netlink messages. */
export const MESSAGE_TYPE = {
  ERROR: 2,
  DONE: 3,
  /** NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET. */
  PACKET: 0x0400,
  /** NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG. */
  CONFIG: 0x0401,
} as const;

/** NLM_F_REQUEST | NLM_F_ACK. */
export const REQUEST_ACK = 0x0005;

/** Attributes of a logged packet (NFULA_*). */
export const PACKET_ATTRIBUTE = {
  PACKET_HEADER: 1,
  MARK: 2,
  TIMESTAMP: 3,
  INPUT: 4,
  OUTPUT: 5,
  PHYSICAL_INPUT: 6,
  PHYSICAL_OUTPUT: 7,
  HARDWARE_ADDRESS: 8,
  PAYLOAD: 9,
  PREFIX: 10,
  UID: 11,
  SEQUENCE: 12,
  SEQUENCE_GLOBAL: 13,
  GID: 14,
  HARDWARE_TYPE: 15,
  HARDWARE_HEADER: 16,
  HARDWARE_LENGTH: 17,
  CONNTRACK: 18,
  CONNTRACK_INFO: 19,
  VLAN: 20,
  L2_HEADER: 21,
} as const;

/** Attributes of a configuration message (NFULA_CFG_*). */
export const CONFIG_ATTRIBUTE = {
  COMMAND: 1,
  MODE: 2,
  BUFFER_SIZE: 3,
  TIMEOUT: 4,
  THRESHOLD: 5,
  FLAGS: 6,
} as const;

/** Commands of a configuration message (NFULNL_CFG_CMD_*). */
export const CONFIG_COMMAND = { BIND: 1, UNBIND: 2 } as const;

/** NFULNL_COPY_PACKET: the packet itself is wanted, not only what is known of it. */
export const COPY_PACKET = 2;

/** Bits of a group's flags (NFULNL_CFG_F_*). */
export const CONFIG_FLAG = { SEQUENCE: 1, SEQUENCE_GLOBAL: 2, CONNTRACK: 4 };

/** Netfilter families that tell where the payload begins (NFPROTO_*, linux/netfilter.h). */
export const FAMILY = { IPV4: 2, NETDEV: 5, BRIDGE: 7, IPV6: 10 } as const;

/** NF_NETDEV_EGRESS: the hook whose payload begins with the Ethernet header. */
export const NETDEV_EGRESS = 1;

/** Bytes of an Ethernet header (ETH_HLEN). */
export const ETHERNET_HEADER_SIZE = 14;

/** Range of the kernel's batch buffer in bytes (nfnetlink_log.c refuses others and reports success all the same). */
export const KERNEL_BUFFER = { MIN: 3776, MAX: 131072 } as const;

/** Largest part of a packet that the kernel copies, in bytes (NFULNL_COPY_RANGE_MAX). */
export const MAX_COPY_RANGE = 65531;

/**
 * Bytes of the buffer that a datagram is read into. The kernel's batch buffer is a lower bound of a datagram's size, since the kernel fills what its
 * allocator rounded up: 131072 gives datagrams of up to 261,824 bytes. Twice that cannot be outgrown.
 */
export const READ_BUFFER_SIZE = 512 * 1024;

/** Options and flags of sockets. */
export const SOCKET = {
  SOL_SOCKET: 1,
  SO_RCVBUF: 8,
  SO_RCVBUFFORCE: 33,
  /** Nine words about a socket's memory; the last one is the number of datagrams it dropped. */
  SO_MEMINFO: 55,
  MEMINFO_WORDS: 9,
  MEMINFO_DROPS: 8,
  MSG_TRUNC: 0x20,
  MSG_DONTWAIT: 0x40,
} as const;
