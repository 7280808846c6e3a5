// What programs that keep a rate open: threads that compress, timers, and how frames are compressed.

import type { RateControlSettings } from "../../lib/cli/groups/rate_control_options.ts";
import type { WireFormat } from "../../lib/cli/groups/wire_options.ts";
import { CompressPool } from "../../lib/roles/compress_pool.ts";
import type { CompressionMethod } from "../../lib/roles/compressor.ts";
import type { Logger } from "../../lib/roles/logger.ts";
import type { RateDependencies } from "../../lib/roles/rate_control_stream.ts";
import { TIMERS } from "../../lib/roles/timers.ts";
import { hasZstd } from "../../lib/wire/compression.ts";
import { LEGACY_LEVEL } from "../../lib/wire/legacy_encoder.ts";

/** Most threads that compress; one does some 200 MB/s. */
const MAX_THREADS = 4;

/**
 * The Python original's messages that are worth a frame of 256 KiB: a message of the original is a packet. By it the bound on what waits for the network stays
 * about the same.
 */
const LEGACY_MESSAGES_PER_FRAME = 256;

/** What a program that keeps a rate is told. */
export interface RateCommand {
  /** How the rate is kept. */
  rateControl: RateControlSettings;
  /** What goes over the wire. */
  wireFormat: WireFormat;
}

/**
 * Opens what rate control needs, and waits until its threads work. Their script is read here, so do it before giving up rights.
 *
 * @param command What the program is told.
 * @param options Where to say what happens, and what ends the threads.
 * @returns What rate control works on.
 */
export async function openRateDependencies(
  { rateControl, wireFormat }: RateCommand,
  { logger, stack }: { logger: Logger; stack: AsyncDisposableStack },
): Promise<RateDependencies> {
  const { lowWatermark, compressionTimeout } = rateControl;
  const threads = Math.min(
    Math.max(navigator.hardwareConcurrency - 1, 1),
    MAX_THREADS,
  );
  const pool = await CompressPool.open(lowWatermark > 0 ? threads : 0);
  return {
    rate: rateControl,
    method: wireFormat === "legacy"
      ? legacyMethod(rateControl)
      : frameMethod(rateControl, logger),
    flushTimeout: compressionTimeout,
    compressor: stack.use(pool),
    timers: TIMERS,
    monotonic: () => performance.now(),
    logger,
  };
}

/**
 * Tells how many messages may wait for an endpoint.
 *
 * @param frames How many frames may wait.
 * @param wireFormat What goes over the wire.
 * @returns How many messages that are.
 */
export function messagesThatMayWait(
  frames: number,
  wireFormat: WireFormat,
): number {
  return wireFormat === "legacy" ? frames * LEGACY_MESSAGES_PER_FRAME : frames;
}

/** The original's compressed messages are always zlib's. */
function legacyMethod(settings: RateControlSettings): CompressionMethod {
  const { codec, compressionLevel } = settings;
  const level = codec === "deflate" ? compressionLevel : LEGACY_LEVEL;
  return { kind: "legacy", level };
}

function frameMethod(
  { codec, compressionLevel }: RateControlSettings,
  logger: Logger,
): CompressionMethod {
  if (codec === "zstd" && !hasZstd()) {
    logger.warn(
      "Frames are compressed by deflate: this Deno has no zstd, a later one does",
      { deno: Deno.version.deno },
    );
    return { kind: "frame", codec: "deflate", level: undefined };
  }
  return { kind: "frame", codec, level: compressionLevel };
}
