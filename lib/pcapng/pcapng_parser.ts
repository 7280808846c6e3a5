import { ByteQueue } from "../bytes/byte_queue.ts";
import { PcapError } from "../pcap/pcap_error.ts";
import {
  BLOCK,
  BLOCK_TYPE,
  INTERFACE,
  MAX_BLOCK,
  SECTION,
  VERSION,
} from "./constants.ts";
import { decodeInterface, type PcapngInterface } from "./interface_block.ts";
import {
  decodePacketBlock,
  isPacketBlock,
  type PcapngPacket,
} from "./packet_block.ts";
import { decodeByteOrder } from "./section_header.ts";

/** Where a block lies in the queue. */
interface Block {
  type: number;
  size: number;
}

/**
 * Reads a pcapng file that arrives in chunks cut anywhere: any number of sections and interfaces, either byte order. Blocks without packets
 * are skipped. It holds no more than the block it has begun, at most 16 MiB.
 *
 * @example A file that has no packets yet
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeSectionHeader, PcapngParser } from "./mod.ts";
 *
 * const parser = new PcapngParser();
 * parser.push(encodeSectionHeader());
 * assert.equal(parser.next(), undefined);
 * parser.end();
 * ```
 */
export class PcapngParser {
  #queue = new ByteQueue();
  #interfaces: PcapngInterface[] = [];
  #littleEndian: boolean | undefined;

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
   * @throws {PcapError} When a block is not right; the file cannot be read on after that.
   */
  next(): PcapngPacket | undefined {
    for (;;) {
      const block = this.#nextBlock();
      if (block === undefined) return undefined;
      const packet = this.#read(block);
      this.#queue.skip(block.size);
      if (packet !== undefined) return packet;
    }
  }

  /**
   * Says that no more bytes will come, after {@linkcode next} has returned undefined.
   *
   * @throws {PcapError} When the file ends within a block, or is empty.
   */
  end(): void {
    const { available, offset } = this.#queue;
    if (available > 0) {
      throw new PcapError(
        `Cannot read a block: it ends after ${available} bytes`,
        offset,
      );
    }
    if (this.#littleEndian === undefined) {
      throw new PcapError("Cannot read the pcapng file: it is empty", 0);
    }
  }

  /** Finds the next block if all of it is there. */
  #nextBlock(): Block | undefined {
    const { view, start, available, offset } = this.#queue;
    if (available < BLOCK.MIN_SIZE) return undefined;
    const isSection = view.getUint32(start, false) === BLOCK_TYPE.SECTION;
    const littleEndian = isSection
      ? this.#moved(() => decodeByteOrder(view, start))
      : this.#littleEndian;
    if (littleEndian === undefined) {
      throw new PcapError(
        "Cannot read the pcapng file: it does not begin with a section",
        offset,
      );
    }
    const type = view.getUint32(start + BLOCK.TYPE, littleEndian);
    const size = view.getUint32(start + BLOCK.LENGTH, littleEndian);
    if (size < BLOCK.MIN_SIZE || size % 4 !== 0 || size > MAX_BLOCK) {
      throw new PcapError(
        `Cannot read a block: its length is ${size}`,
        offset,
      );
    }
    if (available < size) return undefined;
    const again = view.getUint32(start + size - BLOCK.TRAILER, littleEndian);
    if (again !== size) {
      throw new PcapError(
        `Cannot read a block: its length is ${size} at its start and ${again} at its end`,
        offset,
      );
    }
    if (isSection) this.#littleEndian = littleEndian;
    return { type, size };
  }

  #read({ type, size }: Block): PcapngPacket | undefined {
    if (type === BLOCK_TYPE.SECTION) this.#readSection(size);
    if (type === BLOCK_TYPE.INTERFACE) this.#readInterface(size);
    if (!isPacketBlock(type)) return undefined;
    const { view, start } = this.#queue;
    return this.#moved(() =>
      decodePacketBlock({
        view,
        start,
        end: start + size,
        littleEndian: this.#littleEndian === true,
        interfaces: this.#interfaces,
      })
    );
  }

  #readSection(size: number): void {
    const { view, start, offset } = this.#queue;
    if (size < SECTION.OPTIONS + BLOCK.TRAILER) throw tooShort(size, offset);
    const at = start + SECTION.VERSION_MAJOR;
    const major = view.getUint16(at, this.#littleEndian);
    if (major !== VERSION.MAJOR) {
      throw new PcapError(
        `Cannot read a pcapng section: it is version ${major}`,
        offset,
      );
    }
    this.#interfaces = [];
  }

  #readInterface(size: number): void {
    const { view, start, offset } = this.#queue;
    if (size < INTERFACE.OPTIONS + BLOCK.TRAILER) throw tooShort(size, offset);
    const end = start + size - BLOCK.TRAILER;
    const littleEndian = this.#littleEndian === true;
    const range = { start: start + INTERFACE.OPTIONS, end, littleEndian };
    this.#interfaces.push(decodeInterface(view, range));
  }

  /** Does something whose errors tell of a place in the chunk, and makes them tell of the file. */
  #moved<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof PcapError)) throw error;
      throw error.moved(this.#queue.offset);
    }
  }
}

function tooShort(size: number, offset: number): PcapError {
  return new PcapError(
    `Cannot read a block: it has ${size} bytes`,
    offset,
  );
}
