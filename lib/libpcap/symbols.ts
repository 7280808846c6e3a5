/** The functions of libpcap that are called, as pcap/pcap.h declares them. */
export const LIBPCAP_SYMBOLS = {
  pcap_open_dead: {
    parameters: [
      "i32", // int linktype
      "i32", // int snaplen
    ],
    result: "pointer",
  },
  pcap_close: {
    parameters: [
      "pointer", // pcap_t *p
    ],
    result: "void",
  },
  /** On another thread: it looks up names of hosts, and takes its time over long expressions. */
  pcap_compile: {
    parameters: [
      "pointer", // pcap_t *p
      "buffer", // struct bpf_program *fp
      "buffer", // const char *str
      "i32", // int optimize
      "u32", // bpf_u_int32 netmask
    ],
    result: "i32",
    nonblocking: true,
  },
  pcap_geterr: {
    parameters: [
      "pointer", // pcap_t *p
    ],
    result: "pointer",
  },
  pcap_freecode: {
    parameters: [
      "buffer", // struct bpf_program *fp
    ],
    result: "void",
  },
  /** The packet is given by its address: as a pointer it would take an object for each packet, three times the time of the whole call. */
  pcap_offline_filter: {
    parameters: [
      "buffer", // const struct bpf_program *fp
      "buffer", // const struct pcap_pkthdr *h
      "u64", // const u_char *pkt
    ],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;
