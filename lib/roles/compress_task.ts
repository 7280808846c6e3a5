import { compressBody } from "../wire/compression.ts";
import { encodeLegacyBatch } from "../wire/legacy_encoder.ts";
import type { CompressionResult, CompressionTask } from "./compressor.ts";

/**
 * Compresses, here and now.
 *
 * @param task What to compress.
 * @returns What came of it, in the same memory where it fits.
 */
export function runCompressionTask(task: CompressionTask): CompressionResult {
  const { buffer, start, end, method } = task;
  const bytes = new Uint8Array(buffer, start, end - start);
  switch (method.kind) {
    case "frame": {
      const { codec, level } = method;
      const compressed = compressBody(bytes, codec, level);
      if (compressed.byteLength >= bytes.byteLength) {
        return { buffer, start, end, codec: "none" };
      }
      bytes.set(compressed);
      return { buffer, start, end: start + compressed.byteLength, codec };
    }
    case "legacy": {
      const message = encodeLegacyBatch(bytes, method.level);
      const room = buffer.byteLength - start;
      const codec = "deflate";
      if (message.byteLength > room) {
        return {
          buffer: message.buffer,
          start: message.byteOffset,
          end: message.byteOffset + message.byteLength,
          codec,
        };
      }
      new Uint8Array(buffer).set(message, start);
      return { buffer, start, end: start + message.byteLength, codec };
    }
  }
}
