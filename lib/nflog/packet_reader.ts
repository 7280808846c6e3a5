import { MESSAGE, MESSAGE_TYPE, READ_BUFFER_SIZE } from "./constants.ts";
import type { GroupStates } from "./group_state.ts";
import { LayoutMemory } from "./layout_memory.ts";
import type { InterfaceNamer, MessageLayout } from "./message_layout.ts";
import type { CaptureDependencies } from "./nflog_capture.ts";
import { NflogPacket } from "./nflog_packet.ts";

/** What a reader needs. */
export interface PacketReaderOptions {
  /** Reads a datagram into a buffer; see `NflogCapture.receive`. */
  receive(buffer: Uint8Array<ArrayBuffer>): number;
  /** Where to count. */
  groups: GroupStates;
  /** Names interfaces. */
  nameOf: InterfaceNamer;
  /** The wall clock. */
  clock: CaptureDependencies["clock"];
}

/** Reads packets one by one, each with all its attributes. */
export class PacketReader {
  /** Messages whose lengths did not add up; see `CaptureFaults`. */
  malformed = 0;
  readonly #options: PacketReaderOptions;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #layouts: LayoutMemory;
  #lastSecond = 0;

  /**
   * Makes a reader.
   *
   * @param options What it needs.
   */
  constructor(options: PacketReaderOptions) {
    const buffer = new ArrayBuffer(READ_BUFFER_SIZE);
    this.#options = options;
    this.#bytes = new Uint8Array(buffer, 0, READ_BUFFER_SIZE - 8);
    this.#view = new DataView(buffer);
    this.#layouts = new LayoutMemory(buffer, options.nameOf);
  }

  /**
   * Reads the next datagram, without waiting.
   *
   * @returns Its packets, which borrow from a copy of it; undefined if nothing has arrived.
   */
  read(): NflogPacket[] | undefined {
    const { receive, clock } = this.#options;
    const size = receive(this.#bytes);
    if (size < 0) return undefined;
    clock.read();
    if (clock.seconds !== this.#lastSecond) {
      this.#lastSecond = clock.seconds;
      this.#layouts.forget();
    }
    return this.#walk(size);
  }

  #walk(end: number): NflogPacket[] {
    const copy = new DataView(this.#bytes.slice(0, end).buffer);
    const packets: NflogPacket[] = [];
    let at = 0;
    while (at + MESSAGE.HEADER_SIZE <= end) {
      const size = this.#view.getUint32(at + MESSAGE.LENGTH, true);
      if (size < MESSAGE.HEADER_SIZE || size > end - at) break;
      const type = this.#view.getUint16(at + MESSAGE.TYPE, true);
      if (type === MESSAGE_TYPE.PACKET) {
        const layout = this.#layouts.find(at, size);
        if (layout === undefined) break;
        packets.push(this.#packet(copy, layout, { at, size }));
      }
      at += size + 3 & ~3;
    }
    // What is left over is no message: its lengths do not add up.
    if (at < end) this.malformed++;
    return packets;
  }

  #packet(
    view: DataView,
    layout: MessageLayout,
    { at, size }: { at: number; size: number },
  ): NflogPacket {
    const { groups, clock } = this.#options;
    const state = groups.of(layout.context.group);
    let lostBefore = 0;
    if (layout.sequenceOffset !== 0) {
      const sequence = view.getUint32(at + layout.sequenceOffset);
      lostBefore = (sequence - state.nextSequence) >>> 0;
      state.nextSequence = (sequence + 1) >>> 0;
      state.totals.kernel_dropped += lostBefore;
    }
    const packet = new NflogPacket({
      ...{ view, at, size, layout, lostBefore },
      clockSeconds: clock.seconds,
      clockNanoseconds: clock.nanoseconds,
    });
    state.totals.captured++;
    state.totals.captured_bytes += packet.capturedLength;
    return packet;
  }
}
