import type { BatchBuilder } from "../batch_builder.ts";
import { RECORD } from "../pcap/constants.ts";
import type { MessageLayout } from "./message_layout.ts";

/**
 * Longest payload, in bytes, that is copied eight bytes at a time: up to here that is the fastest way, beyond it `set` is
 * (tests/bench/walk_bench.ts). Both buffers have eight bytes to spare behind their last packet.
 */
const SHORT_COPY = 256;

/** Writes packets out of one buffer of messages into batches, as pcap records. */
export class RecordWriter {
  /** Seconds to stamp packets with that the kernel gave no time. */
  clockSeconds = 0;
  /** Nanoseconds within that second. */
  clockNanoseconds = 0;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;

  /** @param buffer Where the messages are; eight bytes behind the last one are to spare. */
  constructor(buffer: ArrayBuffer) {
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }

  /**
   * Appends one packet to a batch that has room for it.
   *
   * @param builder The batch; eight bytes are to spare behind its limit.
   * @param layout The layout of the packet's message.
   * @param at Where the message begins.
   * @param payload Where the packet begins.
   * @param captured Bytes of it.
   */
  // deno-lint-ignore nflog/parameters -- an object per packet costs more than the packet
  write(
    builder: BatchBuilder,
    layout: MessageLayout,
    at: number,
    payload: number,
    captured: number,
  ): void {
    const start = builder.end;
    const target = builder.view;
    const original = layout.startsWithIp
      ? originalLength(this.#bytes, payload, captured)
      : captured;
    if (layout.timeOffset === 0) this.#writeClockTime(builder);
    else this.#writeKernelTime(target, start, at + layout.timeOffset);
    target.setUint32(start + RECORD.CAPTURED, captured, true);
    target.setUint32(start + RECORD.ORIGINAL, original, true);
    const data = start + RECORD.SIZE;
    if (captured <= SHORT_COPY) {
      const source = this.#view;
      for (let done = 0; done < captured; done += 8) {
        const eight = source.getBigUint64(payload + done, true);
        target.setBigUint64(data + done, eight, true);
      }
    } else {
      const long = new Uint8Array(this.#bytes.buffer, payload, captured);
      builder.bytes.set(long, data);
    }
    builder.end = data + captured;
    builder.packets++;
  }

  /** Copies a struct nfulnl_msg_packet_timestamp: be64 seconds, be64 microseconds. */
  #writeKernelTime(target: DataView, start: number, time: number): void {
    const source = this.#view;
    const seconds = source.getUint32(time + 4);
    target.setUint32(start + RECORD.SECONDS, seconds, true);
    const microseconds = source.getUint32(time + 12);
    target.setUint32(start + RECORD.FRACTION, microseconds, true);
  }

  #writeClockTime(builder: BatchBuilder): void {
    const { view, end } = builder;
    const microseconds = this.clockNanoseconds / 1000 | 0;
    view.setUint32(end + RECORD.SECONDS, this.clockSeconds, true);
    view.setUint32(end + RECORD.FRACTION, microseconds, true);
    builder.setNanoseconds(
      builder.packets,
      this.clockNanoseconds - microseconds * 1000,
    );
  }
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
