/** A point in time: absolute, or before the receiver's present. Microseconds. */
export type QueryPoint =
  | { readonly kind: "absolute"; readonly microseconds: number }
  | { readonly kind: "ago"; readonly microseconds: number };

/** Which time is asked for, by the packets' own times. Microseconds. */
export type QueryTime =
  | { readonly kind: "all" }
  /** From one point to another, both included; undefined is as far as there is. */
  | {
    readonly kind: "between";
    readonly since: QueryPoint | undefined;
    readonly until: QueryPoint | undefined;
  }
  /** So long before and after a point. */
  | {
    readonly kind: "around";
    readonly point: QueryPoint;
    readonly minus: number;
    readonly plus: number;
  };

/** From when to when, both included, in microseconds since 1970; infinite where there is no limit. */
export interface TimeRange {
  /** The earliest time. */
  since: number;
  /** The latest time. */
  until: number;
}

const SECOND = 1_000_000;
/** Most seconds that a packet's time can be: 2106. */
const LAST_SECOND = 0xffff_ffff;
const UNITS: Readonly<Record<string, number>> = {
  "": SECOND,
  ms: 1000,
  s: SECOND,
  m: 60 * SECOND,
  h: 3600 * SECOND,
};

/**
 * Reads a duration: seconds as a number or as text, which may have the unit `ms`, `s`, `m` or `h`.
 *
 * @param value What was given.
 * @returns Microseconds, 0 or more; undefined if it is none.
 */
export function parseQueryDuration(value: unknown): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|)$/.exec(textOf(value));
  const unit = match === null ? undefined : UNITS[match[2] ?? ""];
  return unit === undefined ? undefined : Math.round(Number(match?.[1]) * unit);
}

/**
 * Reads a point in time: seconds since 1970; a negative number of seconds, which is before now; `now`; or RFC 3339.
 *
 * @param value What was given.
 * @returns The point; undefined if it is none, or before 1970 or after 2106.
 */
export function parseQueryPoint(value: unknown): QueryPoint | undefined {
  const text = textOf(value);
  if (text === "now") return { kind: "ago", microseconds: 0 };
  const number = /^(-?)(\d+(?:\.\d+)?)$/.exec(text);
  if (number === null) return parseDate(text);
  const microseconds = Math.round(Number(number[2]) * SECOND);
  if (number[1] === "-") return { kind: "ago", microseconds };
  return absolute(microseconds);
}

/** Numbers are written without an exponent, or they are none of ours. */
function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number"
    ? String(value)
    : "";
}

function parseDate(text: string): QueryPoint | undefined {
  const date =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/i
      .exec(text);
  if (date === null) return undefined;
  const [, day = "", clock = "", fraction = "", zone = ""] = date;
  const local = Date.parse(`${day}T${clock}Z`);
  // A day such as 30 February is silently taken for a day of March.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(day)) {
    return undefined;
  }
  const zoned = Date.parse(`${day}T${clock}${zone.toUpperCase()}`);
  const rest = Math.floor(Number(`0${fraction}`) * SECOND);
  return absolute(zoned * 1000 + rest);
}

function absolute(microseconds: number): QueryPoint | undefined {
  return microseconds >= 0 && microseconds < (LAST_SECOND + 1) * SECOND
    ? { kind: "absolute", microseconds }
    : undefined;
}

/**
 * Writes a point in time as {@linkcode parseQueryPoint} reads it.
 *
 * @param point The point.
 * @returns Seconds since 1970, negative seconds before now, or `now`.
 */
export function formatQueryPoint(point: QueryPoint): number | string {
  const seconds = point.microseconds / SECOND;
  if (point.kind === "absolute") return seconds;
  return seconds === 0 ? "now" : -seconds;
}

/**
 * Tells which times are meant.
 *
 * @param time What was asked for.
 * @param now The receiver's time, in microseconds since 1970.
 * @returns The times.
 */
export function resolveQueryTime(time: QueryTime, now: number): TimeRange {
  const at = (point: QueryPoint): number =>
    point.kind === "absolute" ? point.microseconds : now - point.microseconds;
  switch (time.kind) {
    case "all":
      return { since: -Infinity, until: Infinity };
    case "between": {
      const { since, until } = time;
      return {
        since: since === undefined ? -Infinity : at(since),
        until: until === undefined ? Infinity : at(until),
      };
    }
    case "around": {
      const point = at(time.point);
      return { since: point - time.minus, until: point + time.plus };
    }
  }
}
