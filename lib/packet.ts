// The nouns every stage shares. A batch is what moves; a single packet exists only at the edge of the library.

/** Who gave a packet its time. */
export type TimeSource = "kernel" | "clock" | "file";

/**
 * What the firewall knew about a packet and its neighbours alike; stated once a batch, whatever number of packets share it.
 *
 * Interface names are those of the host that logged the packet; an interface that the kernel did not name is the empty string.
 */
export interface PacketContext {
  /** NFLOG group, 0 to 65535. */
  readonly group: number;
  /** Netfilter protocol family, such as 2 for IPv4, 10 for IPv6, 7 for bridge, 5 for netdev (linux/netfilter.h, NFPROTO_*). */
  readonly family: number;
  /** Netfilter hook, 0 to 4 for PREROUTING, INPUT, FORWARD, OUTPUT, POSTROUTING (linux/netfilter.h); 255 when it is not known. */
  readonly hook: number;
  /** EtherType of the packet, such as 0x0800 (linux/if_ether.h); 0 when it is not known. */
  readonly protocol: number;
  /** The packet's firewall mark, or undefined when it has none. */
  readonly mark: number | undefined;
  /** Owner of the local socket, or undefined for traffic that is not local. */
  readonly uid: number | undefined;
  /** Group of the owner of the local socket, or undefined. */
  readonly gid: number | undefined;
  /** Interface that the packet came in by. */
  readonly inputInterface: string;
  /** Interface that the packet leaves by. */
  readonly outputInterface: string;
  /** Bridge port that the packet came in by. */
  readonly physicalInputInterface: string;
  /** Bridge port that the packet leaves by. */
  readonly physicalOutputInterface: string;
  /** The rule's log prefix, without its terminator. */
  readonly prefix: string;
  /** Who gave these packets their times. */
  readonly timeSource: TimeSource;
}

/** Words of one run in {@linkcode PacketBatch.runs}. */
export const RUN = {
  /** Packets in the run, 1 or more. */
  PACKETS: 0,
  /** Index of their context in {@linkcode PacketBatch.contexts}. */
  CONTEXT: 1,
  /** Packets of the same group that the kernel lost just before the first of the run. */
  LOST_BEFORE: 2,
  /** Words in a run. */
  WORDS: 3,
} as const;

/**
 * Packets that travel together: one kernel read or several, one ZeroMQ message, one chunk of a stream, one write.
 *
 * A batch borrows the memory of whatever made it; its maker says for how long.
 */
export interface PacketBatch {
  /** Number of packets. */
  readonly packets: number;
  /**
   * The packets as the records of a classic pcap file: little-endian, times in microseconds, data unpadded, beginning at the network
   * layer (LINKTYPE_RAW). An original length is never below its captured length.
   */
  readonly records: Uint8Array;
  /** What is left of each packet's time below a microsecond, 0 to 999 ns; undefined when that is 0 for all of them. */
  readonly nanoseconds: Uint16Array | undefined;
  /** Which packets share a context: {@linkcode RUN}`.WORDS` numbers a run, in the order of the packets. */
  readonly runs: Uint32Array;
  /** What the runs point to. */
  readonly contexts: readonly PacketContext[];
}

/** Counts of the packets of one group at the sender, each since the start of its run. */
export interface GroupTotals {
  /** Packets read from the kernel and kept. */
  captured: number;
  /** Their bytes, as captured. */
  captured_bytes: number;
  /** Packets that were this program's own traffic. */
  own_dropped: number;
  /** Packets that the kernel logged and could not deliver. */
  kernel_dropped: number;
  /** Packets dropped by rate control. */
  rate_dropped: number;
  /** Packets dropped at the high-water mark. */
  queue_dropped: number;
  /** Packets handed to ZeroMQ. */
  sent: number;
}
