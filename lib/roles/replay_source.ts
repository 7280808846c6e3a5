import type { BatchBuilder } from "../batch_builder.ts";
import { MAX_SNAPLEN, RECORD } from "../pcap/constants.ts";
import { type NetworkPacket, PacketStripper } from "../pcap/packet_stripper.ts";
import { CaptureParser } from "../pcapng/capture_parser.ts";

/** How a {@linkcode ReplaySource} reads. */
export interface ReplayOptions {
  /**
   * Gives an empty builder for the next batch: a new one, or one that is no longer in use and was reset. One that holds 256 KiB takes any
   * packet; a longer packet than it holds is cut, and keeps its original length.
   */
  makeBuilder: () => BatchBuilder | Promise<BatchBuilder>;
  /** Ends the replay early, as if the file ended there. */
  signal?: AbortSignal;
}

/** Why no more packets went into a batch: it is full, the input has no whole packet left for now, or the input is bad. */
type FillResult =
  | { kind: "full" | "dry" }
  | { kind: "fault"; error: unknown };

/**
 * Replays a capture file, classic pcap or pcapng, as if the kernel had logged its packets: gives one filled builder after another.
 *
 * Packets are taken down to their network layer, and get their contexts, as {@linkcode PacketStripper} says.
 *
 * A builder holds the packets of one chunk of the input at most, so that a live stream is never held back. It belongs to the consumer from
 * the moment it is given. When the input is cut short or wrong, what lies before the fault is given first; then comes a
 * {@linkcode PcapError}. It can be iterated once.
 */
export class ReplaySource implements AsyncIterable<BatchBuilder> {
  #input: ReadableStream<Uint8Array>;
  #options: ReplayOptions;
  #parser = new CaptureParser();
  #waiting: NetworkPacket | undefined;
  #stripper = new PacketStripper();
  #packets = 0;
  #malformed = 0;

  /**
   * Prepares a replay; nothing is read before the first batch is asked for.
   *
   * @param input The file's bytes. Chunks are borrowed until the batches made of them were given.
   * @param options Where batches come from.
   */
  constructor(input: ReadableStream<Uint8Array>, options: ReplayOptions) {
    this.#input = input;
    this.#options = options;
  }

  /** Packets given so far. */
  get packets(): number {
    return this.#packets;
  }

  /** Packets left out because their NFLOG attributes could not be read. */
  get malformed(): number {
    return this.#malformed;
  }

  /**
   * Reads the file to its end.
   *
   * @returns The filled builders, none of them empty.
   * @throws {PcapError} When the file is not right, after the packets before the fault.
   * @throws {RangeError} When its link type is not one of those known.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<BatchBuilder, void, void> {
    const { makeBuilder, signal } = this.#options;
    const reader = this.#input.getReader();
    // An input that has failed refuses to be cancelled; its error comes out of read().
    const stop = (): Promise<void> => reader.cancel().catch(() => undefined);
    signal?.addEventListener("abort", stop);
    try {
      let builder: BatchBuilder | undefined;
      while (signal?.aborted !== true) {
        const { value: chunk } = await reader.read();
        if (chunk === undefined) break;
        this.#parser.push(chunk);
        let result: FillResult;
        do {
          builder ??= await makeBuilder();
          result = this.#fill(builder);
          if (builder.packets > 0) {
            this.#packets += builder.packets;
            yield builder;
            builder = undefined;
          }
        } while (result.kind === "full");
        if (result.kind === "fault") throw result.error;
      }
      if (signal?.aborted !== true) this.#parser.end();
    } finally {
      signal?.removeEventListener("abort", stop);
      await stop();
    }
  }

  #fill(builder: BatchBuilder): FillResult {
    try {
      for (;;) {
        const packet = this.#waiting ?? this.#next();
        this.#waiting = undefined;
        if (packet === undefined) return { kind: "dry" };
        if (builder.add(packet, packet.context)) continue;
        if (builder.packets > 0) {
          this.#waiting = packet;
          return { kind: "full" };
        }
        addCut(builder, packet);
      }
    } catch (error) {
      return { kind: "fault", error };
    }
  }

  #next(): NetworkPacket | undefined {
    for (;;) {
      const packet = this.#parser.next();
      if (packet === undefined) return undefined;
      const stripped = this.#stripper.strip(packet);
      if (stripped !== undefined) return stripped;
      this.#malformed++;
    }
  }
}

/** Adds the part of a packet that fits into an empty builder. */
function addCut(builder: BatchBuilder, packet: NetworkPacket): void {
  const room = Math.min(
    builder.limit - builder.end - RECORD.SIZE,
    MAX_SNAPLEN,
  );
  const data = packet.data.subarray(0, Math.max(room, 0));
  if (!builder.add({ ...packet, data }, packet.context)) {
    throw new RangeError(
      `Cannot replay a packet: a batch of ${
        builder.limit - builder.start
      } bytes has no room for one`,
    );
  }
}
