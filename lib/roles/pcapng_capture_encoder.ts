import type { PacketBatch } from "../packet.ts";
import {
  type PcapngChunk,
  PcapngChunkEncoder,
  type PcapngTime,
  type SensorLedger,
} from "../pcapng/mod.ts";
import { BLOCK } from "../pcapng/constants.ts";
import type {
  CaptureEncoder,
  CaptureEncoderOptions,
  EncodeRequest,
} from "./capture_encoder.ts";
import type { Chunk, WholeRecords } from "./chunk.ts";
import { ChunkMemory } from "./chunk_memory.ts";
import { NO_PARTS, type PartCounts, recordsOf } from "./part_counts.ts";
import { wholePackets } from "./whole_packets.ts";

/** Writes pcapng. */
export class PcapngCaptureEncoder implements CaptureEncoder {
  readonly #encoder: PcapngChunkEncoder;
  readonly #memory = new ChunkMemory();
  /** What the encoder last took. */
  #taken: Uint8Array<ArrayBuffer> | undefined;

  /**
   * Prepares to write.
   *
   * @param options How.
   */
  constructor(options: CaptureEncoderOptions = {}) {
    const { section = {}, interfaces = "each" } = options;
    const allocate = (size: number): Uint8Array =>
      this.#taken = this.#memory.take(size);
    this.#encoder = new PcapngChunkEncoder({ section, interfaces, allocate });
  }

  /** See {@linkcode CaptureEncoder.begin}. */
  begin(): Uint8Array {
    return this.#encoder.begin();
  }

  /** See {@linkcode CaptureEncoder.encode}. */
  encode(batch: PacketBatch, request: EncodeRequest): Chunk {
    const { parts = NO_PARTS, release, room, sensor } = request;
    this.#taken = undefined;
    const blocks = this.#encoder.encode(batch, sensor, room);
    const memory = this.#taken;
    return new BlockChunk(blocks, batch.packets, {
      parts,
      release: (dropped, from, to) => {
        this.#encoder.book(blocks, from, to);
        if (memory !== undefined) this.#memory.give(memory);
        release?.(dropped);
      },
    });
  }

  /** See {@linkcode CaptureEncoder.before}. */
  before(chunk: Chunk): Uint8Array | undefined {
    return chunk instanceof BlockChunk
      ? this.#encoder.describeFor(chunk.blocks)
      : undefined;
  }

  /** See {@linkcode CaptureEncoder.finish}. */
  finish(ledger: readonly SensorLedger[], time?: PcapngTime): Uint8Array {
    return this.#encoder.finish(ledger, time);
  }
}

interface BlockChunkOptions {
  parts: PartCounts;
  /** Told which records of the chunk are in the present stream. */
  release: (dropped: number, from: number, to: number) => void;
}

/** A chunk of pcapng blocks, which knows what of it is in an earlier stream. */
class BlockChunk implements Chunk {
  readonly packets: number;
  readonly blocks: PcapngChunk;
  readonly #options: BlockChunkOptions;
  #earlier = 0;

  constructor(
    blocks: PcapngChunk,
    records: number,
    options: BlockChunkOptions,
  ) {
    this.blocks = blocks;
    this.#options = options;
    let packets = records;
    for (const count of options.parts.values()) packets -= count - 1;
    this.packets = packets;
  }

  get bytes(): Uint8Array {
    return this.blocks.bytes;
  }

  release(dropped: number): void {
    const { parts, release } = this.#options;
    const end = recordsOf(parts, this.packets - dropped);
    release(dropped, this.#earlier, end);
  }

  recordsWithin(written: number): WholeRecords {
    const { buffer, byteOffset, byteLength } = this.bytes;
    const view = new DataView(buffer, byteOffset, byteLength);
    const { parts } = this.#options;
    const whole = wholePackets(
      parts,
      written,
      (at) => view.getUint32(at + BLOCK.LENGTH, true),
    );
    this.#earlier = recordsOf(parts, whole.packets);
    return whole;
  }
}
