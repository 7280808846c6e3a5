import type { BatchBuilder } from "../batch_builder.ts";
import { ERRNO, formatErrno } from "../ffi/errno.ts";
import { ProcReader } from "../libc/proc_reader.ts";
import type { GroupTotals } from "../packet.ts";
import { explainBindError } from "./bind_error.ts";
import {
  captureFlags,
  type CaptureOptions,
  checkCaptureOptions,
} from "./capture_options.ts";
import type { GroupSettings } from "./config_message.ts";
import { READ_BUFFER_SIZE } from "./constants.ts";
import { DatagramWalker, type OwnTraffic } from "./datagram_walker.ts";
import { GroupStates } from "./group_state.ts";
import type { InterfaceNamer } from "./message_layout.ts";
import { NflogSocket, type SocketBuffer } from "./nflog_socket.ts";

export { CAPTURE_DEFAULTS, type CaptureOptions } from "./capture_options.ts";

/** What a capture needs of its surroundings. */
export interface CaptureDependencies {
  /** The wall clock: `read` takes the time, the fields hold it. */
  clock: {
    read(): void;
    readonly seconds: number;
    readonly nanoseconds: number;
  };
  /** Names interfaces. */
  nameOf: InterfaceNamer;
  /** Recognises packets of the sender's own connections. */
  own: OwnTraffic;
  /** Where a group's packets are counted: always the same object for a group. */
  totalsOf(group: number): GroupTotals;
}

/** Counts of the faults of a capture; the packets they cost show as `kernel_dropped`. */
export interface CaptureFaults {
  /** Times that the kernel reported ENOBUFS. */
  overflows: number;
  /** Datagrams longer than the read buffer. */
  truncated: number;
  /** Messages whose lengths did not add up. */
  malformed: number;
}

/**
 * Reads the packets of NFLOG groups into batches.
 *
 * Waiting is the caller's: when {@linkcode fill} has taken everything there was, wait until {@linkcode fd} is readable.
 */
export class NflogCapture implements Disposable {
  /** The descriptor to wait on. */
  readonly fd: number;
  /** How big the socket's buffer became. */
  readonly socketBuffer: SocketBuffer;
  readonly #socket: NflogSocket;
  readonly #walker: DatagramWalker;
  readonly #groups: GroupStates;
  readonly #clock: CaptureDependencies["clock"];
  #overflows = 0;
  #truncated = 0;
  #lastSecond = 0;

  private constructor(
    socket: NflogSocket,
    options: CaptureOptions,
    dependencies: CaptureDependencies,
  ) {
    this.#socket = socket;
    this.fd = socket.fd;
    this.socketBuffer = socket.setBufferSize(options.socketBuffer);
    this.#groups = new GroupStates(dependencies.totalsOf);
    this.#clock = dependencies.clock;
    this.#walker = new DatagramWalker(READ_BUFFER_SIZE, {
      groups: this.#groups,
      nameOf: dependencies.nameOf,
      own: dependencies.own,
    });
  }

  /**
   * Opens a capture of some groups.
   *
   * @param groups NFLOG groups, 0 to 65535.
   * @param options How to capture.
   * @param dependencies What it needs.
   * @throws {RangeError} If an option is out of range: the kernel would ignore it and report success.
   * @throws {LibraryError} If libnetfilter_log is missing.
   * @throws {BindError} If a group cannot be bound.
   */
  static open(
    groups: Iterable<number>,
    options: CaptureOptions,
    dependencies: CaptureDependencies,
  ): NflogCapture {
    checkCaptureOptions(options);
    using stack = new DisposableStack();
    const socket = stack.use(NflogSocket.open());
    const capture = new NflogCapture(socket, options, dependencies);
    if (options.bindProtocolFamilies) socket.bindProtocolFamilies();
    const settings: GroupSettings = {
      ...options,
      flags: captureFlags(options),
    };
    for (const group of groups) {
      try {
        socket.bind(group, settings);
      } catch (error) {
        using files = new ProcReader();
        throw explainBindError(group, error, files);
      }
      capture.#groups.of(group);
    }
    stack.move();
    return capture;
  }

  /** Closes the socket. What the kernel had not delivered is lost and not counted; see {@linkcode finish}. */
  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  /** What went wrong so far. */
  get faults(): CaptureFaults {
    return {
      overflows: this.#overflows,
      truncated: this.#truncated,
      malformed: this.#walker.malformed,
    };
  }

  /** What is counted of each group, and the numbers of its next packets. */
  get groups(): GroupStates {
    return this.#groups;
  }

  /** Packets left out because they were the sender's own traffic. */
  get ownDropped(): number {
    return this.#walker.ownDropped;
  }

  /** Datagrams that the kernel dropped because the socket's buffer was full. */
  get droppedDatagrams(): number {
    return this.#socket.droppedDatagrams;
  }

  /**
   * Moves packets that have arrived into a batch, without waiting.
   *
   * @param builder The batch; eight bytes must be to spare behind its limit.
   * @returns Whether the batch is full; if not, nothing more has arrived.
   * @throws {Error} If the socket cannot be read.
   */
  fill(builder: BatchBuilder): boolean {
    const walker = this.#walker;
    for (;;) {
      if (!walker.pending && !this.#readDatagram()) return false;
      if (!walker.walk(builder)) return true;
    }
  }

  /**
   * Reads the next datagram as it is, for those who want more than batches hold, without waiting; not while a batch that was full is not read on.
   *
   * @param buffer Where to, `READ_BUFFER_SIZE` bytes less eight.
   * @returns Its size in bytes; -1 if nothing has arrived.
   * @throws {Error} If the socket cannot be read.
   */
  receive(buffer: Uint8Array<ArrayBuffer>): number {
    for (;;) {
      const size = this.#socket.read(buffer);
      if (size >= 0) {
        if (size > buffer.byteLength) this.#truncated++;
        return Math.min(size, buffer.byteLength);
      }
      if (size === -ERRNO.EAGAIN) return -1;
      if (size === -ERRNO.ENOBUFS) this.#overflows++;
      else if (size !== -ERRNO.EINTR) {
        throw new Error(
          `Cannot read the NFLOG socket: recv: ${formatErrno(-size)}`,
        );
      }
    }
  }

  /** Reads the next datagram into the walker; false when there is none. */
  #readDatagram(): boolean {
    const walker = this.#walker;
    const size = this.receive(walker.bytes);
    if (size < 0) return false;
    this.#readClock();
    walker.begin(size);
    return true;
  }

  #readClock(): void {
    const clock = this.#clock;
    clock.read();
    this.#walker.setClock(clock.seconds, clock.nanoseconds);
    if (clock.seconds !== this.#lastSecond) {
      // Interfaces may have been renamed: look their names up once a second.
      this.#lastSecond = clock.seconds;
      this.#walker.forgetLayouts();
    }
  }

  /**
   * Gives all groups up, so that the kernel logs no more to them and delivers what it had gathered. Call {@linkcode fill} once more afterwards, until
   * nothing is left.
   *
   * @returns Whether the kernel did; after CAP_NET_ADMIN was given up it does not, and its flush timeout must be waited for instead.
   */
  finish(): boolean {
    // Each one is given up, whatever became of those before it.
    const given = [...this.#socket.groups].map((group) =>
      this.#socket.unbind(group)
    );
    return !given.includes(false);
  }
}
