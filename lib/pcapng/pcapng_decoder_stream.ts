import type { PcapngPacket } from "./packet_block.ts";
import { PcapngParser } from "./pcapng_parser.ts";

/**
 * Turns the bytes of a pcapng file into packets.
 *
 * Chunks may be cut anywhere. Packets borrow from the chunks, which must therefore not be used again. Every packet before a fault is
 * delivered; the fault, a {@linkcode PcapError}, comes after them as the stream's error.
 *
 * @example The packets of a file
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeSectionHeader, PcapngDecoderStream } from "./mod.ts";
 *
 * const file = ReadableStream.from([encodeSectionHeader()]);
 * const packets = await Array.fromAsync(file.pipeThrough(new PcapngDecoderStream()));
 * assert.equal(packets.length, 0);
 * ```
 */
export class PcapngDecoderStream
  implements TransformStream<Uint8Array, PcapngPacket> {
  /** Where the packets come out, one a chunk. */
  readonly readable: ReadableStream<PcapngPacket>;
  /** Where the file goes in. */
  readonly writable: WritableStream<Uint8Array>;

  /** Makes a stream for one file. */
  constructor() {
    // Not a transformer of its own: an error there throws away what is still queued before it.
    const input = new TransformStream<Uint8Array, Uint8Array>();
    this.writable = input.writable;
    this.readable = ReadableStream.from(decodePcapng(input.readable));
  }
}

/**
 * Reads the packets of a pcapng file one by one.
 *
 * @param source The file's bytes in chunks, cut anywhere.
 * @returns The packets; each borrows from a chunk, which must not be used again as long as the packet is in use.
 * @throws {PcapError} When the file is not right, after the packets before the fault.
 *
 * @example The comments of the packets of a file
 * ```ts
 * import assert from "node:assert/strict";
 * import { BatchBuilder, plainContext } from "../batch_builder.ts";
 * import { decodePcapng, PcapngEncoder } from "./mod.ts";
 *
 * const builder = new BatchBuilder(new Uint8Array(1000));
 * const data = Uint8Array.of(0x45, 0);
 * const packet = { seconds: 1, nanoseconds: 5, originalLength: 40, data };
 * builder.add(packet, plainContext(5, "kernel", { prefix: "web" }));
 * const encoder = new PcapngEncoder();
 * const file = [encoder.start(), encoder.encode(builder.build(), "gw1")];
 *
 * for await (const { comments } of decodePcapng(ReadableStream.from(file))) {
 *   assert.deepEqual(comments, ["prefix=web"]);
 * }
 * ```
 */
export async function* decodePcapng(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<PcapngPacket, void, void> {
  const parser = new PcapngParser();
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
