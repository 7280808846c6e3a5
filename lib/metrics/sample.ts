import type { StatsReport } from "./stats_report.ts";

/** Whom a number is about: the program as a whole, one NFLOG group, a sensor as the receiver sees it, or one group of a sensor. */
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
  /** The number. */
  readonly value: number;
}

/** Numbers of a sensor that are levels. */
const LEVELS: ReadonlySet<string> = new Set(["silent_seconds"]);

/** Totals that a sender also has by group. */
const BY_GROUP: ReadonlySet<string> = new Set([
  ...["captured", "captured_bytes", "own_dropped", "kernel_dropped"],
  ...["rate_dropped", "queue_dropped", "sent"],
]);

/**
 * Gives every number of a report once: what is told by group or by sensor is left out of the sums, so that adding up gives the sums again.
 *
 * @param report The report.
 * @returns Its numbers.
 */
export function samplesOf(report: StatsReport): Sample[] {
  const { totals, groups, sensors, gauges = {} } = report;
  const bySensor = sensors === undefined ? undefined : namesIn(sensors);
  const samples: Sample[] = [];
  const program = { scope: "program", source: "" } as const;
  for (const [name, value] of Object.entries(totals)) {
    const inParts = groups !== undefined && BY_GROUP.has(name) ||
      bySensor?.has(name);
    if (!inParts) samples.push(makeSample(program, name, value));
  }
  for (const [name, value] of Object.entries(gauges)) {
    samples.push({ ...makeSample(program, name, value), kind: "level" });
  }
  for (const [group, counts] of Object.entries(groups ?? {})) {
    const place = { scope: "group", group, source: `group ${group}` } as const;
    samples.push(...numbersOf(place, counts));
  }
  for (const [source, counts] of Object.entries(sensors ?? {})) {
    samples.push(...samplesOfSensor(source, counts));
  }
  return samples;
}

/** Where a number stands in the report. */
type Place = Pick<Sample, "scope" | "source"> & Partial<Sample>;

function samplesOfSensor(source: string, counts: object): Sample[] {
  // The instance that ends the key has no slash; a name may have.
  const sensor = source.slice(0, source.lastIndexOf("/"));
  const samples = numbersOf({ scope: "sensor", sensor, source }, counts);
  if (!("groups" in counts) || typeof counts.groups !== "object") {
    return samples;
  }
  for (const [group, ofGroup] of Object.entries(counts.groups ?? {})) {
    const place = { scope: "sensor group", sensor, group, source } as const;
    samples.push(...numbersOf(place, ofGroup));
  }
  return samples;
}

function numbersOf(place: Place, counts: object): Sample[] {
  return Object.entries(counts).flatMap(([name, value]) =>
    typeof value === "number" ? [makeSample(place, name, value)] : []
  );
}

function makeSample(place: Place, name: string, value: number): Sample {
  const kind = LEVELS.has(name) ? "level" : "count";
  const { sensor, group } = place;
  return { ...place, name, kind, sensor, group, value };
}

/** Counts that the receiver itself makes of each sensor: their sum is in the totals too. */
function namesIn(
  sensors: Readonly<Record<string, object>>,
): ReadonlySet<string> {
  const names = new Set(["received", "lost_in_transit"]);
  for (const counts of Object.values(sensors)) {
    for (const name of COUNTED_HERE) if (name in counts) names.add(name);
  }
  return names;
}

/** Counts of a sensor that are the receiver's own, and no repetition of what the sensor tells. */
export const COUNTED_HERE: ReadonlySet<string> = new Set([
  ...["received", "received_bytes", "lost_in_transit"],
  ...["written", "stalled_dropped"],
  ...["relay_rate_dropped", "relay_queue_dropped"],
]);
