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
  IPV4: 228,
  IPV6: 229,
  NFLOG: 239,
} as const;

/** Largest captured length that libpcap and Wireshark accept for IP links (MAXIMUM_SNAPLEN in libpcap). */
export const MAX_SNAPLEN = 262144;
