import { BatchBuilder } from "../batch_builder.ts";
import type { PacketBatch } from "../packet.ts";
import { appendBatch } from "../rate/append_batch.ts";
import type { CancelTimer, Timers } from "./timers.ts";

/** How long packets are held to be written together, in milliseconds. */
const HOLD = 20;
/** Bytes that are written together at most, unless they came together. */
const ENOUGH = 64 * 1024;

/** Gathers packets that come one a message, as the Python original sends them, since to write each by itself would cost more than all the rest. */
export class LegacyGatherer {
  readonly #timers: Timers;
  readonly #write: (batch: PacketBatch) => void;
  #batches: PacketBatch[] = [];
  #bytes = 0;
  #cancel: CancelTimer | undefined;

  /**
   * Makes a gatherer with nothing in it.
   *
   * @param timers Tells when packets have been held for long enough.
   * @param write Takes what was gathered; it may keep it.
   */
  constructor(timers: Timers, write: (batch: PacketBatch) => void) {
    this.#timers = timers;
    this.#write = write;
  }

  /**
   * Adds packets.
   *
   * @param batch The packets; they must stay as they are until they were written.
   */
  add(batch: PacketBatch): void {
    this.#batches.push(batch);
    this.#bytes += batch.records.byteLength;
    if (this.#bytes >= ENOUGH) this.flush();
    else this.#cancel ??= this.#timers.after(HOLD, () => this.flush());
  }

  /** Writes what was gathered so far. */
  flush(): void {
    this.cancel();
    const batches = this.#batches;
    this.#batches = [];
    if (batches.length === 1) batches.forEach(this.#write);
    else if (batches.length > 1) this.#join(batches);
    this.#bytes = 0;
  }

  #join(batches: readonly PacketBatch[]): void {
    const bytes = new Uint8Array(this.#bytes);
    let builder = new BatchBuilder(bytes);
    for (const batch of batches) {
      if (appendBatch(batch, builder)) continue;
      // IPv4 and IPv6 have taken turns so often that there are too many runs: the rest of the memory is another batch's.
      this.#write(builder.build());
      builder = new BatchBuilder(bytes, { start: builder.end });
      appendBatch(batch, builder);
    }
    this.#write(builder.build());
  }

  /** Forgets the timer; what was gathered stays until {@linkcode flush}. */
  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
