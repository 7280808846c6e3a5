import type { SensorLedger } from "../pcapng/mod.ts";
import type { CaptureEncoder } from "./capture_encoder.ts";
import type { Chunk } from "./chunk.ts";

/** How a capture is ended. */
export interface EndCaptureOptions {
  /** What made the chunks. */
  encoder: Pick<CaptureEncoder, "finish">;
  /** Tells what became of the packets, once all of them were written. */
  ledger: () => readonly SensorLedger[];
  /** Milliseconds to wait at most for packets to be written. @default {5000} */
  bound?: number;
}

/**
 * Writes what a capture ends with: statistics, where the format has them.
 *
 * @param output Where the packets went; it is left open.
 * @param options How.
 */
export async function endCapture(
  output: {
    flush(bound: number): Promise<boolean>;
    offer(chunk: Chunk): void;
  },
  options: EndCaptureOptions,
): Promise<void> {
  const { encoder, ledger, bound = 5000 } = options;
  if (!await output.flush(bound)) return;
  const bytes = encoder.finish(ledger());
  if (bytes.length === 0) return;
  output.offer({ bytes, packets: 0, release: () => undefined });
}
