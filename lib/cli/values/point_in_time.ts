import type { ValueParser } from "@optique/core/valueparser";
import { quoteValue } from "../escape_text.ts";
import { formatDuration, MAX_DURATION, parseDuration } from "./duration.ts";
import { valueParser } from "./value_parser.ts";

/** A time as capture files have it. */
export interface PacketTime {
  /** Seconds since 1970, 0 to 4294967295. */
  readonly seconds: number;
  /** What is left below a second, 0 to 999999999 ns. */
  readonly nanoseconds: number;
}

/** A time as it was written: absolute, or so many milliseconds before now. */
export type PointInTime =
  | ({ readonly kind: "absolute" } & PacketTime)
  | { readonly kind: "ago"; readonly milliseconds: number };

const LAST_SECOND = 0xffffffff;
const NANOSECOND_DIGITS = 9;
const ADVICE =
  "write 2026-05-01T12:00:00Z, seconds since 1970, now, or a time before now such as -30s or -5m";

/**
 * Points in time: RFC 3339, seconds since 1970, `now`, or a duration before now (`-5m`).
 *
 * @returns The parser.
 */
export function pointInTime(): ValueParser<"sync", PointInTime> {
  return valueParser<PointInTime>({
    metavar: "TIME",
    placeholder: { kind: "ago", milliseconds: 0 },
    read: parsePointInTime,
    format: formatPointInTime,
  });
}

/**
 * Reads a point in time.
 *
 * @param input What was written.
 * @returns The time, exact to the nanosecond when it is absolute.
 * @throws {SyntaxError} If it is none.
 * @throws {RangeError} If capture files cannot hold it: before 1970 or after 2106.
 */
export function parsePointInTime(input: string): PointInTime {
  if (input === "now") return { kind: "ago", milliseconds: 0 };
  if (input.startsWith("-")) {
    const limits = { min: 0, max: MAX_DURATION };
    return { kind: "ago", milliseconds: parseDuration(input.slice(1), limits) };
  }
  const epoch = /^([0-9]{1,10})(?:\.([0-9]+))?$/.exec(input);
  if (epoch !== null) return absolute(input, Number(epoch[1]), epoch[2]);
  const date =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/i
      .exec(input);
  if (date === null) throw wrong(input, ADVICE);
  const [, day, clock, fraction, zone] = date;
  if (zone === undefined) {
    throw wrong(
      input,
      "its zone is missing; add Z or an offset such as +02:00",
    );
  }
  const local = Date.parse(`${day}T${clock}Z`);
  const shown = Number.isNaN(local) ? "" : new Date(local).toISOString();
  // A day such as 30 February is silently taken for a day of March.
  if (!shown.startsWith(`${day}T${clock}`)) {
    throw wrong(input, "there is no such day or time");
  }
  return absolute(input, local / 1000 - parseZone(input, zone), fraction);
}

/** Gives the seconds that a zone is ahead of UTC. */
function parseZone(input: string, zone: string): number {
  if (zone.toUpperCase() === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4));
  if (hours > 23 || minutes > 59) {
    throw wrong(input, `${zone} is no offset of a zone`);
  }
  return (zone.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60);
}

function absolute(
  input: string,
  seconds: number,
  fraction: string | undefined,
): PointInTime {
  if (seconds < 0 || seconds > LAST_SECOND) {
    throw new RangeError(
      `Cannot use time ${
        quoteValue(input)
      }: packets have times from 1970 to 2106`,
    );
  }
  const digits = (fraction ?? "").slice(0, NANOSECOND_DIGITS);
  const nanoseconds = Number(digits.padEnd(NANOSECOND_DIGITS, "0"));
  return { kind: "absolute", seconds, nanoseconds };
}

/**
 * Writes a point in time so that it reads back the same.
 *
 * @param point The point.
 * @returns Its text.
 */
export function formatPointInTime(point: PointInTime): string {
  if (point.kind === "ago") {
    return point.milliseconds === 0
      ? "now"
      : `-${formatDuration(point.milliseconds)}`;
  }
  const whole = new Date(point.seconds * 1000).toISOString().slice(0, 19);
  const fraction = String(point.nanoseconds).padStart(NANOSECOND_DIGITS, "0");
  return `${whole}${point.nanoseconds === 0 ? "" : `.${fraction}`}Z`;
}

/**
 * Gives the time that a point in time means.
 *
 * @param point The point.
 * @param now The time now, in milliseconds since 1970.
 * @returns The time; 1970 for what would be before it.
 */
export function resolvePointInTime(
  point: PointInTime,
  now: number,
): PacketTime {
  if (point.kind === "absolute") {
    return { seconds: point.seconds, nanoseconds: point.nanoseconds };
  }
  const milliseconds = Math.max(0, Math.floor(now - point.milliseconds));
  return {
    seconds: Math.floor(milliseconds / 1000),
    nanoseconds: milliseconds % 1000 * 1e6,
  };
}

function wrong(input: string, reason: string): SyntaxError {
  return new SyntaxError(`Cannot use time ${quoteValue(input)}: ${reason}`);
}
