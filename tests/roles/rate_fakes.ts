// What rate control works on, for tests: timers and a compressor that do things only when a test says so.
import { SenderLedger } from "../../lib/metrics/sender_ledger.ts";
import {
  RATE_CONTROL_DEFAULTS,
  RateControl,
  type RateControlOptions,
} from "../../lib/rate/rate_control.ts";
import type { BatchSender } from "../../lib/roles/batch_sender.ts";
import { CompressBuffers } from "../../lib/roles/compress_buffers.ts";
import { runCompressionTask } from "../../lib/roles/compress_task.ts";
import type {
  CompressionMethod,
  CompressionResult,
  CompressionTask,
  Compressor,
} from "../../lib/roles/compressor.ts";
import { type FrameOutlet, FrameSender } from "../../lib/roles/frame_sender.ts";
import { LegacySender } from "../../lib/roles/legacy_sender.ts";
import { OrderedQueue } from "../../lib/roles/ordered_queue.ts";
import { RateStage } from "../../lib/roles/rate_stage.ts";
import type { RateSurroundings } from "../../lib/roles/rate_stage.ts";
import type { CancelTimer, Timers } from "../../lib/roles/timers.ts";
import type { PacketBatch } from "../../lib/packet.ts";
import { MessageDecoder } from "../../lib/wire/message_decoder.ts";
import { FakeClock } from "./fakes.ts";

interface Timer {
  due: number;
  period: number | undefined;
  run: () => void;
}

/** Timers on a clock that moves when told. */
export class ManualTimers extends FakeClock implements Timers {
  readonly #timers = new Set<Timer>();

  /** Timers that wait. */
  get running(): number {
    return this.#timers.size;
  }

  after(milliseconds: number, run: () => void): CancelTimer {
    return this.#start({
      due: this.time + milliseconds,
      period: undefined,
      run,
    });
  }

  every(period: number, run: () => void): CancelTimer {
    return this.#start({ due: this.time + period, period, run });
  }

  #start(timer: Timer): CancelTimer {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass; what is due meanwhile happens at its time. */
  advance(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      let next: Timer | undefined;
      for (const timer of this.#timers) {
        if (timer.due <= end && timer.due < (next?.due ?? Infinity)) {
          next = timer;
        }
      }
      if (next === undefined) break;
      this.time = next.due;
      if (next.period === undefined) this.#timers.delete(next);
      else next.due += next.period;
      next.run();
    }
    this.time = end;
  }
}

/** Compresses here, but answers only when told. */
export class ManualCompressor implements Compressor {
  isBusy = false;
  readonly tasks: (() => void)[] = [];
  readonly #automatic: boolean;

  constructor({ automatic = false }: { automatic?: boolean } = {}) {
    this.#automatic = automatic;
  }

  compress(task: CompressionTask): Promise<CompressionResult> {
    // As when memory moves to another thread, nobody here can use it any more.
    const moved = { ...task, buffer: task.buffer.transfer() };
    return new Promise((resolve) => {
      const answer = (): void => resolve(runCompressionTask(moved));
      if (this.#automatic) answer();
      else this.tasks.push(answer);
    });
  }
}

/** A socket that keeps copies of what it takes. */
export class RecordingOutlet implements FrameOutlet {
  readonly messages: Uint8Array<ArrayBuffer>[] = [];
  room = Infinity;

  get hasRoom(): boolean {
    return this.room > 0;
  }

  trySend(message: Uint8Array<ArrayBuffer>): boolean {
    if (this.room <= 0) return false;
    this.room--;
    this.messages.push(message.slice());
    return true;
  }

  /** What came out, read as a receiver reads it. */
  get batches(): PacketBatch[] {
    const decoder = new MessageDecoder();
    return this.messages.map((message) => decoder.decode(message).batch);
  }

  get bytes(): number {
    return this.messages.reduce((sum, { length }) => sum + length, 0);
  }
}

/** Lets everything that is ready happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

/** How a {@linkcode RateBench} is set. */
export interface RateBenchOptions {
  rate?: Partial<RateControlOptions>;
  wire?: "frames" | "legacy";
  codec?: "zstd" | "deflate";
  flushTimeout?: number;
  gatherTimeout?: number;
  patient?: boolean;
  compressor?: ManualCompressor;
}

/** A rate stage with everything around it. */
export class RateBench {
  readonly timers = new ManualTimers();
  readonly outlet = new RecordingOutlet();
  readonly ledger = new SenderLedger();
  readonly compressor: ManualCompressor;
  readonly control: RateControl;
  readonly shared: RateSurroundings;
  readonly sender: BatchSender;
  readonly stage: RateStage;
  readonly errors: unknown[] = [];
  readonly method: CompressionMethod;

  constructor(options: RateBenchOptions = {}) {
    const { wire = "frames", codec = "deflate", patient = false } = options;
    const { ledger, outlet, timers } = this;
    this.compressor = options.compressor ??
      new ManualCompressor({ automatic: true });
    this.control = new RateControl(
      { ...RATE_CONTROL_DEFAULTS, ...options.rate },
      { now: 0, onChange: () => {} },
    );
    this.shared = {
      control: this.control,
      compressor: this.compressor,
      queue: new OrderedQueue((parcel) => parcel.send()),
      buffers: new CompressBuffers(),
      timers,
      monotonic: timers.now,
      onError: (error) => this.errors.push(error),
    };
    this.sender = wire === "frames"
      ? new FrameSender([outlet], {
        ledger,
        identity: { sensor: "gate", instance: 7n },
        now: () => 0,
      })
      : new LegacySender([outlet], { ledger, marked: true });
    this.method = wire === "frames"
      ? { kind: "frame", codec, level: undefined }
      : { kind: "legacy", level: 6 };
    this.stage = new RateStage(this.shared, {
      method: this.method,
      flushTimeout: options.flushTimeout ?? 200,
      gatherTimeout: options.gatherTimeout ?? 0,
      patient,
      sender: this.sender,
      ledger,
    });
  }
}
