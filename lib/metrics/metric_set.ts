import { Counter, Gauge, Registry } from "prom-client";

/** Everything that a number may be labelled with. */
export type Labels = Partial<
  Record<"sensor" | "group" | "state" | "program" | "version", string>
>;

const LABEL_NAMES = ["sensor", "group", "state", "program", "version"];

/** Metrics of Prometheus that come into being when they are first set, and are set anew for each look at them. */
export class MetricSet {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter<string>>();
  readonly #gauges = new Map<string, Gauge<string>>();

  /** The type of what {@linkcode format} gives, for HTTP. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Takes all values out. */
  clear(): void {
    for (const counter of this.#counters.values()) counter.reset();
    for (const gauge of this.#gauges.values()) gauge.reset();
  }

  /**
   * Gives a counter, which is made when it is not there.
   *
   * @param name Its name.
   * @param help What it counts.
   * @returns The counter; adding to it once after {@linkcode clear} sets it.
   */
  counter(name: string, help: string): Counter<string> {
    let counter = this.#counters.get(name);
    if (counter === undefined) {
      const registers = [this.#registry];
      counter = new Counter({ name, help, registers, labelNames: LABEL_NAMES });
      this.#counters.set(name, counter);
    }
    return counter;
  }

  /**
   * Gives a gauge, which is made when it is not there.
   *
   * @param name Its name.
   * @param help What it shows.
   * @returns The gauge.
   */
  gauge(name: string, help: string): Gauge<string> {
    let gauge = this.#gauges.get(name);
    if (gauge === undefined) {
      const registers = [this.#registry];
      gauge = new Gauge({ name, help, registers, labelNames: LABEL_NAMES });
      this.#gauges.set(name, gauge);
    }
    return gauge;
  }

  /** Writes all of them in the text form of Prometheus. */
  format(): Promise<string> {
    return this.#registry.metrics();
  }
}
