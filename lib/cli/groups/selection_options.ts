import { object } from "@optique/core/constructs";
import { MAX_FILTER_SIZE } from "../../pcap/filter_limit.ts";
import { MAX_SENSOR_LENGTH } from "../../wire/constants.ts";
import { type OptionGroup, optionGroup } from "../command.ts";
import { valueOption } from "../declare_option.ts";
import { requireAtMostOne, requireWith } from "../requirements.ts";
import { UsageError } from "../usage_error.ts";
import {
  bytes,
  plainText,
  type PointInTime,
  pointInTime,
  seconds,
  wholeNumber,
} from "../values/mod.ts";

/** Which time is asked for. */
export type TimeSelection =
  /** Everything there is. */
  | { readonly kind: "all" }
  /** The last so many milliseconds. */
  | { readonly kind: "last"; readonly duration: number }
  /** From one time to another; undefined is as far as there is. */
  | {
    readonly kind: "between";
    readonly since: PointInTime | undefined;
    readonly until: PointInTime | undefined;
  }
  /** So many milliseconds before and after a time. */
  | {
    readonly kind: "around";
    readonly time: PointInTime;
    readonly minus: number;
    readonly plus: number;
  };

/** Which packets are asked for. */
export interface Selection {
  /** From when. */
  readonly time: TimeSelection;
  /** An expression of pcap-filter(7). */
  readonly filter: string | undefined;
  /** NFLOG group, 0 to 65535. */
  readonly group: number | undefined;
  /** Prefix of the firewall rule. */
  readonly prefix: string | undefined;
  /** Name of the sensor. */
  readonly sensor: string | undefined;
  /** Most packets. */
  readonly maxPackets: number | undefined;
  /** Most bytes of the answer. */
  readonly maxBytes: number | undefined;
}

/** The packets that a query asks for. */
export interface SelectionSettings {
  /** Which packets are asked for. */
  readonly selection: Selection;
  /** The first option that narrows the selection, for messages; undefined when none was given. */
  readonly narrowedBy: string | undefined;
}

/** Defaults of {@linkcode selectionOptions}: milliseconds before and after `--around`. */
export const SELECTION_DEFAULTS = { minus: 30_000, plus: 30_000 } as const;

const PARSERS = {
  last: valueOption(["--last"], {
    value: seconds(),
    help: "Packets of the last seconds: 30, 30s, 5m.",
  }),
  since: valueOption(["--since"], {
    value: pointInTime(),
    help:
      "Packets from this time on: 2026-05-01T12:00:00Z, seconds since 1970, or before now, such as -5m.",
  }),
  until: valueOption(["--until"], {
    value: pointInTime(),
    help: "Packets up to this time; written as for --since.",
  }),
  around: valueOption(["--around"], {
    value: pointInTime(),
    help:
      "Packets around this time, such as that of an alert; written as for --since.",
  }),
  minus: valueOption(["--minus"], {
    value: seconds({ min: 0, max: 24 * 3600_000 }),
    hint: "30 s",
    help: "How long before --around.",
  }),
  plus: valueOption(["--plus"], {
    value: seconds({ min: 0, max: 24 * 3600_000 }),
    hint: "30 s",
    help: "How long after --around.",
  }),
  filter: valueOption(["--filter"], {
    value: plainText({
      metavar: "EXPRESSION",
      name: "filter",
      maxBytes: MAX_FILTER_SIZE,
    }),
    help:
      "Packets that this pcap-filter(7) expression matches, such as 'host 192.0.2.7 and tcp port 443'.",
  }),
  group: valueOption(["--group"], {
    value: wholeNumber({ metavar: "GROUP", min: 0, max: 65535 }),
    help: "Packets of this NFLOG group.",
  }),
  prefix: valueOption(["--prefix"], {
    value: plainText({ metavar: "TEXT", name: "prefix" }),
    help: "Packets that a rule with this log prefix logged.",
  }),
  sensor: valueOption(["--sensor"], {
    value: plainText({
      metavar: "NAME",
      name: "sensor name",
      maxBytes: MAX_SENSOR_LENGTH,
    }),
    help: "Packets of this sensor.",
  }),
  maxPackets: valueOption(["--max-packets"], {
    value: wholeNumber({ metavar: "PACKETS" }),
    hint: "no limit",
    help: "End the answer after so many packets.",
  }),
  maxBytes: valueOption(["--max-bytes"], {
    value: bytes(),
    hint: "no limit",
    help: "End the answer after so many bytes; 64MiB and the like may be said.",
  }),
} as const;

/**
 * Options of the query: `--last`, `--since`, `--until`, `--around`, `--minus`, `--plus`, `--filter`, `--group`, `--prefix`, `--sensor`,
 * `--max-packets`, `--max-bytes`.
 */
export const selectionOptions: OptionGroup<SelectionSettings> = optionGroup(
  object("Which packets", PARSERS),
  ({ last, since, until, around, minus, plus, ...rest }) => {
    requireAtMostOne({
      "--last": last,
      "--around": around,
      "--since": since,
    });
    requireAtMostOne({ "--last": last, "--around": around, "--until": until });
    if (around === undefined) {
      requireWith("--around", { "--minus": minus, "--plus": plus });
    }
    const times = { last, since, until, around };
    const narrowedBy = Object.entries({ ...times, ...rest })
      .find(([, value]) => value !== undefined)?.[0];
    return {
      selection: { time: selectTime({ ...times, minus, plus }), ...rest },
      narrowedBy: narrowedBy === undefined
        ? undefined
        : `--${narrowedBy.replace(/[A-Z]/, (c) => `-${c.toLowerCase()}`)}`,
    };
  },
);

function selectTime(raw: {
  last: number | undefined;
  since: PointInTime | undefined;
  until: PointInTime | undefined;
  around: PointInTime | undefined;
  minus: number | undefined;
  plus: number | undefined;
}): TimeSelection {
  const { last, since, until, around } = raw;
  if (last !== undefined) return { kind: "last", duration: last };
  if (around !== undefined) {
    const { minus = SELECTION_DEFAULTS.minus, plus = SELECTION_DEFAULTS.plus } =
      raw;
    return { kind: "around", time: around, minus, plus };
  }
  if (since === undefined && until === undefined) return { kind: "all" };
  if (since !== undefined && until !== undefined && isAfter(since, until)) {
    throw new UsageError("--since is after --until: exchange them");
  }
  return { kind: "between", since, until };
}

/** Tells whether one point is after another, where that does not depend on when it is asked. */
function isAfter(one: PointInTime, other: PointInTime): boolean {
  if (one.kind === "ago") {
    return other.kind === "ago" && one.milliseconds < other.milliseconds;
  }
  if (other.kind === "ago") return false;
  return one.seconds > other.seconds ||
    one.seconds === other.seconds && one.nanoseconds > other.nanoseconds;
}
