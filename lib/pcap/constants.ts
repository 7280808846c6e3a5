// Numbers of the capture file formats. Sources: the IETF drafts draft-ietf-opsawg-pcap and -pcapng, and https://www.tcpdump.org/linktypes.html.

/** Offsets in the header of a classic pcap file, in bytes. */
export const FILE_HEADER = {
  MAGIC: 0,
  VERSION_MAJOR: 4,
  VERSION_MINOR: 6,
  SNAPLEN: 16,
  LINK_TYPE: 20,
  SIZE: 24,
} as const;

/** Offsets in the header of a classic pcap record, in bytes. */
export const RECORD = {
  SECONDS: 0,
  FRACTION: 4,
  CAPTURED: 8,
  ORIGINAL: 12,
  SIZE: 16,
} as const;

/** First word of a classic pcap file whose fractions are microseconds or nanoseconds. */
export const MAGIC = {
  MICROSECONDS: 0xa1b2c3d4,
  NANOSECONDS: 0xa1b23c4d,
} as const;

/** Version of the classic format, the only one in use. */
export const VERSION = { MAJOR: 2, MINOR: 4 } as const;

/** What the packets of a file begin with (LINKTYPE_*). */
export const LINK_TYPE = {
  ETHERNET: 1,
  /** DLT_RAW of Linux, which some programs write in place of RAW. */
  DLT_RAW: 12,
  RAW: 101,
  /** What "tcpdump -i any" wrote before libpcap 1.10.3. */
  LINUX_SLL: 113,
  IPV4: 228,
  IPV6: 229,
  NFLOG: 239,
  /** What "tcpdump -i any" writes. */
  LINUX_SLL2: 276,
} as const;

/** Largest captured length that libpcap and Wireshark accept for IP links (MAXIMUM_SNAPLEN in libpcap). */
export const MAX_SNAPLEN = 262144;

/** Offsets in the header of a record of link type NFLOG, in bytes: the kernel's struct nfgenmsg. */
export const NFLOG_HEADER = {
  FAMILY: 0,
  VERSION: 1,
  /** NFLOG group, big-endian. */
  GROUP: 2,
  SIZE: 4,
} as const;

/** Offsets in one attribute of such a record, in bytes; the numbers are in the file's byte order, values are big-endian. */
export const NFLOG_TLV = { LENGTH: 0, TYPE: 2, SIZE: 4 } as const;

/** Types of attributes in such a record (NFULA_* in linux/netfilter/nfnetlink_log.h). */
export const NFLOG_TYPE = {
  /** EtherType (16 bits), hook (8 bits), padding (8 bits). */
  PACKET_HEADER: 1,
  MARK: 2,
  /** Seconds and microseconds, 64 bits each. */
  TIMESTAMP: 3,
  INPUT_INTERFACE: 4,
  OUTPUT_INTERFACE: 5,
  PHYSICAL_INPUT_INTERFACE: 6,
  PHYSICAL_OUTPUT_INTERFACE: 7,
  PAYLOAD: 9,
  /** The rule's log prefix and a NUL. */
  PREFIX: 10,
  UID: 11,
  GID: 14,
} as const;

/** EtherTypes that are looked at (linux/if_ether.h). */
export const ETHER_TYPE = {
  /** Not a type: an 802.2 frame, whose type field holds a length (ETH_P_802_2). */
  LLC: 0x0004,
  IPV4: 0x0800,
  ARP: 0x0806,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  QINQ: 0x88a8,
  /** QinQ as some switches did it before it had a number of its own. */
  OLD_QINQ: 0x9100,
} as const;

/** Protocol families of netfilter that are looked at (NFPROTO_* in linux/netfilter.h). */
export const FAMILY = {
  UNKNOWN: 0,
  IPV4: 2,
  ARP: 3,
  NETDEV: 5,
  BRIDGE: 7,
  IPV6: 10,
} as const;
