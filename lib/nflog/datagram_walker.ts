import type { BatchBuilder } from "../batch_builder.ts";
import { RECORD } from "../pcap/constants.ts";
import { ATTRIBUTE, MESSAGE, MESSAGE_TYPE } from "./constants.ts";
import type { GroupState, GroupStates } from "./group_state.ts";
import { isLike, LayoutMemory } from "./layout_memory.ts";
import type { InterfaceNamer, MessageLayout } from "./message_layout.ts";
import { RecordWriter } from "./record_writer.ts";

/** Recognises packets of the sender's own connections. */
export interface OwnTraffic {
  /** Whether there is anything to recognise. */
  readonly active: boolean;
  /** Tells whether the TCP packet at `offset` is of such a connection. */
  matches(bytes: Uint8Array, offset: number, size: number): boolean;
}

/** What a walker needs to know of its surroundings. */
export interface WalkerOptions {
  /** Where to count. */
  groups: GroupStates;
  /** Names interfaces. */
  nameOf: InterfaceNamer;
  /** Recognises packets that are to be left out. */
  own: OwnTraffic;
}

/**
 * Turns the datagrams of an NFLOG socket into records, in place: the one piece of code that sees every packet.
 *
 * It is a plain function over one buffer, since V8 compiles the same loop without end when it stands in an `async` function. Per packet it compares some
 * thirty words with those of packets like it, writes sixteen bytes and copies the payload.
 */
export class DatagramWalker {
  /** The buffer to read datagrams into. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Messages whose lengths did not add up; the rest of their datagram was given up, and shows as a gap in the sequence numbers. */
  malformed = 0;
  /** Packets left out because they were the sender's own traffic. */
  ownDropped = 0;
  /** Packets that had no sequence number, so that their loss cannot be seen. */
  unnumbered = 0;
  readonly #words: Int32Array;
  readonly #view: DataView;
  readonly #writer: RecordWriter;
  readonly #layouts: LayoutMemory;
  readonly #options: WalkerOptions;
  #offset = 0;
  #end = 0;
  // The run being gathered: packets of one layout with no loss between them.
  #runState: GroupState | undefined;
  #runPackets = 0;
  #runBytes = 0;
  #runLost = 0;

  /**
   * @param size Bytes of the buffer.
   * @param options Where to count, and what to recognise.
   */
  constructor(size: number, options: WalkerOptions) {
    const buffer = new ArrayBuffer(size);
    this.bytes = new Uint8Array(buffer, 0, size - 8);
    this.#words = new Int32Array(buffer);
    this.#view = new DataView(buffer);
    this.#writer = new RecordWriter(buffer);
    this.#layouts = new LayoutMemory(buffer, options.nameOf);
    this.#options = options;
  }

  /** Whether a datagram is in hand that did not fit the last batch. */
  get pending(): boolean {
    return this.#offset < this.#end;
  }

  /**
   * Begins with a datagram that was read into {@linkcode bytes}.
   *
   * @param size Its size in bytes; what is beyond the buffer was cut by the kernel.
   */
  begin(size: number): void {
    this.#offset = 0;
    this.#end = Math.min(size, this.bytes.byteLength);
  }

  /**
   * Sets the time for packets that the kernel gave none.
   *
   * @param seconds Seconds since 1970.
   * @param nanoseconds Nanoseconds within that second.
   */
  setClock(seconds: number, nanoseconds: number): void {
    this.#writer.clockSeconds = seconds;
    this.#writer.clockNanoseconds = nanoseconds;
  }

  /** Forgets the layouts, and with them the names of interfaces, which can change. */
  forgetLayouts(): void {
    this.#layouts.forget();
  }

  /**
   * Moves packets from the datagram in hand to a batch, until either ends.
   *
   * @param builder The batch; eight bytes must be to spare behind its limit.
   * @returns Whether the datagram is done with; if not, the batch is full.
   */
  walk(builder: BatchBuilder): boolean {
    const words = this.#words;
    const end = this.#end;
    let at = this.#offset;
    let layout: MessageLayout | undefined;
    while (at + MESSAGE.HEADER_SIZE <= end) {
      const word = at >> 2;
      const size = words[word] as number;
      if (size < MESSAGE.HEADER_SIZE || size > end - at) break;
      const type = (words[word + 1] as number) & 0xffff;
      if (type === MESSAGE_TYPE.PACKET) {
        if (layout === undefined || !isLike(layout, words, word, size)) {
          this.#endRun(builder, layout);
          layout = this.#layouts.find(at, size);
          if (layout === undefined) break;
        }
        if (!this.#take(builder, layout, at)) {
          this.#endRun(builder, layout);
          this.#offset = at;
          return false;
        }
      }
      at += size + 3 & ~3;
    }
    this.#endRun(builder, layout);
    // What is left over is no message: its lengths do not add up.
    if (at < end) this.malformed++;
    this.#offset = end;
    return true;
  }

  /** Takes the packet of the message at `at` into the batch; false if it has no room. */
  #take(builder: BatchBuilder, layout: MessageLayout, at: number): boolean {
    let payload = at + layout.payloadOffset;
    let captured = 0;
    if (layout.payloadOffset !== 0) {
      const before = ATTRIBUTE.SIZE + layout.linkHeaderSize;
      captured = this.#view.getUint16(payload, true) - before;
      payload += before;
      if (captured < 0) captured = 0;
    }
    const end = builder.end + RECORD.SIZE + captured;
    if (end > builder.limit || builder.isCrowded) return false;
    const state = this.#runState ??= this.#options.groups.of(
      layout.context.group,
    );
    this.#checkSequence(builder, layout, at);
    const own = this.#options.own;
    if (own.active && own.matches(this.bytes, payload, captured)) {
      state.totals.own_dropped++;
      this.ownDropped++;
      return true;
    }
    this.#writer.write(builder, layout, at, payload, captured);
    this.#runPackets++;
    this.#runBytes += captured;
    return true;
  }

  /** Begins a new run if packets are missing before this one. */
  #checkSequence(
    builder: BatchBuilder,
    layout: MessageLayout,
    at: number,
  ): void {
    const state = this.#runState;
    if (state === undefined) return;
    if (layout.sequenceOffset === 0) {
      this.unnumbered++;
      return;
    }
    const sequence = this.#view.getUint32(at + layout.sequenceOffset);
    if (sequence !== state.nextSequence) {
      this.#endRun(builder, layout);
      this.#runState = state;
      this.#runLost = (sequence - state.nextSequence) >>> 0;
    }
    state.nextSequence = (sequence + 1) >>> 0;
  }

  /** Books the run gathered so far. */
  #endRun(builder: BatchBuilder, layout: MessageLayout | undefined): void {
    const state = this.#runState;
    if (state !== undefined && layout !== undefined) {
      state.totals.kernel_dropped += this.#runLost;
      if (this.#runPackets > 0) {
        builder.addRun(layout.context, this.#runPackets, this.#runLost);
        state.totals.captured += this.#runPackets;
        state.totals.captured_bytes += this.#runBytes;
      }
    }
    this.#runState = undefined;
    this.#runPackets = 0;
    this.#runBytes = 0;
    this.#runLost = 0;
  }
}
