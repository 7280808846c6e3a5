import { BoundedNames, OTHER } from "./bounded_names.ts";
import { GrowingCounts } from "./growing_counts.ts";
import { METRIC_HELP } from "./metric_help.ts";
import { type Labels, MetricSet } from "./metric_set.ts";
import { COUNTED_HERE, type Sample, samplesOf, sensorOf } from "./sample.ts";
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

/**
 * Writes reports in the text form of Prometheus.
 *
 * `nflog_NAME` is what this program counts, for each sensor or group where it knows them apart; `nflog_sensor_NAME` is what a sensor told of itself;
 * `nflog_sensor_group_NAME` is either for one group of a sensor. Adding up one of them never counts a packet twice.
 */
export class PrometheusExporter {
  readonly #metrics = new MetricSet();
  readonly #sensors = new BoundedNames(LABEL_LIMITS.SENSORS);
  readonly #groups = new BoundedNames(LABEL_LIMITS.SENSOR_GROUPS);
  readonly #counts = new GrowingCounts((sample) =>
    JSON.stringify([counterName(sample), this.#labelsOf(sample)])
  );

  /** The type of the text, for HTTP. */
  get contentType(): string {
    return this.#metrics.contentType;
  }

  /**
   * Writes a report.
   *
   * @param report The numbers as they are now.
   * @param usage What the process costs.
   * @returns The text.
   */
  format(report: StatsReport, usage: ProcessUsage): Promise<string> {
    // A sum beside its parts would count twice.
    const samples = samplesOf(report).filter(({ isSum }) => !isSum)
      .map((sample) => ({ ...sample, sensor: sample.sensor ?? report.sensor }));
    this.#metrics.clear();
    this.#counts.update(samples);
    for (const { sample, total } of this.#counts.counts.values()) {
      this.#metrics.counter(counterName(sample), helpOf(sample))
        .inc(this.#labelsOf(sample), total);
    }
    this.#setLevels(samples.filter(({ kind }) => kind === "level"));
    this.#setStates(report);
    this.#setFacts(report, usage);
    return this.#metrics.format();
  }

  #setLevels(levels: readonly Sample[]): void {
    for (const level of levels) {
      this.#metrics.gauge(`nflog_${level.name}`, helpOf(level))
        .set(this.#labelsOf(level), level.value);
    }
  }

  #setStates({ destination, sensors = {} }: StatsReport): void {
    const states = this.#metrics.gauge(
      "nflog_sensor_runs",
      "Runs of the sensor that are live, ended or vanished",
    );
    for (const [key, { state }] of Object.entries(sensors)) {
      states.inc({ sensor: this.#sensors.pass(sensorOf(key)), state });
    }
    if (destination === undefined) return;
    this.#metrics.gauge("nflog_destination_state", "1 for how it stands now")
      .set({ state: destination.state }, 1);
  }

  #setFacts(report: StatsReport, usage: ProcessUsage): void {
    const { program, version, started } = report;
    const metrics = this.#metrics;
    metrics.gauge("nflog_build_info", "The program, in its labels")
      .set({ program, version }, 1);
    metrics.gauge("process_start_time_seconds", "When it began, since 1970")
      .set(Date.parse(started) / 1000);
    metrics.gauge("process_resident_memory_bytes", "Memory of the process")
      .set(usage.residentBytes);
    metrics.counter("process_cpu_seconds_total", "CPU time of the process")
      .inc(usage.cpuSeconds);
  }

  #labelsOf({ scope, ...sample }: Sample): Labels {
    const { group } = sample;
    const sensor = sample.sensor === undefined
      ? undefined
      : this.#sensors.pass(sample.sensor);
    const labels: Labels = sensor === undefined ? {} : { sensor };
    if (group === undefined) return labels;
    const known = scope === "group" ||
      this.#groups.pass(`${group} ${sensor}`) !== OTHER;
    return { ...labels, group: known ? group : OTHER };
  }
}

function counterName({ scope, name }: Sample): string {
  const unit = /_(bytes|frames)$/.test(name) ? "" : "_packets";
  const place = scope === "sensor group"
    ? "sensor_group_"
    : scope === "sensor" && !COUNTED_HERE.has(name)
    ? "sensor_"
    : "";
  return `nflog_${place}${name}${unit}_total`;
}

function helpOf({ name }: Sample): string {
  return METRIC_HELP[name] ?? name.replaceAll("_", " ");
}
