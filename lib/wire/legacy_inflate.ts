import { constants, inflateSync } from "node:zlib";
import { FrameError } from "./frame_error.ts";
import { LEGACY, LEGACY_PREFIX_SIZE } from "./legacy_constants.ts";
import { MAX_LEGACY_EXPANSION } from "./legacy_constants.ts";
import { legacyFault } from "./legacy_packet.ts";

/** Bytes of a stream that are looked at before the rest: they expand to 1 MiB at most, which takes about a millisecond. */
const SAMPLE = 1024;
/** More than the sample can expand to: deflate makes at most 1032 bytes of one. */
const SAMPLE_LIMIT = 2 * 1024 * 1024;

/** What inflating gave. */
interface Inflated {
  bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of the input that belonged to the stream. */
  consumed: number;
}

/**
 * Expands the zlib stream of one of the original's messages.
 *
 * A start of it is expanded and looked at first, so that what holds no packets (such as a bomb of zeros) costs a millisecond and a megabyte, whatever it would
 * expand to.
 *
 * @param stream The stream, from the byte after the mark to the end of the message.
 * @returns New bytes, at most 64 MiB.
 * @throws {FrameError} If it is no whole zlib stream, bytes follow it, it expands to more, or does not begin with the original's packets.
 */
export function inflateLegacy(stream: Uint8Array): Uint8Array<ArrayBuffer> {
  if (stream.byteLength > SAMPLE) {
    const { bytes } = inflate(stream.subarray(0, SAMPLE), {
      maxOutputLength: SAMPLE_LIMIT,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    checkStart(bytes);
  }
  const maxOutputLength = MAX_LEGACY_EXPANSION;
  const { bytes, consumed } = inflate(stream, { maxOutputLength });
  if (consumed !== stream.byteLength) {
    throw refused(
      `${stream.byteLength - consumed} bytes follow its zlib stream`,
      consumed,
    );
  }
  return bytes;
}

function inflate(
  stream: Uint8Array,
  options: { maxOutputLength: number; finishFlush?: number },
): Inflated {
  try {
    // With `info` Node tells where the stream ended; its types do not know that.
    const { buffer, engine } = inflateSync(stream, {
      ...options,
      info: true,
    }) as unknown as {
      buffer: Uint8Array<ArrayBuffer>;
      engine: { bytesWritten: number };
    };
    // Not Node's Buffer, whose `slice` does not copy.
    const bytes = new Uint8Array(
      buffer.buffer,
      buffer.byteOffset,
      buffer.byteLength,
    );
    return { bytes, consumed: engine.bytesWritten };
  } catch (cause) {
    const state = cause instanceof Error ? cause.message : String(cause);
    throw refused(state, 0, cause);
  }
}

function refused(state: string, offset: number, cause?: unknown): FrameError {
  return new FrameError(
    `Cannot decompress one of the original's messages: ${state}`,
    "compression",
    { offset, cause },
  );
}

/** Checks as many packets as are whole, and what is there of the next one. */
function checkStart(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = LEGACY_PREFIX_SIZE + LEGACY.SIZE;
  for (let at = 0; at + head <= bytes.byteLength;) {
    const size = view.getUint32(at, false);
    const fault = legacyFault(view, at + LEGACY_PREFIX_SIZE, size);
    if (fault !== undefined) {
      throw new FrameError(
        `Cannot read the original's packet at ${at}: ${fault}`,
        "content",
        { offset: at },
      );
    }
    at += LEGACY_PREFIX_SIZE + size;
  }
}
