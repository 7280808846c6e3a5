import { type FilePacket, PcapParser } from "./pcap_parser.ts";

/**
 * Turns the bytes of a classic pcap file into packets.
 *
 * Chunks may be cut anywhere. Packets borrow from the chunks, which must therefore not be used again. Every packet before a fault is
 * delivered; the fault, a {@linkcode PcapError}, comes after them as the stream's error.
 *
 * @example The packets of a file
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeFileHeader, encodeRecord, PcapDecoderStream } from "./mod.ts";
 *
 * const data = Uint8Array.of(0x45, 0);
 * const record = encodeRecord({ seconds: 1, nanoseconds: 0, originalLength: 2, data });
 * const file = ReadableStream.from([encodeFileHeader(), record]);
 * const packets = await Array.fromAsync(file.pipeThrough(new PcapDecoderStream()));
 * assert.deepEqual(packets[0]?.data, data);
 * ```
 */
export class PcapDecoderStream
  implements TransformStream<Uint8Array, FilePacket> {
  /** Where the packets come out, one a chunk. */
  readonly readable: ReadableStream<FilePacket>;
  /** Where the file goes in. */
  readonly writable: WritableStream<Uint8Array>;

  /** Makes a stream for one file. */
  constructor() {
    // Not a transformer of its own: an error there throws away what is still queued before it.
    const input = new TransformStream<Uint8Array, Uint8Array>();
    this.writable = input.writable;
    this.readable = ReadableStream.from(decodePcap(input.readable));
  }
}

/**
 * Reads the packets of a classic pcap file one by one.
 *
 * @param source The file's bytes in chunks, cut anywhere.
 * @returns The packets; each borrows from a chunk, which must not be used again as long as the packet is in use.
 * @throws {PcapError} When the file is not right, after the packets before the fault.
 *
 * @example The lengths of the packets of a file
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodePcap, encodeFileHeader, encodeRecord } from "./mod.ts";
 *
 * const data = Uint8Array.of(0x45, 0);
 * const record = encodeRecord({ seconds: 1, nanoseconds: 0, originalLength: 40, data });
 * const lengths: number[] = [];
 * for await (const packet of decodePcap(ReadableStream.from([encodeFileHeader(), record]))) {
 *   lengths.push(packet.originalLength);
 * }
 * assert.deepEqual(lengths, [40]);
 * ```
 */
export async function* decodePcap(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<FilePacket, void, void> {
  const parser = new PcapParser();
  for await (const chunk of source) {
    parser.push(chunk);
    let packet = parser.next();
    while (packet !== undefined) {
      yield packet;
      packet = parser.next();
    }
  }
  parser.end();
}
