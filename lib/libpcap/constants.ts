// Numbers of libpcap's own headers.

/** DLT_RAW (pcap/dlt.h), as Linux numbers it: packets begin with their IP header. In files it is LINKTYPE_RAW, 101. */
export const DLT_RAW = 12;

/** PCAP_NETMASK_UNKNOWN (pcap/pcap.h): expressions that ask for broadcasts are refused. */
export const NETMASK_UNKNOWN = 0xffffffff;

/** sizeof(struct bpf_program) (pcap/bpf.h) on 64-bit machines: a count and a pointer. */
export const PROGRAM_SIZE = 16;

/** Words of struct pcap_pkthdr (pcap/pcap.h) on 64-bit Linux: a time of 16 bytes, then two lengths. */
export const PACKET_HEADER = { CAPTURED: 4, ORIGINAL: 5, WORDS: 6 } as const;
