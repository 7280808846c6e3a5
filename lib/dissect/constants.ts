// Numbers of the Internet protocols. Sources: RFC 791, 8200, 9293, 768, 792, 4443, 826 and the registries of IANA.

/** EtherTypes that are dissected. */
export const ETHER_TYPE = { IPV4: 0x0800, ARP: 0x0806, IPV6: 0x86dd } as const;

/** Offsets in an IPv4 header, in bytes. */
export const IPV4 = {
  /** Version in the high four bits, length of the header in words of four bytes in the low ones. */
  VERSION: 0,
  LENGTH: 2,
  ID: 4,
  /** Flags in the high three bits, offset in units of eight bytes in the others. */
  FRAGMENT: 6,
  HOP_LIMIT: 8,
  PROTOCOL: 9,
  CHECKSUM: 10,
  SOURCE: 12,
  DESTINATION: 16,
  SIZE: 20,
} as const;

/** Offsets in an IPv6 header, in bytes. */
export const IPV6 = {
  /** Length of what follows the header. */
  LENGTH: 4,
  NEXT_HEADER: 6,
  HOP_LIMIT: 7,
  SOURCE: 8,
  DESTINATION: 24,
  SIZE: 40,
} as const;

/** Offsets in an IPv6 extension header, in bytes. */
export const EXTENSION = {
  NEXT_HEADER: 0,
  /** In units of eight bytes beyond the first eight; in words of four bytes beyond the first two in an authentication header. */
  LENGTH: 1,
  /** In a fragment header: offset in units of eight bytes in the high thirteen bits, "more" in the lowest. */
  FRAGMENT: 2,
  FRAGMENT_ID: 4,
  SIZE: 8,
} as const;

/** Masks in the fragment field of IPv4. */
export const IPV4_FRAGMENT = {
  DONT: 0x4000,
  MORE: 0x2000,
  OFFSET: 0x1fff,
} as const;

/** Masks in the fragment field of IPv6. */
export const IPV6_FRAGMENT = { MORE: 0x0001, OFFSET: 0xfff8 } as const;

/** Numbers in the protocol field of IPv4 and the next-header field of IPv6. */
export const IP_PROTOCOL = {
  HOP_BY_HOP: 0,
  ICMP: 1,
  IGMP: 2,
  IPIP: 4,
  TCP: 6,
  UDP: 17,
  DCCP: 33,
  IPV6: 41,
  ROUTING: 43,
  FRAGMENT: 44,
  GRE: 47,
  ESP: 50,
  AUTHENTICATION: 51,
  ICMPV6: 58,
  NO_NEXT_HEADER: 59,
  DESTINATION_OPTIONS: 60,
  OSPF: 89,
  PIM: 103,
  VRRP: 112,
  SCTP: 132,
  MOBILITY: 135,
  UDP_LITE: 136,
} as const;

/** Offsets in a TCP header, in bytes. */
export const TCP = {
  SOURCE_PORT: 0,
  DESTINATION_PORT: 2,
  SEQUENCE: 4,
  ACKNOWLEDGEMENT: 8,
  /** Length of the header in words of four bytes in the high four bits, flags in the low twelve. */
  LENGTH_AND_FLAGS: 12,
  FLAGS: 13,
  WINDOW: 14,
  CHECKSUM: 16,
  URGENT: 18,
  SIZE: 20,
} as const;

/** Bits of a TCP header. */
export const TCP_FLAG = {
  FIN: 0x001,
  SYN: 0x002,
  RST: 0x004,
  PSH: 0x008,
  ACK: 0x010,
  URG: 0x020,
  ECE: 0x040,
  CWR: 0x080,
  AE: 0x100,
} as const;

/** Kinds of TCP options. */
export const TCP_OPTION = {
  END: 0,
  NOP: 1,
  MAXIMUM_SEGMENT_SIZE: 2,
  WINDOW_SCALE: 3,
  SACK_PERMITTED: 4,
  SACK: 5,
  TIMESTAMPS: 8,
} as const;

/** Offsets in a UDP header, in bytes. */
export const UDP = {
  SOURCE_PORT: 0,
  DESTINATION_PORT: 2,
  LENGTH: 4,
  CHECKSUM: 6,
  SIZE: 8,
} as const;

/** Offsets in an ICMP or ICMPv6 header, in bytes. */
export const ICMP = {
  TYPE: 0,
  CODE: 1,
  CHECKSUM: 2,
  ID: 4,
  SEQUENCE: 6,
  SIZE: 8,
} as const;

/** Types of ICMP messages that are looked into. */
export const ICMP_TYPE = {
  ECHO_REPLY: 0,
  UNREACHABLE: 3,
  ECHO_REQUEST: 8,
} as const;

/** Types of ICMPv6 messages that are looked into. */
export const ICMPV6_TYPE = {
  UNREACHABLE: 1,
  ECHO_REQUEST: 128,
  ECHO_REPLY: 129,
  NEIGHBOR_SOLICITATION: 135,
  NEIGHBOR_ADVERTISEMENT: 136,
} as const;

/** Offsets in an ARP packet about IPv4 over Ethernet, in bytes. */
export const ARP = {
  PROTOCOL: 2,
  OPERATION: 6,
  SENDER_HARDWARE: 8,
  SENDER: 14,
  TARGET: 24,
  SIZE: 28,
} as const;
