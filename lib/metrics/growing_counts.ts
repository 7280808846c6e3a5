import type { Sample } from "./sample.ts";

/** A count that only grows, over all runs of those who count it. */
export interface GrowingCount {
  /** The latest number that was added to it, for its name and whom it is about. */
  readonly sample: Sample;
  /** The sum. */
  total: number;
}

/** How a source that was never seen before counts: from nothing, or from where it is now. */
export type FirstSight = "from zero" | "from now";

/**
 * Makes counts that only grow of numbers that start anew with each run of a sender, are taken back at times, and are forgotten in the end.
 *
 * A number that goes back counts on when it is above its highest again.
 */
export class GrowingCounts {
  readonly #counts = new Map<string, GrowingCount>();
  /** The highest number of each source, by what identifies it. */
  #highest = new Map<string, number>();
  readonly #seriesOf: (sample: Sample) => string;
  readonly #firstSight: (sample: Sample) => FirstSight;

  /**
   * Makes counts that have seen nothing.
   *
   * @param seriesOf Tells which samples are added up: those of one text. They must be few, as none is forgotten.
   * @param firstSight Tells how a source counts that was never seen before.
   */
  constructor(
    seriesOf: (sample: Sample) => string,
    firstSight: (sample: Sample) => FirstSight = () => "from zero",
  ) {
    this.#seriesOf = seriesOf;
    this.#firstSight = firstSight;
  }

  /** The counts, by series. */
  get counts(): ReadonlyMap<string, GrowingCount> {
    return this.#counts;
  }

  /**
   * Adds what the numbers have grown by since the last time; those that are missing now are forgotten, their sums stay.
   *
   * @param samples All numbers, as they are now; levels among them are left out.
   */
  update(samples: readonly Sample[]): void {
    const highest = new Map<string, number>();
    for (const sample of samples) {
      if (sample.kind !== "count") continue;
      const { source, scope, group = "", name, value } = sample;
      const key = [source, scope, group, name].join("\n");
      const before = this.#highest.get(key) ?? this.#start(sample);
      highest.set(key, Math.max(before, value));
      this.#add(sample, Math.max(value - before, 0));
    }
    this.#highest = highest;
  }

  #start(sample: Sample): number {
    return this.#firstSight(sample) === "from zero" ? 0 : sample.value;
  }

  #add(sample: Sample, growth: number): void {
    const series = this.#seriesOf(sample);
    const count = this.#counts.get(series);
    if (count === undefined) {
      this.#counts.set(series, { sample, total: growth });
    } else count.total += growth;
  }
}
