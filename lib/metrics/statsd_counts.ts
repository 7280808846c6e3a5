import { BoundedNames } from "./bounded_names.ts";
import { type FirstSight, GrowingCounts } from "./growing_counts.ts";
import { COUNTED_HERE, type Sample, samplesOf } from "./sample.ts";
import type { StatsReport } from "./stats_report.ts";

/** One number for a statsd server. */
export interface StatsdMetric {
  /** Its whole name. */
  readonly name: string;
  /** What a counter grew by since the last time, or what a level is now. */
  readonly value: number;
  /** Whether it is a counter; else it is a level, a gauge in words of statsd. */
  readonly isCounter: boolean;
}

/** Most sensors, and groups of sensors, that have numbers of their own; those of others are added up as `other`. */
const NAME_LIMITS = { SENSORS: 256, SENSOR_GROUPS: 256 } as const;

/** The Python original's names, and what they stand for here, by program: a packet where it counted messages, which were packets to it. */
const ORIGINAL_NAMES: Readonly<
  Record<string, Readonly<Record<string, string>>>
> = {
  "nflog-zmq-send": {
    "raw_in.pkt": "captured",
    "raw_in.bytes": "captured_bytes",
  },
  "nflog-pcap-recv": {
    "raw_in.pkt": "received",
    "raw_in.bytes": "received_bytes",
    "raw_out.pkt": "written",
    "raw_out.bytes": "written_bytes",
  },
  "nflog-zmq-compress": relayNames("compress"),
  "nflog-zmq-decompress": relayNames("decompress"),
};

function relayNames(kind: string): Record<string, string> {
  return {
    [`${kind}_in.pkt`]: "received",
    [`${kind}_in.bytes`]: "received_bytes",
    [`${kind}_out.pkt`]: "sent",
    [`${kind}_out.bytes`]: "sent_bytes",
  };
}

/**
 * Makes of reports what a statsd server is told: the Python original's names, then every name of the ledger, as increments since the last time.
 *
 * What could not be sent is not lost: it is in what is told the next time.
 */
export class StatsdCounts {
  readonly #prefix: string;
  readonly #sensors = new BoundedNames(NAME_LIMITS.SENSORS);
  readonly #groups = new BoundedNames(NAME_LIMITS.SENSOR_GROUPS);
  readonly #counts = new GrowingCounts(
    (sample) => this.#nameOf(sample),
    firstSight,
  );
  /** What was told of each name so far. */
  readonly #told = new Map<string, number>();
  #telling: readonly StatsdMetric[] = [];

  /** @param prefix What all names begin with. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /**
   * Takes in a report.
   *
   * @param report The numbers as they are now.
   * @returns What to tell; counters that did not grow are left out.
   */
  changes(report: StatsReport): readonly StatsdMetric[] {
    const samples = [...originalSamples(report), ...samplesOf(report)];
    this.#counts.update(samples);
    const counters = [...this.#counts.counts].map(([name, { total }]) => ({
      name,
      value: total - (this.#told.get(name) ?? 0),
      isCounter: true,
    })).filter(({ value }) => value > 0);
    const levels = samples.filter(({ kind }) => kind === "level")
      .map((sample) => ({
        name: this.#nameOf(sample),
        value: sample.value,
        isCounter: false,
      }));
    this.#telling = [...counters, ...levels];
    return this.#telling;
  }

  /** Notes that what {@linkcode changes} gave was told. */
  commit(): void {
    for (const { name, value, isCounter } of this.#telling) {
      if (!isCounter) continue;
      this.#told.set(name, (this.#told.get(name) ?? 0) + value);
    }
    this.#telling = [];
  }

  #nameOf({ scope, name, sensor = "", group = "" }: Sample): string {
    const place = scope === "program"
      ? ""
      : scope === "group"
      ? `group.${group}.`
      : this.#placeOf(sensor, scope === "sensor" ? undefined : group);
    return `${this.#prefix}${place}${name}`;
  }

  #placeOf(sensor: string, group: string | undefined): string {
    // One step of a path: dots part steps, and `:`, `|` and line breaks would begin something else.
    const step = this.#sensors.pass(sensor.replace(/[^A-Za-z0-9_-]/g, "_"));
    return group === undefined
      ? `sensor.${step}.`
      : `sensor.${this.#groups.pass(`${step}.group.${group}`)}.`;
  }
}

/** What a sensor told of itself may have grown for months before the receiver came: only what it grows by from now on is told. */
function firstSight({ scope, name }: Sample): FirstSight {
  const told = scope === "sensor group" ||
    scope === "sensor" && !COUNTED_HERE.has(name);
  return told ? "from now" : "from zero";
}

function originalSamples({ program, totals }: StatsReport): Sample[] {
  return Object.entries(ORIGINAL_NAMES[program] ?? {}).map((
    [name, source],
  ) => ({
    name,
    kind: "count",
    scope: "program",
    sensor: undefined,
    group: undefined,
    source: "",
    isSum: false,
    value: totals[source] ?? 0,
  }));
}
