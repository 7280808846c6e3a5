import {
  constants,
  deflateSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
  type ZstdOptions,
} from "node:zlib";
import { type Codec, MAX_BODY_SIZE } from "./constants.ts";
import { FrameError } from "./frame_error.ts";

/** The level that zstd takes where none is given (ZSTD_CLEVEL_DEFAULT, which Deno's `constants` lack). */
const ZSTD_DEFAULT_LEVEL = 3;

/** Largest window that a zstd body may ask for, as a power of two: no more memory than the body itself may take. */
const ZSTD_WINDOW = Math.log2(MAX_BODY_SIZE);

let zstdWorks: boolean | undefined;

/**
 * Tells whether this runtime has zstd: `node:zlib` has it from Deno 2.6.10 on.
 *
 * @returns Whether bodies can be compressed and decompressed by it.
 */
export function hasZstd(): boolean {
  if (zstdWorks === undefined) {
    try {
      zstdCompressSync(new Uint8Array(1));
      zstdWorks = true;
    } catch (error) {
      // The function is there in older ones too, and what it calls is not.
      if (!(error instanceof TypeError)) throw error;
      zstdWorks = false;
    }
  }
  return zstdWorks;
}

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
        // Tables and window of the size of the body: a third less time, and no window that a receiver refuses.
        pledgedSrcSize: body.byteLength,
      } as ZstdOptions));
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
  if (codec === "zstd" && !hasZstd()) {
    throw new FrameError(
      "Cannot decompress a frame: it is compressed with zstd, which Deno has from 2.6.10 on",
      "codec",
    );
  }
  let result: Uint8Array;
  try {
    // One byte more than announced is let through, to be refused below.
    const maxOutputLength = size + 1;
    const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW };
    result = asBytes(
      codec === "zstd"
        ? zstdDecompressSync(body, { maxOutputLength, params })
        : inflateSync(body, { maxOutputLength }),
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
