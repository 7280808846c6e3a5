import { Counter, Gauge, Registry } from "prom-client";
import { BoundedNames } from "./bounded_names.ts";
import { GrowingCounts } from "./growing_counts.ts";
import { METRIC_HELP } from "./metric_help.ts";
import { type Sample, samplesOf, type SampleScope } from "./sample.ts";
import type { StatsReport } from "./stats_report.ts";

/** What a process costs. */
export interface ProcessUsage {
  /** CPU time that it has used, in seconds. */
  cpuSeconds: number;
  /** Memory that it has, in bytes. */
  residentBytes: number;
}

/** Most sensors, and groups of sensors, that have numbers of their own; those of others are added up as `other`. */
export const LABEL_LIMITS = { SENSORS: 256, SENSOR_GROUPS: 256 } as const;

/** What names begin with, by whom the number is about. */
const PREFIXES: Readonly<Record<SampleScope, string>> = {
  program: "nflog_",
  group: "nflog_",
  sensor: "nflog_",
  "sensor group": "nflog_sensor_group_",
};

type Metric = Counter<string> | Gauge<string>;

/** Writes reports in the text form of Prometheus. */
export class PrometheusExporter {
  readonly #registry = new Registry();
  readonly #metrics = new Map<string, Metric>();
  readonly #sensors = new BoundedNames(LABEL_LIMITS.SENSORS);
  readonly #groups = new BoundedNames(LABEL_LIMITS.SENSOR_GROUPS);
  readonly #counts = new GrowingCounts((sample) =>
    JSON.stringify([this.#nameOf(sample), this.#labelsOf(sample)])
  );

  /** The type of the text, for HTTP. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /**
   * Writes a report. One at a time: wait for it before the next.
   *
   * @param report The numbers as they are now.
   * @param usage What the process costs.
   * @returns The text.
   */
  format(report: StatsReport, usage: ProcessUsage): Promise<string> {
    for (const metric of this.#metrics.values()) metric.reset();
    const samples = samplesOf(report).map((sample) => ({
      ...sample,
      sensor: sample.sensor ?? report.sensor,
    }));
    this.#counts.update(samples);
    for (const { sample, total } of this.#counts.counts.values()) {
      this.#counter(sample).inc(this.#labelsOf(sample), total);
    }
    for (const sample of samples) {
      if (sample.kind === "level") this.#setLevel(sample);
    }
    this.#setFacts(report, usage);
    return this.#registry.metrics();
  }

  #counter(sample: Sample): Counter<string> {
    const name = this.#nameOf(sample);
    const known = this.#metrics.get(name);
    if (known instanceof Counter) return known;
    const counter = new Counter({
      name,
      help: helpOf(sample),
      labelNames: ["sensor", "group"],
      registers: [this.#registry],
    });
    this.#metrics.set(name, counter);
    return counter;
  }

  #gauge(name: string, help: string, labelNames: string[]): Gauge<string> {
    const known = this.#metrics.get(name);
    if (known instanceof Gauge) return known;
    const gauge = new Gauge({
      name,
      help,
      labelNames,
      registers: [this.#registry],
    });
    this.#metrics.set(name, gauge);
    return gauge;
  }

  /** Of several runs of a sensor the one heard of last counts. */
  #setLevel(sample: Sample): void {
    const name = `${PREFIXES[sample.scope]}${
      sample.scope === "sensor" ? "sensor_" : ""
    }${sample.name}`;
    const labels = this.#labelsOf(sample);
    const gauge = this.#gauge(name, helpOf(sample), ["sensor"]);
    gauge.set(labels, sample.value);
  }

  #setFacts(report: StatsReport, usage: ProcessUsage): void {
    const { program, version, started, destination } = report;
    this.#gauge("nflog_build_info", "The program, as labels", [
      "program",
      "version",
    ]).set({ program, version }, 1);
    this.#gauge(
      "process_start_time_seconds",
      "When the program started, since 1970",
      [],
    ).set(Date.parse(started) / 1000);
    this.#gauge("process_resident_memory_bytes", "Memory of the process", [])
      .set(usage.residentBytes);
    this.#fact("process_cpu_seconds_total", "CPU time of the process")
      .inc(usage.cpuSeconds);
    if (destination === undefined) return;
    this.#gauge("nflog_destination_state", "1 for how it stands now", ["state"])
      .set({ state: destination.state }, 1);
  }

  /** A count that has no labels. */
  #fact(name: string, help: string): Counter<string> {
    const known = this.#metrics.get(name);
    if (known instanceof Counter) return known;
    const counter = new Counter({ name, help, registers: [this.#registry] });
    this.#metrics.set(name, counter);
    return counter;
  }

  #nameOf({ scope, name }: Sample): string {
    const unit = /_(bytes|frames)$/.test(name) ? "" : "_packets";
    const told = scope === "sensor" && !COUNTED_HERE.has(name) ? "sensor_" : "";
    return `${PREFIXES[scope]}${told}${name}${unit}_total`;
  }

  #labelsOf(sample: Sample): Record<string, string> {
    const labels: Record<string, string> = {};
    const { scope, sensor, group } = sample;
    if (sensor !== undefined) labels["sensor"] = this.#sensors.pass(sensor);
    if (group === undefined) return labels;
    const known = scope === "group" ||
      this.#groups.pass(`${group} ${labels["sensor"]}`) !== OTHER;
    return { ...labels, group: known ? group : OTHER };
  }
}
