import type { SensorReport } from "./sensor_ledger.ts";
import type { StatsReport } from "./stats_report.ts";

/** Whom a number is about: the program as a whole, one NFLOG group, a sensor, or one group of a sensor. */
export type SampleScope = "program" | "group" | "sensor" | "sensor group";

/** One number of a report, on its own. */
export interface Sample {
  /** The name it has in the report, such as `kernel_dropped`. */
  readonly name: string;
  /** A count, which grows; or a level, which goes up and down. */
  readonly kind: "count" | "level";
  /** Whom it is about. */
  readonly scope: SampleScope;
  /** The sensor's name. */
  readonly sensor: string | undefined;
  /** NFLOG group. */
  readonly group: string | undefined;
  /** What counted it: numbers of one source start at 0 with it, and those of a sender's next run are of another one. */
  readonly source: string;
  /** Whether it is the sum of others that are there too. */
  readonly isSum: boolean;
  /** The number. */
  readonly value: number;
}

/** Counts of a sensor that are the receiver's own, and no repetition of what the sensor tells. */
export const COUNTED_HERE: ReadonlySet<string> = new Set([
  ...["received", "received_bytes", "lost_in_transit"],
  ...["written", "stalled_dropped"],
  ...["relay_rate_dropped", "relay_queue_dropped"],
]);

/** Totals that a sender also has by group. */
const BY_GROUP: ReadonlySet<string> = new Set([
  ...["captured", "captured_bytes", "own_dropped", "kernel_dropped"],
  ...["rate_dropped", "queue_dropped", "sent"],
]);

/** Where a number stands in the report. */
type Place = Pick<Sample, "scope" | "source"> & Partial<Sample>;

/**
 * Gives every number of a report.
 *
 * @param report The report.
 * @returns Its numbers.
 */
export function samplesOf(report: StatsReport): Sample[] {
  const { totals, groups, sensors, gauges = {} } = report;
  const program = { scope: "program", source: "" } as const;
  const isSum = (name: string): boolean =>
    groups !== undefined && BY_GROUP.has(name) ||
    sensors !== undefined && COUNTED_HERE.has(name);
  const samples = numbersOf(program, totals)
    .map((sample) => ({ ...sample, isSum: isSum(sample.name) }));
  for (const sample of numbersOf(program, gauges)) {
    samples.push({ ...sample, kind: "level" });
  }
  for (const [group, counts] of Object.entries(groups ?? {})) {
    const place = { scope: "group", group, source: "" } as const;
    samples.push(...numbersOf(place, counts));
  }
  for (const [source, counts] of Object.entries(sensors ?? {})) {
    samples.push(...samplesOfSensor(source, counts));
  }
  return samples;
}

/**
 * Reads the name of the sensor in the key of a run.
 *
 * @param key `<sensor name>/<instance>`.
 * @returns The name, which may have slashes itself.
 */
export function sensorOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/"));
}

function samplesOfSensor(source: string, report: SensorReport): Sample[] {
  const sensor = sensorOf(source);
  const samples = numbersOf({ scope: "sensor", sensor, source }, report);
  for (const [group, ofGroup] of Object.entries(report.groups)) {
    const place = { scope: "sensor group", sensor, group, source } as const;
    samples.push(...numbersOf(place, ofGroup));
  }
  return samples;
}

function numbersOf(place: Place, counts: object): Sample[] {
  const { scope, source, sensor, group } = place;
  return Object.entries(counts).flatMap(([name, value]) => {
    if (typeof value !== "number") return [];
    return {
      name,
      kind: "count",
      scope,
      source,
      sensor,
      group,
      isSum: false,
      value,
    };
  });
}
