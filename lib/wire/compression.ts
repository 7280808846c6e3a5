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
import { zstdFrameSize } from "./zstd_frame.ts";

/** The level that zstd takes where none is given (ZSTD_CLEVEL_DEFAULT, which Deno's `constants` lack). */
const ZSTD_DEFAULT_LEVEL = 3;

/** Largest window that a zstd body may ask for, as a power of two: no more memory than the body itself may take. */
const ZSTD_WINDOW = Math.log2(MAX_BODY_SIZE);

/** What bodies seldom expand by more than. */
const USUAL_EXPANSION = 8;

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
      return cutToFrame(asBytes(zstdCompressSync(body, {
        params: {
          [constants.ZSTD_c_compressionLevel]: level ?? ZSTD_DEFAULT_LEVEL,
        },
        // Tables and window of the size of the body: a third less time, and no window that a receiver refuses.
        pledgedSrcSize: body.byteLength,
      } as ZstdOptions)));
    case "deflate":
      return asBytes(deflateSync(body, { level: level ?? -1 }));
  }
}

/** Leaves out an empty frame, which Deno puts behind one that is larger than a piece of its output (16 KiB). */
function cutToFrame(compressed: Uint8Array): Uint8Array {
  return compressed.subarray(0, zstdFrameSize(compressed));
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
 * @throws {FrameError} If it does not decompress to just that size, or more bytes follow its compressed stream.
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
  const { bytes, consumed } = decompress(body, codec, size);
  if (bytes.byteLength !== size) {
    throw refused(
      `it gives ${bytes.byteLength} bytes, its header says ${size}`,
    );
  }
  if (consumed !== body.byteLength) {
    throw refused(
      `${body.byteLength - consumed} bytes follow its compressed body`,
    );
  }
  return bytes;
}

/** What decompressing gave. */
interface Decompressed {
  bytes: Uint8Array;
  /** Bytes of the input that belonged to the stream. */
  consumed: number;
}

function decompress(
  body: Uint8Array,
  codec: Exclude<Codec, "none">,
  size: number,
): Decompressed {
  // One byte more than announced is let through, to be refused by the caller.
  const maxOutputLength = size + 1;
  // In one piece it takes half the time; but memory is not taken on the word of a few bytes.
  const chunkSize = Math.max(
    Math.min(maxOutputLength, USUAL_EXPANSION * body.byteLength),
    constants.Z_MIN_CHUNK,
  );
  // With `info` Node tells where the stream ended; of zstd it goes on to the next frame at times.
  const options = { maxOutputLength, chunkSize, info: true };
  try {
    const result = codec === "zstd"
      ? zstdDecompressSync(body, {
        ...options,
        params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW },
      })
      : inflateSync(body, options);
    // Node's types do not know what `info` gives.
    const { buffer, engine } = result as unknown as {
      buffer: Uint8Array;
      engine: { bytesWritten: number };
    };
    const consumed = codec === "zstd"
      ? zstdFrameSize(body)
      : engine.bytesWritten;
    return { bytes: asBytes(buffer), consumed };
  } catch (cause) {
    throw refused(
      cause instanceof Error ? cause.message : String(cause),
      cause,
    );
  }
}

function refused(state: string, cause?: unknown): FrameError {
  return new FrameError(
    `Cannot decompress a frame: ${state}`,
    "compression",
    { cause },
  );
}
