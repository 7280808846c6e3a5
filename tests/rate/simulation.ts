// Traffic through a RateControl on a clock that is only a number: what a sender does with frames, without the frames.
import {
  type RateChange,
  RateControl,
  type RateControlOptions,
} from "../../lib/rate/rate_control.ts";
import { makeRandom } from "../pcap/packets.ts";

/** The traffic, and what compression makes of it. */
export interface Traffic {
  /** Bytes a second at a time in milliseconds. */
  rate: (now: number) => number;
  /** Compressed size by plain size. */
  ratio: number;
  /** How long it lasts, in milliseconds. */
  duration: number;
  /** How long compression takes, in milliseconds. @default {10} */
  delay?: number;
  /** Number of flows. @default {500} */
  flows?: number;
}

/** A frame that was sent. */
export interface SentFrame {
  now: number;
  size: number;
  compressed: boolean;
}

/** What became of the traffic. */
export interface Outcome {
  sent: SentFrame[];
  changes: (RateChange & { now: number })[];
  packets: { offered: number; sent: number; shed: number; dropped: number };
  /** Bytes offered and passed by flow. */
  flows: Map<number, { offered: number; passed: number }>;
  control: RateControl;
}

const STEP = 10;
const PACKET = 1000;

/** Runs traffic through a rate control: a batch every 10 ms. */
export function simulate(
  options: RateControlOptions,
  traffic: Traffic,
): Outcome {
  return new Simulation(options, traffic).run();
}

class Simulation {
  readonly #traffic: Required<Traffic>;
  readonly #hashes: number[];
  readonly #random = makeRandom(11);
  readonly #outcome: Outcome;
  /** Frames being compressed, in their order. */
  readonly #inHand: { due: number; finish: () => void }[] = [];
  #now = 0;
  #owed = 0;

  constructor(options: RateControlOptions, traffic: Traffic) {
    this.#traffic = { delay: 10, flows: 500, ...traffic };
    const { flows } = this.#traffic;
    this.#hashes = Array.from(
      { length: flows },
      () => this.#random(2 ** 32 - 1),
    );
    const changes: Outcome["changes"] = [];
    const onChange = (change: RateChange): void => {
      changes.push({ ...change, now: this.#now });
    };
    this.#outcome = {
      sent: [],
      changes,
      packets: { offered: 0, sent: 0, shed: 0, dropped: 0 },
      flows: new Map(
        this.#hashes.map((hash) => [hash, { offered: 0, passed: 0 }]),
      ),
      control: new RateControl(options, { now: 0, onChange }),
    };
  }

  run(): Outcome {
    for (; this.#now < this.#traffic.duration; this.#now += STEP) {
      while ((this.#inHand[0]?.due ?? Infinity) <= this.#now) {
        this.#inHand.shift()?.finish();
      }
      this.#take(this.#arrivals());
    }
    for (const { finish } of this.#inHand) finish();
    return this.#outcome;
  }

  /** The flow of each packet that comes now. */
  #arrivals(): number[] {
    const { rate, flows } = this.#traffic;
    this.#owed += rate(this.#now) * STEP / 1000;
    const arrivals: number[] = [];
    for (; this.#owed >= PACKET; this.#owed -= PACKET) {
      arrivals.push(this.#hashes[this.#random(flows)] ?? 0);
    }
    return arrivals;
  }

  #take(arrivals: readonly number[]): void {
    const { control, packets } = this.#outcome;
    const now = this.#now;
    packets.offered += arrivals.length;
    control.offer(arrivals.length * PACKET, now);
    const kept = arrivals.filter((hash) => control.keeps(hash));
    packets.shed += arrivals.length - kept.length;
    const size = kept.length * PACKET;
    control.keep(control.estimate(size));
    if (size === 0) return;
    this.#note(kept, "offered");
    const estimate = control.estimate(size);
    if (!control.admit(estimate, now)) {
      packets.dropped += kept.length;
      return;
    }
    const { compresses: compressed } = control;
    const finish = (): void => this.#finish(kept, { estimate, compressed });
    const due = now + (compressed ? this.#traffic.delay : 0);
    this.#inHand.push({ due, finish });
  }

  #finish(
    kept: readonly number[],
    { estimate, compressed }: { estimate: number; compressed: boolean },
  ): void {
    const { control, packets, sent } = this.#outcome;
    const before = kept.length * PACKET;
    const size = compressed ? before * this.#traffic.ratio : before;
    if (compressed) control.learn(before, size);
    if (!control.settle(estimate, this.#now)) {
      packets.dropped += kept.length;
      return;
    }
    control.spend(size);
    packets.sent += kept.length;
    sent.push({ now: this.#now, size, compressed });
    this.#note(kept, "passed");
  }

  #note(hashes: readonly number[], key: "offered" | "passed"): void {
    for (const hash of hashes) {
      const flow = this.#outcome.flows.get(hash);
      if (flow !== undefined) flow[key] += PACKET;
    }
  }
}

/** Bytes that were sent from one time to another, a second. */
export function sentRate(
  { sent }: Outcome,
  from: number,
  to: number,
): number {
  return sent.filter(({ now }) => now >= from && now < to)
    .reduce((sum, { size }) => sum + size, 0) * 1000 / (to - from);
}
