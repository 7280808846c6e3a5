import {
  constants,
  deflateSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import type { Codec } from "./constants.ts";
import { FrameError } from "./frame_error.ts";

/** The level that zstd takes where none is given (ZSTD_CLEVEL_DEFAULT, which Deno's `constants` lack). */
const ZSTD_DEFAULT_LEVEL = 3;

/**
 * Compresses the body of a frame.
 *
 * @param body The body; it is not changed.
 * @param codec How.
 * @param level How hard to try: zstd -7 to 22, deflate 0 to 9; the codec's own default where it is left out.
 * @returns New bytes; `body` itself for the codec `none`.
 */
export function compressBody(
  body: Uint8Array,
  codec: Codec,
  level?: number,
): Uint8Array {
  switch (codec) {
    case "none":
      return body;
    case "zstd":
      return asBytes(zstdCompressSync(body, {
        params: {
          [constants.ZSTD_c_compressionLevel]: level ?? ZSTD_DEFAULT_LEVEL,
        },
      }));
    case "deflate":
      return asBytes(deflateSync(body, { level: level ?? -1 }));
  }
}

/** Turns Node's Buffer, whose `slice` does not copy, into the array that it pretends to be. */
function asBytes({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * Decompresses the body of a frame, taking no more memory than the frame's header announced.
 *
 * @param body The body as it came.
 * @param codec How it is compressed.
 * @param size The size it must have uncompressed, in bytes.
 * @returns New bytes, `size` of them; `body` itself for the codec `none`.
 * @throws {FrameError} If it does not decompress to just that size.
 */
export function decompressBody(
  body: Uint8Array,
  codec: Codec,
  size: number,
): Uint8Array {
  if (codec === "none") return body;
  let result: Uint8Array;
  try {
    // One byte more than announced is let through, to be refused below.
    const options = { maxOutputLength: size + 1 };
    result = asBytes(
      codec === "zstd"
        ? zstdDecompressSync(body, options)
        : inflateSync(body, options),
    );
  } catch (cause) {
    throw new FrameError(
      `Cannot decompress a frame: ${
        cause instanceof Error ? cause.message : String(cause)
      }`,
      "compression",
      { cause },
    );
  }
  if (result.byteLength !== size) {
    throw new FrameError(
      `Cannot decompress a frame: it gives ${result.byteLength} bytes, its header says ${size}`,
      "compression",
    );
  }
  return result;
}
