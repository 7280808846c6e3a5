import { FlowShare } from "./flow_share.ts";
import { RateMeter } from "./rate_meter.ts";
import { TokenBucket } from "./token_bucket.ts";

/** What is done to keep the rate: nothing, compressing, or dropping (and compressing). */
export type RateState = "pass" | "compress" | "shed";

/** What is dropped above the high watermark: what comes when it is full, or whole flows. */
export type ShedPolicy = "tail" | "flow";

/** How a rate is kept. */
export interface RateControlOptions {
  /** Rate from which frames are compressed, in bytes a second; 0 is never. @default {1048576} */
  lowWatermark: number;
  /** Rate that the output is kept to, in bytes a second; 0 is any. @default {5242880} */
  highWatermark: number;
  /** Bytes after which the rate is looked at, besides every second; 0 is none. @default {10485760} */
  watermarkInterval: number;
  /** What is dropped above the high watermark. @default {"flow"} */
  shed: ShedPolicy;
}

/** What {@linkcode RateControlOptions} are when nothing is said: those of the Python original. */
export const RATE_CONTROL_DEFAULTS: Readonly<RateControlOptions> = {
  lowWatermark: 1024 * 1024,
  highWatermark: 5 * 1024 * 1024,
  watermarkInterval: 10 * 1024 * 1024,
  shed: "flow",
};

/** A state that was left for another. */
export interface RateChange {
  /** The state before. */
  from: RateState;
  /** The state now. */
  to: RateState;
  /** What would go out if nothing was compressed or dropped, in bytes a second. */
  offered: number;
  /** What went on its way out, after compression, in bytes a second. */
  output: number;
  /** Which part of all flows passes now, 0 to 1. */
  share: number;
}

/** Longest time between two looks at the rate, in milliseconds. */
const LONGEST = 1000;
/** Shortest time between two looks because the burst is being used up, in milliseconds. */
const SHORTEST = 100;
/** Part of the burst that may be used up before anything is done about it. */
const BURST_USED = 0.5;
/** Time that what is left of the burst must last for, in seconds, or flows are dropped. */
const HORIZON = 0.2;
/** Weight of the last frame in the compression ratio. */
const RATIO_WEIGHT = 0.1;

/**
 * Decides what is done to keep a rate, by what it is told and a clock of the caller. All sizes are bytes, all times milliseconds.
 *
 * From the low watermark on frames are compressed. That is judged by what would go out uncompressed: by what goes out, compression would end itself as soon as
 * it works. What goes out is kept to the high watermark by a token bucket with one second of burst.
 *
 * @example Frames of 100 bytes every 10 ms, where 1000 bytes a second are allowed
 * ```ts
 * import assert from "node:assert/strict";
 * import { RATE_CONTROL_DEFAULTS, RateControl } from "./rate_control.ts";
 *
 * const options = { ...RATE_CONTROL_DEFAULTS, highWatermark: 1000 };
 * const control = new RateControl(options, { now: 0, onChange: () => {} });
 * let sent = 0;
 * for (let now = 0; now < 1000; now += 10) {
 *   control.offer(100, now);
 *   const size = control.estimate(100);
 *   if (!control.admit(size, now) || !control.settle(size, now)) continue;
 *   control.spend(100);
 *   sent++;
 * }
 * assert(sent >= 10 && sent <= 21);
 * ```
 */
export class RateControl {
  readonly #options: Readonly<RateControlOptions>;
  readonly #onChange: (change: RateChange) => void;
  readonly #bucket: TokenBucket | undefined;
  readonly #flows = new FlowShare();
  /** What would go out if nothing was done. */
  readonly #offered: RateMeter;
  /** What would go out if nothing was dropped. */
  readonly #whole: RateMeter;
  /** What would go out if only flows were dropped. */
  readonly #kept: RateMeter;
  #state: RateState = "pass";
  #compresses = false;
  #ratio: number | undefined;
  /** Estimated bytes of frames that were let in and have not been sent yet. */
  #reserved = 0;
  #dropped = false;
  /** Whether a size was estimated of which it is not known what compression makes of it. */
  #guessed = false;

  /**
   * Starts in the state "pass".
   *
   * @param options How the rate is kept.
   * @param now The time.
   * @param onChange Called when the state changes.
   */
  constructor(
    options: Readonly<RateControlOptions>,
    { now, onChange }: { now: number; onChange: (change: RateChange) => void },
  ) {
    this.#options = options;
    this.#onChange = onChange;
    this.#offered = new RateMeter(now);
    this.#whole = new RateMeter(now);
    this.#kept = new RateMeter(now);
    const { highWatermark: rate } = options;
    this.#bucket = rate > 0 ? new TokenBucket({ rate }, now) : undefined;
  }

  /** What is done now. */
  get state(): RateState {
    return this.#state;
  }

  /** Whether frames are to be compressed. */
  get compresses(): boolean {
    return this.#compresses;
  }

  /** Which part of all flows passes, 0 to 1. */
  get share(): number {
    return this.#flows.share;
  }

  /**
   * Tells whether the packets of a flow pass.
   *
   * @param hash The flow's number, 0 to 2^32 - 1.
   * @returns Whether they do.
   */
  keeps(hash: number): boolean {
    return this.#flows.keeps(hash);
  }

  /**
   * Looks at the rate if it is time to, and counts what comes.
   *
   * @param bytes Size of the frame as it would go out if nothing was done.
   * @param now The time.
   * @param expected Its size as it will go out if all of it does. @default {estimate(bytes)}
   */
  offer(bytes: number, now: number, expected?: number): void {
    this.look(now);
    this.#offered.add(bytes);
    this.#whole.add(expected ?? this.estimate(bytes));
  }

  /**
   * Counts what flow shedding has left of what was offered.
   *
   * @param expected Its size as it will go out.
   */
  keep(expected: number): void {
    this.#kept.add(expected);
  }

  /**
   * Tells how large a frame will be that has not been compressed yet.
   *
   * @param bytes Its size now.
   * @returns Bytes, by what compression has done of late.
   */
  estimate(bytes: number): number {
    if (this.#compresses && this.#ratio !== undefined) {
      return bytes * this.#ratio;
    }
    this.#guessed = true;
    return bytes;
  }

  /**
   * Asks whether a frame may be made ready to be sent; if so, {@linkcode settle} has to follow.
   *
   * @param estimate Its size as {@linkcode estimate} says.
   * @param now The time.
   * @returns Whether; if not, it is to be dropped.
   */
  admit(estimate: number, now: number): boolean {
    const left = (this.#bucket?.level(now) ?? Infinity) - this.#reserved;
    if (left <= 0) {
      this.#dropped = true;
      return false;
    }
    this.#reserved += estimate;
    return true;
  }

  /**
   * Asks whether a frame that was made ready may be sent.
   *
   * @param estimate What {@linkcode admit} was told.
   * @param now The time.
   * @returns Whether; if not, it is to be dropped. If it was sent, {@linkcode spend} has to be told.
   */
  settle(estimate: number, now: number): boolean {
    // Sums of fractions need not end at 0.
    this.#reserved = Math.max(this.#reserved - estimate, 0);
    const mayGo = (this.#bucket?.level(now) ?? Infinity) > 0;
    if (!mayGo) this.#dropped = true;
    return mayGo;
  }

  /**
   * Learns how well frames compress.
   *
   * @param before Size of a frame before.
   * @param after Its size after.
   */
  learn(before: number, after: number): void {
    const ratio = after / Math.max(before, 1);
    this.#ratio = this.#ratio === undefined
      ? ratio
      : this.#ratio + RATIO_WEIGHT * (ratio - this.#ratio);
  }

  /**
   * Counts what was sent.
   *
   * @param bytes Size of the message.
   */
  spend(bytes: number): void {
    this.#bucket?.take(bytes);
  }

  /**
   * Looks at the rate if it is time to. To be called every second at least, so that a stream that went quiet is noticed.
   *
   * @param now The time.
   */
  look(now: number): void {
    const elapsed = this.#offered.elapsed(now);
    const { watermarkInterval } = this.#options;
    const isDue = elapsed >= LONGEST ||
      watermarkInterval > 0 && this.#offered.bytes >= watermarkInterval ||
      elapsed >= SHORTEST && this.#isBurstUsed(now);
    if (!isDue) return;
    this.#evaluate(now);
    for (const meter of [this.#offered, this.#whole, this.#kept]) {
      meter.restart(now);
    }
    this.#dropped = false;
    this.#guessed = false;
  }

  #isBurstUsed(now: number): boolean {
    return this.#bucket !== undefined &&
      this.#bucket.fill(now) < 1 - BURST_USED;
  }

  #evaluate(now: number): void {
    const { lowWatermark, shed } = this.#options;
    const offered = this.#offered.rate(now);
    const output = this.#kept.rate(now);
    this.#compresses = lowWatermark > 0 && offered >= lowWatermark;
    // Sizes from before compression began, or had shown what it is worth, say nothing of what comes.
    const isKnown = !this.#compresses || !this.#guessed;
    if (shed === "flow" && isKnown) this.#shareOut(now);
    const sheds = this.#dropped || this.#flows.share < 1;
    const from = this.#state;
    this.#state = sheds ? "shed" : this.#compresses ? "compress" : "pass";
    if (from === this.#state) return;
    const { share } = this.#flows;
    this.#onChange({ from, to: this.#state, offered, output, share });
  }

  #shareOut(now: number): void {
    const { highWatermark: allowed } = this.#options;
    if (this.#bucket === undefined) return;
    const kept = this.#kept.rate(now);
    const whole = this.#whole.rate(now);
    const left = this.#bucket.level(now);
    if (this.#isBurstUsed(now) && left <= (kept - allowed) * HORIZON) {
      this.#flows.lower({ allowed, kept, whole });
    } else this.#flows.raise({ allowed, kept, whole });
  }
}
