import { object } from "@optique/core/constructs";
import { type OptionGroup, optionGroup } from "../command.ts";
import { valueOption } from "../declare_option.ts";
import { requireWith } from "../requirements.ts";
import {
  type HostPort,
  hostPort,
  keyword,
  plainText,
  SECOND,
  seconds,
  type StatsdSampling,
  statsdSampling,
} from "../values/mod.ts";

/** Types of statsd: a counter, a distribution, a gauge, a histogram, a timing or a set. */
export type StatsdType = "c" | "d" | "g" | "h" | "ms" | "s";

/** Where counters are sent, and how. */
export interface Statsd {
  /** The statsd server. */
  readonly server: HostPort;
  /** What metric names begin with; `{host}` stands for the host name. @default {"{host}.nflog_pipe."} */
  readonly prefix: string;
  /** The type that counters are sent as. @default {"c"} */
  readonly type: StatsdType;
  /** How often counters are sent, in milliseconds. @default {10000} */
  readonly interval: number;
  /** The Python original's sampling, which is read and not applied; undefined when it was not given. */
  readonly sampling: StatsdSampling | undefined;
}

/** Whether counters are sent to a statsd server. */
export interface StatsdSettings {
  /** Undefined when they are not. */
  readonly statsd: Statsd | undefined;
}

/** Defaults of {@linkcode statsdOptions}. */
export const STATSD_DEFAULTS = {
  port: 8125,
  prefix: "{host}.nflog_pipe.",
  type: "c",
  interval: 10 * SECOND,
} as const;

/** Options of the programs that count: `--statsd`, `--statsd-metrics-prefix`, `--statsd-sampling`, `--statsd-type`, `--statsd-interval`. */
export const statsdOptions: OptionGroup<StatsdSettings> = optionGroup(
  object("statsd", {
    server: valueOption(["-m", "--statsd"], {
      value: hostPort(STATSD_DEFAULTS.port),
      help:
        `Send counters to this statsd server, as increments since the last time; port ${STATSD_DEFAULTS.port} unless another is named.`,
    }),
    prefix: valueOption(["-n", "--statsd-metrics-prefix"], {
      value: plainText({ metavar: "PREFIX", name: "prefix" }),
      hint: STATSD_DEFAULTS.prefix,
      help: "What metric names begin with; {host} stands for the host name.",
    }),
    sampling: valueOption(["-i", "--statsd-sampling"], {
      value: statsdSampling(),
      help:
        "Accepted for unit files of the Python original, which sent a counter by chance, about every COUNT changes and with a " +
        "chance that rose over SECONDS. Here every change is counted and sent, every --statsd-interval.",
    }),
    type: valueOption(["-t", "--statsd-type"], {
      value: keyword<StatsdType>({
        ...{ c: "c", d: "d", g: "g", h: "h", ms: "ms", s: "s" },
      }),
      hint: STATSD_DEFAULTS.type,
      help:
        "Type that counters are sent as. The Python original had d, which some servers take for a distribution.",
    }),
    interval: valueOption(["--statsd-interval"], {
      value: seconds({ min: 100, max: 3600 * SECOND }),
      hint: "10 s",
      help: "How often counters are sent.",
    }),
  }),
  ({ server, sampling, ...raw }) => {
    if (server === undefined) {
      requireWith("--statsd", {
        "--statsd-metrics-prefix": raw.prefix,
        "--statsd-sampling": sampling,
        "--statsd-type": raw.type,
        "--statsd-interval": raw.interval,
      });
      return { statsd: undefined };
    }
    const {
      prefix = STATSD_DEFAULTS.prefix,
      type = STATSD_DEFAULTS.type,
      interval = STATSD_DEFAULTS.interval,
    } = raw;
    return { statsd: { server, prefix, type, interval, sampling } };
  },
);
