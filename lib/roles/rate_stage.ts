import type { BatchBuilder } from "../batch_builder.ts";
import { flowHash } from "../dissect/flow_hash.ts";
import type { SenderLedger } from "../metrics/sender_ledger.ts";
import type { PacketBatch } from "../packet.ts";
import { appendBatch, type PacketFilter } from "../rate/append_batch.ts";
import type { RateControl } from "../rate/rate_control.ts";
import type { BatchSender, PackedBatch } from "./batch_sender.ts";
import type { CompressBuffers } from "./compress_buffers.ts";
import type {
  CompressionMethod,
  CompressionResult,
  Compressor,
} from "./compressor.ts";
import type { OrderedQueue } from "./ordered_queue.ts";
import type { Parcel } from "./parcel.ts";
import type { CancelTimer, Timers } from "./timers.ts";

/** What everything shares that goes through one rate control. */
export interface RateSurroundings {
  /** Decides. */
  readonly control: RateControl;
  /** Compresses. */
  readonly compressor: Compressor;
  /** Puts what is ready into order. */
  readonly queue: OrderedQueue<Parcel>;
  /** Memory for what is compressed. */
  readonly buffers: CompressBuffers;
  /** Does things later. */
  readonly timers: Timers;
  /** The time in milliseconds, of a clock that nobody sets. */
  readonly monotonic: () => number;
  /** Told when compression fails, which ends everything. */
  readonly onError: (error: unknown) => void;
}

/** How a {@linkcode RateStage} works. */
export interface RateStageOptions {
  /** How batches are compressed. */
  readonly method: CompressionMethod;
  /** How long packets are held at most to be compressed together, in milliseconds. */
  readonly flushTimeout: number;
  /** How long packets that come singly are held at most to be sent together while nothing is compressed, in milliseconds. */
  readonly gatherTimeout: number;
  /** Whether to wait for the compressor when it has much to do, in place of sending uncompressed. */
  readonly patient: boolean;
  /** Sends what goes out. */
  readonly sender: BatchSender;
  /** Books what does not. */
  readonly ledger: SenderLedger;
}

/** Bytes of a batch that is as good as full. */
const ALMOST_FULL = 2048;

/** Takes batches through a rate control: sheds flows, gathers, compresses, and makes parcels in the order in which they came. */
export class RateStage {
  readonly #shared: RateSurroundings;
  readonly #options: RateStageOptions;
  readonly #keep: PacketFilter;
  /** What flow shedding leaves of a batch. */
  readonly #scratch: BatchBuilder;
  #gathered: BatchBuilder | undefined;
  #cancelFlush: CancelTimer | undefined;

  /**
   * Makes a stage with nothing in it.
   *
   * @param shared What it shares with others.
   * @param options How it works.
   */
  constructor(shared: RateSurroundings, options: RateStageOptions) {
    this.#shared = shared;
    this.#options = options;
    this.#scratch = shared.buffers.take();
    const { control } = shared;
    this.#keep = (bytes, offset, length) =>
      control.keeps(flowHash(bytes, offset, length));
  }

  /**
   * Takes a batch that may be sent from its own memory.
   *
   * @param builder The batch, not empty.
   * @param release Called when the builder is no longer needed: now or later.
   */
  takeBuilder(builder: BatchBuilder, release: () => void): void {
    const batch = builder.build();
    const kept = this.#shed(batch);
    if (!this.#shared.control.compresses && kept === batch) {
      this.flush();
      this.#sendPlain(builder, release);
      return;
    }
    if (kept.packets > 0) this.#gather(kept, 0);
    release();
  }

  /**
   * Takes packets that come few at a time.
   *
   * @param batch The packets; they are copied.
   */
  takeBatch(batch: PacketBatch): void {
    const kept = this.#shed(batch);
    if (kept.packets > 0) this.#gather(kept, this.#options.gatherTimeout);
  }

  /** Sends off what was gathered. */
  flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    const builder = this.#gathered;
    this.#gathered = undefined;
    if (builder !== undefined) this.#dispatch(builder);
  }

  /** Leaves out the flows that do not pass now. */
  #shed(batch: PacketBatch): PacketBatch {
    const { control, monotonic } = this.#shared;
    control.offer(batch.records.byteLength, monotonic());
    let kept = batch;
    if (control.share < 1) {
      this.#scratch.reset();
      const scratch = this.#scratch.hasRoomFor(batch)
        ? this.#scratch
        : this.#shared.buffers.takeFor(batch);
      appendBatch(batch, scratch, this.#keep);
      kept = scratch.build();
      this.#options.ledger.bookShed(batch, kept);
    }
    control.keep(control.estimate(kept.records.byteLength));
    return kept;
  }

  #sendPlain(builder: BatchBuilder, release: () => void): void {
    const { control, queue, monotonic } = this.#shared;
    const { sender, ledger } = this.#options;
    const estimate = control.estimate(builder.size);
    if (!control.admit(estimate, monotonic())) {
      ledger.book(builder.build(), "rate_dropped");
      release();
      return;
    }
    queue.push({
      send(): void {
        if (control.settle(estimate, monotonic())) {
          control.spend(sender.send(builder));
        } else ledger.book(builder.build(), "rate_dropped");
        release();
      },
    });
  }

  #gather(batch: PacketBatch, timeout: number): void {
    const { control, buffers, timers } = this.#shared;
    if (this.#gathered !== undefined && !this.#gathered.hasRoomFor(batch)) {
      this.flush();
    }
    let builder = this.#gathered ?? buffers.take();
    if (!builder.hasRoomFor(batch)) builder = buffers.takeFor(batch);
    this.#gathered = builder;
    appendBatch(batch, builder);
    const limit = control.compresses ? this.#options.flushTimeout : timeout;
    if (limit === 0 || builder.limit - builder.end < ALMOST_FULL) {
      this.flush();
    } else {
      this.#cancelFlush ??= timers.after(limit, () => this.flush());
    }
  }

  #dispatch(builder: BatchBuilder): void {
    const { control, compressor, queue, buffers, monotonic } = this.#shared;
    const { sender, ledger, method, patient } = this.#options;
    const estimate = control.estimate(builder.size);
    const { bytes } = builder;
    if (!control.admit(estimate, monotonic())) {
      ledger.book(builder.build(), "rate_dropped");
      buffers.give(bytes.buffer);
      return;
    }
    const packed = sender.pack(builder);
    const { start, end } = packed;
    const whole = { buffer: bytes.buffer, start, end };
    if (!control.compresses || compressor.isBusy && !patient) {
      queue.push(this.#parcel(packed, { ...whole, codec: "none" }, estimate));
      return;
    }
    const place = queue.begin();
    compressor.compress({ ...whole, method }).then((result) => {
      control.learn(end - start, result.end - result.start);
      place.fill(this.#parcel(packed, result, estimate));
    }).catch(this.#shared.onError);
  }

  #parcel(
    packed: PackedBatch,
    result: CompressionResult,
    estimate: number,
  ): Parcel {
    const { control, buffers, monotonic } = this.#shared;
    const { sender, ledger } = this.#options;
    return {
      send(): void {
        if (control.settle(estimate, monotonic())) {
          control.spend(sender.sendPacked(packed, result));
        } else ledger.book(packed.manifest, "rate_dropped");
        buffers.give(result.buffer);
      },
    };
  }
}
