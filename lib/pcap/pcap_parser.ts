import type { PacketInput } from "../batch_builder.ts";
import { ByteQueue } from "../bytes/byte_queue.ts";
import { FILE_HEADER, RECORD } from "./constants.ts";
import { decodeFileHeader, type PcapFileHeader } from "./file_header.ts";
import { PcapError } from "./pcap_error.ts";
import { checkRecord, decodeRecord, truncated } from "./record.ts";

/** A packet as it stands in a capture file. */
export interface FilePacket extends PacketInput {
  /** What its data begins with (LINKTYPE_*). */
  linkType: number;
  /** Byte order of the file, and with it of the attributes in packets of link type NFLOG. */
  littleEndian: boolean;
}

/**
 * Reads a classic pcap file that arrives in chunks cut anywhere; it waits for nothing and holds no more than the record it has begun.
 *
 * @example A file that arrives byte by byte
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeFileHeader, encodeRecord, PcapParser } from "./mod.ts";
 *
 * const data = Uint8Array.of(0x45, 0);
 * const record = encodeRecord({ seconds: 1, nanoseconds: 0, originalLength: 2, data });
 * const parser = new PcapParser();
 * const packets = [];
 * for (const byte of [...encodeFileHeader(), ...record]) {
 *   parser.push(Uint8Array.of(byte));
 *   const packet = parser.next();
 *   if (packet !== undefined) packets.push(packet);
 * }
 * parser.end();
 * assert.deepEqual(packets[0]?.data, data);
 * ```
 */
export class PcapParser {
  #queue = new ByteQueue();
  #header: PcapFileHeader | undefined;

  /** The file's header, once it has arrived. */
  get header(): PcapFileHeader | undefined {
    return this.#header;
  }

  /**
   * Adds a chunk.
   *
   * @param chunk The bytes; borrowed for as long as packets read from it are in use.
   */
  push(chunk: Uint8Array): void {
    this.#queue.push(chunk);
  }

  /**
   * Reads the next packet.
   *
   * @returns The packet, whose data borrows from a chunk or from a buffer that is not written again; undefined when more bytes are needed.
   * @throws {PcapError} When the header or a record is not right; the file cannot be read on after that.
   */
  next(): FilePacket | undefined {
    const header = this.#header ??= this.#readHeader();
    const queue = this.#queue;
    if (header === undefined || queue.available < RECORD.SIZE) return undefined;
    const size = this.#recordSize(header);
    if (queue.available < size) return undefined;
    const record = decodeRecord(queue.view, queue.start, header);
    queue.skip(size);
    return {
      seconds: record.seconds,
      nanoseconds: record.nanoseconds,
      originalLength: record.originalLength,
      data: record.data,
      linkType: header.linkType,
      littleEndian: header.littleEndian,
    };
  }

  /**
   * Says that no more bytes will come, after {@linkcode next} has returned undefined.
   *
   * @throws {PcapError} When the file ends within its header or a record.
   */
  end(): void {
    const queue = this.#queue;
    const left = queue.available;
    if (this.#header === undefined) decodeFileHeader(queue.peek(left));
    else if (left >= RECORD.SIZE) {
      throw truncated(this.#recordSize(this.#header), left, queue.offset);
    } else if (left > 0) throw truncated(RECORD.SIZE, left, queue.offset);
  }

  #readHeader(): PcapFileHeader | undefined {
    const queue = this.#queue;
    if (queue.available < FILE_HEADER.SIZE) return undefined;
    const header = decodeFileHeader(queue.peek(FILE_HEADER.SIZE));
    queue.skip(FILE_HEADER.SIZE);
    return header;
  }

  #recordSize(header: PcapFileHeader): number {
    const queue = this.#queue;
    try {
      return checkRecord(queue.view, queue.start, header);
    } catch (error) {
      // The offset in the chunk means nothing to the caller; that in the file does.
      if (!(error instanceof PcapError)) throw error;
      throw error.moved(queue.offset);
    }
  }
}
