import { BatchBuilder } from "../batch_builder.ts";
import { copyBatch } from "../copy_batch.ts";
import { WallClock } from "../libc/clock.ts";
import { InterfaceNames } from "../libc/interface_names.ts";
import type { GroupTotals, PacketBatch } from "../packet.ts";
import { CAPTURE_DEFAULTS, type CaptureOptions } from "./capture_options.ts";
import { READ_BUFFER_SIZE } from "./constants.ts";
import { type CaptureFaults, NflogCapture } from "./nflog_capture.ts";
import type { NflogPacket } from "./nflog_packet.ts";
import type { SocketBuffer } from "./nflog_socket.ts";
import { type OverflowMode, OverflowWatch } from "./overflow_watch.ts";
import { PacketReader } from "./packet_reader.ts";
import { SocketWait } from "./socket_wait.ts";

/** How to capture; what is left out is as {@linkcode NFLOG_DEFAULTS} have it. */
export interface NflogOptions extends Partial<CaptureOptions> {
  /** NFLOG groups, 0 to 65535. */
  groups: number | Iterable<number>;
  /**
   * What to do when the kernel had to drop packets because they were not read fast enough: tell it by `process.emitWarning`, nothing, or throw an
   * {@linkcode NflogOverflowError} to whoever reads. It is counted in any case.
   *
   * @default {"warn"}
   */
  overflow?: OverflowMode;
}

/** What {@linkcode NflogOptions} are when nothing is said. */
export const NFLOG_DEFAULTS: Readonly<
  CaptureOptions & { overflow: OverflowMode }
> = { ...CAPTURE_DEFAULTS, overflow: "warn" };

/** What is counted of one group, in packets: captured + kernel_dropped are what the kernel logged up to the last packet that was read. */
export interface NflogGroupStats {
  /** Packets that were read. */
  captured: number;
  /** Their bytes, as captured. */
  captured_bytes: number;
  /** Packets that the kernel logged and could not deliver. */
  kernel_dropped: number;
}

/** What is counted of a capture. */
export interface NflogStats extends NflogGroupStats, CaptureFaults {
  /** The counts of each group, by group. */
  groups: Record<string, NflogGroupStats>;
  /** Datagrams that the kernel dropped because the socket's buffer was full; each held any number of packets. */
  dropped_datagrams: number;
}

/** Reads after which other work gets its turn, though more packets are there: else a capture that never catches up would keep timers waiting. */
const READS_PER_TURN = 16;

/** NFLOG takes no part in a network, so nothing is this program's own. */
const NO_OWN_TRAFFIC = { active: false, matches: (): boolean => false };

/**
 * Captures the packets that firewall rules log to NFLOG groups. Needs CAP_NET_ADMIN.
 *
 * @param options How.
 * @returns The capture, which the caller disposes of.
 * @throws {RangeError} If an option is out of range.
 * @throws {LibraryError} If libnetfilter_log is missing.
 * @throws {BindError} If a group cannot be bound: somebody else has it, the right is missing, or the kernel lacks what was asked for.
 *
 * @example Three lines, which print what has arrived; `for await (const packet of nflog)` waits for more
 * ```ts
 * import { openNflog } from "@nflog/zmq-pcap-pipe";
 *
 * using nflog = openNflog({ groups: [] }); // such as 5, or [0, 1]
 * for (const packet of nflog.take()) console.log(packet.prefix, packet.payload);
 * ```
 */
export function openNflog(options: NflogOptions): Nflog {
  return new Nflog(options);
}

/**
 * An open capture. Read it in one of three ways, and in one only: packet by packet (`for await`), in batches, which cost far less, or by
 * {@linkcode take} whenever {@linkcode fd} is readable.
 */
export class Nflog implements Disposable, AsyncDisposable {
  /** The descriptor to wait on, for those who poll themselves. Not to be read or closed. */
  readonly fd: number;
  /** How big the socket's buffer became. */
  readonly socketBuffer: SocketBuffer;
  readonly #stack: DisposableStack;
  readonly #capture: NflogCapture;
  readonly #reader: PacketReader;
  readonly #overflow: OverflowWatch;
  readonly #groups = new Map<number, GroupTotals>();
  readonly #wait: SocketWait;
  #last: NflogStats | undefined;

  /**
   * Opens a capture: {@linkcode openNflog}.
   *
   * @param options How to capture.
   */
  constructor(options: NflogOptions) {
    const { groups, overflow, ...rest } = { ...NFLOG_DEFAULTS, ...options };
    using stack = new DisposableStack();
    const clock = stack.use(new WallClock());
    const names = stack.use(new InterfaceNames(() => performance.now()));
    const nameOf = (index: number): string => names.nameOf(index);
    this.#capture = stack.use(
      NflogCapture.open(typeof groups === "number" ? [groups] : groups, rest, {
        clock,
        nameOf,
        own: NO_OWN_TRAFFIC,
        totalsOf: (group) => this.#totalsOf(group),
      }),
    );
    this.fd = this.#capture.fd;
    this.socketBuffer = this.#capture.socketBuffer;
    this.#wait = stack.use(new SocketWait(this.fd));
    this.#overflow = new OverflowWatch(this.#capture, overflow);
    this.#reader = new PacketReader({
      receive: (buffer) => this.#capture.receive(buffer),
      groups: this.#capture.groups,
      nameOf,
      clock,
    });
    this.#stack = stack.move();
  }

  /** Ends the capture: the kernel gives the groups up, and who waits for packets gets no more. Doing so twice is fine. */
  [Symbol.dispose](): void {
    if (this.#stack.disposed) return;
    this.#last = this.stats();
    this.#stack.dispose();
  }

  /** The same, and waits until the thread that waited for packets is back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    await this.#wait.ended;
  }

  /** What was counted so far; a copy. */
  stats(): NflogStats {
    if (this.#last !== undefined) return structuredClone(this.#last);
    const faults = this.#capture.faults;
    const stats: NflogStats = {
      captured: 0,
      captured_bytes: 0,
      kernel_dropped: 0,
      ...faults,
      malformed: faults.malformed + this.#reader.malformed,
      dropped_datagrams: this.#capture.droppedDatagrams,
      groups: {},
    };
    for (const [group, totals] of this.#groups) {
      const { captured, captured_bytes, kernel_dropped } = totals;
      stats.captured += captured;
      stats.captured_bytes += captured_bytes;
      stats.kernel_dropped += kernel_dropped;
      stats.groups[group] = { captured, captured_bytes, kernel_dropped };
    }
    return stats;
  }

  /**
   * Reads one datagram without waiting: as many packets as the kernel had gathered. Call it until it gives none, then wait until
   * {@linkcode fd} is readable.
   *
   * @returns The packets; none if nothing has arrived, or the capture was ended.
   * @throws {NflogOverflowError} If the kernel had to drop packets, and `overflow` is "throw".
   */
  take(): NflogPacket[] {
    if (this.#stack.disposed) return [];
    // Before packets are in hand, which an error would lose.
    this.#overflow.check();
    const packets = this.#reader.read();
    if (packets === undefined) this.#overflow.check();
    return packets ?? [];
  }

  /**
   * Gives the packets one by one, until the capture is ended.
   *
   * @returns The packets; see {@linkcode NflogPacket} for how long they are valid.
   * @throws {NflogOverflowError} If the kernel had to drop packets, and `overflow` is "throw"; it can be iterated on.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<NflogPacket, void, void> {
    let reads = 0;
    while (!this.#stack.disposed) {
      const packets = this.take();
      yield* packets;
      if (packets.length > 0 && ++reads < READS_PER_TURN) continue;
      reads = 0;
      await this.#wait.next();
    }
  }

  /**
   * Gives the packets in batches: all that had arrived when it was asked for the next one.
   *
   * @returns The batches, none of them empty; each is its consumer's to keep. The stream ends with the capture, and fails on an overflow where
   * `overflow` is "throw".
   */
  batches(): ReadableStream<PacketBatch> {
    const bytes = new Uint8Array(READ_BUFFER_SIZE);
    const builder = new BatchBuilder(bytes, { limit: READ_BUFFER_SIZE - 8 });
    let reads = 0;
    return new ReadableStream({
      pull: async (controller): Promise<void> => {
        if (++reads >= READS_PER_TURN) {
          reads = 0;
          await this.#wait.next();
        }
        while (!this.#stack.disposed) {
          this.#overflow.check();
          this.#capture.fill(builder);
          if (builder.packets > 0) {
            controller.enqueue(copyBatch(builder.build()));
            return builder.reset();
          }
          this.#overflow.check();
          reads = 0;
          await this.#wait.next();
        }
        controller.close();
      },
    }, { highWaterMark: 0 });
  }

  #totalsOf(group: number): GroupTotals {
    let totals = this.#groups.get(group);
    if (totals === undefined) {
      totals = {
        captured: 0,
        captured_bytes: 0,
        own_dropped: 0,
        kernel_dropped: 0,
        rate_dropped: 0,
        queue_dropped: 0,
        sent: 0,
      };
      this.#groups.set(group, totals);
    }
    return totals;
  }
}
