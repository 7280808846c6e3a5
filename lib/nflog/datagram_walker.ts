import type { BatchBuilder } from "../batch_builder.ts";
import type { PacketContext } from "../packet.ts";
import { RECORD } from "../pcap/constants.ts";
import { MESSAGE, MESSAGE_TYPE, PACKET_ATTRIBUTE } from "./constants.ts";
import type { GroupState, GroupStates } from "./group_state.ts";
import {
  type InterfaceNamer,
  type MessageLayout,
  readMessageLayout,
} from "./message_layout.ts";

/** How many layouts are remembered: one per rule and kind of traffic is in use at a time. */
const REMEMBERED_LAYOUTS = 32;

/** How many contexts are remembered before all are forgotten. */
const REMEMBERED_CONTEXTS = 1024;

/**
 * Longest payload, in bytes, that is copied eight bytes at a time: up to here that is the fastest way, beyond it `set` is
 * (tests/bench/walk_bench.ts). Both buffers have eight bytes to spare behind their last packet.
 */
const SHORT_COPY = 256;

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
  /** Seconds to stamp packets with that the kernel gave no time. */
  clockSeconds = 0;
  /** Nanoseconds within that second. */
  clockNanoseconds = 0;
  readonly #words: Int32Array;
  readonly #view: DataView;
  readonly #options: WalkerOptions;
  #layouts: MessageLayout[] = [];
  readonly #contexts = new Map<string, PacketContext>();
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

  /** Forgets the layouts, and with them the names of interfaces, which can change. */
  forgetLayouts(): void {
    this.#layouts = [];
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
    let full = false;
    let layout = this.#layouts[0];
    while (at + MESSAGE.HEADER_SIZE <= end) {
      const word = at >> 2;
      const size = words[word] as number;
      if (size < MESSAGE.HEADER_SIZE || size > end - at) {
        this.malformed++;
        at = end;
        break;
      }
      const type = (words[word + 1] as number) & 0xffff;
      if (type === MESSAGE_TYPE.PACKET) {
        if (layout === undefined || !isLike(layout, words, word, size)) {
          this.#endRun(builder, layout);
          layout = this.#findLayout(at, size);
          if (layout === undefined) {
            this.malformed++;
            at = end;
            break;
          }
        }
        if (!this.#take(builder, layout, at)) {
          full = true;
          break;
        }
      }
      at += size + 3 & ~3;
    }
    this.#endRun(builder, layout);
    if (!full && at < end) this.malformed++;
    // What is left is too short for a message: were it still in hand, it would be walked for ever.
    this.#offset = full ? at : end;
    return !full;
  }

  /** Takes the packet of the message at `at` into the batch; false if it has no room. */
  #take(
    builder: BatchBuilder,
    layout: MessageLayout,
    at: number,
  ): boolean {
    const bytes = this.bytes;
    const source = this.#view;
    const attribute = at + layout.payloadOffset;
    let captured = 0;
    let payload = attribute;
    if (layout.payloadOffset !== 0) {
      payload = attribute + 4 + layout.linkHeaderSize;
      captured = source.getUint16(attribute, true) - 4 - layout.linkHeaderSize;
      if (captured < 0) captured = 0;
    }
    const start = builder.end;
    if (start + RECORD.SIZE + captured > builder.limit || builder.isCrowded) {
      return false;
    }
    const state = this.#runState ??
      this.#options.groups.of(layout.context.group);
    this.#runState = state;
    if (layout.sequenceOffset !== 0) {
      const sequence = source.getUint32(at + layout.sequenceOffset);
      if (sequence !== state.nextSequence) {
        this.#endRun(builder, layout);
        this.#runState = state;
        this.#runLost = (sequence - state.nextSequence) >>> 0;
      }
      state.nextSequence = (sequence + 1) >>> 0;
    } else this.unnumbered++;
    const own = this.#options.own;
    if (own.active && own.matches(bytes, payload, captured)) {
      state.totals.own_dropped++;
      this.ownDropped++;
      return true;
    }
    const target = builder.view;
    let microseconds: number;
    if (layout.timeOffset !== 0) {
      // struct nfulnl_msg_packet_timestamp: be64 seconds, be64 microseconds.
      const time = at + layout.timeOffset;
      target.setUint32(
        start + RECORD.SECONDS,
        source.getUint32(time + 4),
        true,
      );
      microseconds = source.getUint32(time + 12);
    } else {
      target.setUint32(start + RECORD.SECONDS, this.clockSeconds, true);
      microseconds = this.clockNanoseconds / 1000 | 0;
      builder.setNanoseconds(
        builder.packets,
        this.clockNanoseconds - microseconds * 1000,
      );
    }
    target.setUint32(start + RECORD.FRACTION, microseconds, true);
    target.setUint32(start + RECORD.CAPTURED, captured, true);
    target.setUint32(
      start + RECORD.ORIGINAL,
      layout.startsWithIp ? originalLength(bytes, payload, captured) : captured,
      true,
    );
    const data = start + RECORD.SIZE;
    if (captured <= SHORT_COPY) {
      for (let done = 0; done < captured; done += 8) {
        target.setBigUint64(
          data + done,
          source.getBigUint64(payload + done, true),
          true,
        );
      }
    } else {
      builder.bytes.set(new Uint8Array(bytes.buffer, payload, captured), data);
    }
    builder.end = data + captured;
    builder.packets++;
    this.#runPackets++;
    this.#runBytes += captured;
    return true;
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

  /** Finds the layout of the message at `at`, reading it in full if there was none like it. */
  #findLayout(at: number, size: number): MessageLayout | undefined {
    for (const layout of this.#layouts) {
      if (isLike(layout, this.#words, at >> 2, size)) return layout;
    }
    const read = readMessageLayout(this.#view, at, this.#options.nameOf);
    if (read === undefined) return undefined;
    const layout = { ...read, context: this.#sameContext(read.context) };
    if (this.#layouts.length >= REMEMBERED_LAYOUTS) this.#layouts.pop();
    this.#layouts.unshift(layout);
    return layout;
  }

  /** Gives the context that stands for all contexts equal to this one, so that they are told apart by identity. */
  #sameContext(context: PacketContext): PacketContext {
    const key = JSON.stringify(context);
    const known = this.#contexts.get(key);
    if (known !== undefined) return known;
    if (this.#contexts.size >= REMEMBERED_CONTEXTS) this.#contexts.clear();
    this.#contexts.set(key, context);
    return context;
  }
}

/** Tells whether the message at `word` has this layout. */
function isLike(
  layout: MessageLayout,
  words: Int32Array,
  word: number,
  size: number,
): boolean {
  if (size < layout.minimumSize) return false;
  const fixed = layout.fixedWords;
  for (let index = 0; index < fixed.length; index += 2) {
    const place = word + (fixed[index] as number);
    if (words[place] !== fixed[index + 1]) return false;
  }
  if (layout.payloadOffset === 0) return size === layout.minimumSize;
  // The payload comes last: its attribute, padded to four bytes or not, ends where the message does.
  const attribute = words[word + (layout.payloadOffset >> 2)] as number;
  const left = size - layout.payloadOffset;
  const length = attribute & 0xffff;
  return attribute >>> 16 === PACKET_ATTRIBUTE.PAYLOAD && length <= left &&
    length > left - 4;
}

/**
 * Tells how long a packet was before the rule's snaplen cut it: the IP header says so (RFC 791, RFC 8200), NFLOG does not.
 *
 * @returns Bytes, never fewer than were captured.
 */
export function originalLength(
  bytes: Uint8Array,
  offset: number,
  captured: number,
): number {
  if (captured < 6) return captured;
  const version = (bytes[offset] as number) >>> 4;
  let length = 0;
  if (version === 4) {
    length = (bytes[offset + 2] as number) << 8 |
      (bytes[offset + 3] as number);
  } else if (version === 6) {
    length = 40 + ((bytes[offset + 4] as number) << 8 |
      (bytes[offset + 5] as number));
  }
  return length > captured ? length : captured;
}
