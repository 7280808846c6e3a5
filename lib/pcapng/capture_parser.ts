import { type FilePacket, PcapParser } from "../pcap/pcap_parser.ts";
import { BLOCK_TYPE } from "./constants.ts";
import { PcapngParser } from "./pcapng_parser.ts";

/** Bytes that tell one format from the other. */
const MAGIC_SIZE = 4;

/**
 * Reads a capture file of either format, classic pcap or pcapng, that arrives in chunks cut anywhere: its first bytes tell which it is.
 *
 * @example A file of a format that is not known beforehand
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeFileHeader } from "../pcap/mod.ts";
 * import { CaptureParser } from "./mod.ts";
 *
 * const parser = new CaptureParser();
 * parser.push(encodeFileHeader());
 * assert.equal(parser.next(), undefined);
 * parser.end();
 * ```
 */
export class CaptureParser {
  #first = new Uint8Array(0);
  #parser: PcapParser | PcapngParser | undefined;

  /**
   * Adds a chunk.
   *
   * @param chunk The bytes; borrowed for as long as packets read from it are in use.
   */
  push(chunk: Uint8Array): void {
    if (this.#parser !== undefined) return this.#parser.push(chunk);
    const first = new Uint8Array(this.#first.length + chunk.length);
    first.set(this.#first);
    first.set(chunk, this.#first.length);
    if (first.length < MAGIC_SIZE) {
      this.#first = first;
      return;
    }
    const magic = new DataView(first.buffer).getUint32(0, false);
    this.#parser = magic === BLOCK_TYPE.SECTION
      ? new PcapngParser()
      : new PcapParser();
    this.#parser.push(first);
  }

  /**
   * Reads the next packet.
   *
   * @returns The packet, whose data borrows from a chunk or from a buffer that is not written again; undefined when more bytes are needed.
   * @throws {PcapError} When the file is not right; it cannot be read on after that.
   */
  next(): FilePacket | undefined {
    return this.#parser?.next();
  }

  /**
   * Says that no more bytes will come, after {@linkcode next} has returned undefined.
   *
   * @throws {PcapError} When the file ends within something.
   */
  end(): void {
    if (this.#parser === undefined) {
      // Too short for either; what is missing is best said of the simpler one.
      this.#parser = new PcapParser();
      this.#parser.push(this.#first);
    }
    this.#parser.end();
  }
}
