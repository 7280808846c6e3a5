import type { PacketBatch } from "../packet.ts";
import type { SensorLedger } from "../pcapng/mod.ts";
import type { CaptureEncoder } from "./capture_encoder.ts";
import type { Chunk } from "./chunk.ts";
import { endCapture } from "./end_capture.ts";
import type { PcapDestination } from "./pcap_destination.ts";

/** What a capture is written to: the part of {@linkcode PcapDestination} that tests stand in for. */
export type CaptureSink = Pick<
  PcapDestination,
  "offer" | "flush" | "close" | "counters"
>;

/** An open output, and what makes its chunks. */
export interface OpenedCapture {
  /** Takes the chunks. */
  output: CaptureSink;
  /** Makes the chunks. */
  encoder: CaptureEncoder;
}

/** What a file needs to know. */
export interface CaptureFileOptions {
  /** The name of this host. */
  sensor: string;
  /** Tells what became of packets since the file was begun. */
  ledger: () => readonly SensorLedger[];
}

/** One capture that a dump writes. */
export class CaptureFile {
  readonly #capture: OpenedCapture;
  readonly #options: CaptureFileOptions;
  #size = 0;
  #packets = 0;

  /**
   * Takes an open output over.
   *
   * @param capture The output; it is closed with the file.
   * @param options What is to be known.
   */
  constructor(capture: OpenedCapture, options: CaptureFileOptions) {
    this.#capture = capture;
    this.#options = options;
  }

  /** Where the packets go. */
  get output(): CaptureSink {
    return this.#capture.output;
  }

  /** Whether no packet was written. */
  get isEmpty(): boolean {
    return this.#packets === 0;
  }

  /**
   * Writes packets.
   *
   * @param batch The packets, borrowed until they are released.
   * @param release Called once, when they were written or dropped.
   */
  write(batch: PacketBatch, release: () => void): void {
    const chunk = this.#encode(batch, release);
    this.#size += chunk.bytes.length;
    this.#packets += batch.packets;
    this.#capture.output.offer(chunk);
  }

  /**
   * Tells how many packets the file has room for.
   *
   * @param batch The packets.
   * @param maxSize Bytes that the packets of the file may take, with what the format puts around each.
   * @returns How many of them, from the first one on.
   */
  roomFor(batch: PacketBatch, maxSize: number): number {
    const chunk = this.#encode(batch, () => undefined);
    const room = maxSize - this.#size;
    const fits = chunk.bytes.length <= room
      ? batch.packets
      : chunk.recordsWithin?.(Math.max(room, 0)).packets ?? 0;
    chunk.release(batch.packets);
    return fits;
  }

  /** Writes what the capture ends with, and closes it. */
  async end(): Promise<void> {
    const { output, encoder } = this.#capture;
    await endCapture(output, { encoder, ledger: this.#options.ledger });
    await output.flush(FLUSH_BOUND);
    await output.close();
  }

  #encode(batch: PacketBatch, release: () => void): Chunk {
    const { sensor } = this.#options;
    return this.#capture.encoder.encode(batch, { sensor, release });
  }
}

/** Milliseconds to wait at most for the last bytes. */
const FLUSH_BOUND = 5000;
