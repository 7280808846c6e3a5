import {
  formatQueryPoint,
  parseQueryDuration,
  parseQueryPoint,
  type QueryPoint,
  type QueryTime,
} from "./query_time.ts";

/** What an answer is written as: classic pcap in microseconds or nanoseconds, pcapng, or classic pcap with the kernel's attributes. */
export const ANSWER_FORMATS = ["pcap", "pcap-ns", "pcapng", "nflog"] as const;

/** One of {@linkcode ANSWER_FORMATS}. */
export type AnswerFormat = (typeof ANSWER_FORMATS)[number];

/** Which packets are asked for. */
export interface PacketQuery {
  /** From when. */
  readonly time: QueryTime;
  /** An expression of pcap-filter(7). */
  readonly filter: string | undefined;
  /** NFLOG group. */
  readonly group: number | undefined;
  /** Log prefix of the firewall rule. */
  readonly prefix: string | undefined;
  /** Name of the sensor. */
  readonly sensor: string | undefined;
  /** Most packets of the answer. */
  readonly maxPackets: number | undefined;
  /** Most bytes of the answer. */
  readonly maxBytes: number | undefined;
  /** What the answer is written as. */
  readonly format: AnswerFormat;
}

/** What is asked for. */
export type QueryRequest =
  | ({ readonly kind: "packets" } & PacketQuery)
  /** What the window holds. */
  | { readonly kind: "stats" };

/** Milliseconds before and after a point when only the point is given. */
export const AROUND_DEFAULTS = { minus: 30_000, plus: 30_000 } as const;

/** The query for everything, as the Python original knows only this one. */
export const EVERYTHING: PacketQuery = {
  time: { kind: "all" },
  filter: undefined,
  group: undefined,
  prefix: undefined,
  sensor: undefined,
  maxPackets: undefined,
  maxBytes: undefined,
  format: "pcap",
};

/** A query that can not be answered as it stands. */
export class QueryError extends SyntaxError {
  /**
   * Makes the error.
   *
   * @param state What is wrong with it.
   */
  constructor(state: string) {
    super(`Cannot answer the query: ${state}`);
    this.name = "QueryError";
  }
}

/** The fields of a query as they are written: those of JSON, or those of a URL, which are all text. */
export type QueryFields = Readonly<Record<string, unknown>>;

const FIELDS: ReadonlySet<string> = new Set([
  ...["last", "since", "until", "around", "minus", "plus", "filter", "group"],
  ...["prefix", "sensor", "maxPackets", "maxBytes", "format", "stats"],
]);

/**
 * Tells whether fields are meant as a query of ours: whether any of them is known.
 *
 * @param fields The fields.
 * @returns Whether one is.
 */
export function isQuery(fields: QueryFields): boolean {
  return Object.keys(fields).some((name) => FIELDS.has(name));
}

/**
 * Reads a query.
 *
 * @param fields Its fields; numbers may be text.
 * @returns The query.
 * @throws {QueryError} If a field is not known, is not as it should be, or contradicts another.
 */
export function parseQuery(fields: QueryFields): QueryRequest {
  const names = Object.keys(fields).filter((name) =>
    given(fields, name) !== undefined
  );
  const unknown = names.find((name) => !FIELDS.has(name));
  if (unknown !== undefined) {
    throw new QueryError(`there is no ${JSON.stringify(unknown.slice(0, 64))}`);
  }
  if (isTrue(fields["stats"])) {
    const other = names.find((name) => name !== "stats");
    if (other === undefined) return { kind: "stats" };
    throw new QueryError(`stats and ${other} exclude each other`);
  }
  return {
    kind: "packets",
    time: parseTime(fields),
    filter: textField(fields, "filter"),
    group: numberField(fields, "group", { least: 0, most: 65535 }),
    prefix: textField(fields, "prefix"),
    sensor: textField(fields, "sensor"),
    maxPackets: numberField(fields, "maxPackets"),
    maxBytes: numberField(fields, "maxBytes"),
    format: formatField(fields),
  };
}

/**
 * Writes a query as {@linkcode parseQuery} reads it.
 *
 * @param request The query.
 * @returns Its fields, for JSON; none when everything is asked for.
 */
export function formatQuery(request: QueryRequest): QueryFields {
  if (request.kind === "stats") return { stats: true };
  const { kind: _kind, time, format, ...rest } = request;
  const fields = {
    ...formatTime(time),
    ...rest,
    format: format === EVERYTHING.format ? undefined : format,
  };
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  );
}

function formatTime(time: QueryTime): QueryFields {
  const pointOf = (point: QueryPoint | undefined): QueryFields[string] =>
    point === undefined ? undefined : formatQueryPoint(point);
  switch (time.kind) {
    case "all":
      return {};
    case "between":
      return { since: pointOf(time.since), until: pointOf(time.until) };
    case "around":
      return {
        around: pointOf(time.point),
        minus: time.minus / 1e6,
        plus: time.plus / 1e6,
      };
  }
}

function parseTime(fields: QueryFields): QueryTime {
  const last = durationField(fields, "last");
  const since = pointField(fields, "since");
  const until = pointField(fields, "until");
  const point = pointField(fields, "around");
  const minus = durationField(fields, "minus");
  const plus = durationField(fields, "plus");
  exclude({ last, around: point, since });
  exclude({ last, around: point, until });
  if (point !== undefined) {
    return {
      kind: "around",
      point,
      minus: minus ?? AROUND_DEFAULTS.minus * 1000,
      plus: plus ?? AROUND_DEFAULTS.plus * 1000,
    };
  }
  if (minus !== undefined || plus !== undefined) {
    throw new QueryError("minus and plus do nothing without around");
  }
  if (last !== undefined) {
    const from: QueryPoint = { kind: "ago", microseconds: last };
    return { kind: "between", since: from, until: undefined };
  }
  if (since === undefined && until === undefined) return { kind: "all" };
  return { kind: "between", since, until };
}

function exclude(fields: QueryFields): void {
  const given = Object.keys(fields).filter((name) =>
    fields[name] !== undefined
  );
  if (given.length < 2) return;
  throw new QueryError(`${given.join(" and ")} exclude each other`);
}

/** What a field is; a form sends empty ones, which say nothing. */
function given(fields: QueryFields, name: string): unknown {
  const value = fields[name];
  return value === null || value === "" ? undefined : value;
}

function isTrue(value: unknown): boolean {
  return value === true || value === 1 || value === "1" || value === "true";
}

function refuse(name: string, value: unknown, wanted: string): never {
  const shown = JSON.stringify(value)?.slice(0, 64) ?? String(value);
  throw new QueryError(`${name} is ${shown}, not ${wanted}`);
}

function durationField(fields: QueryFields, name: string): number | undefined {
  const value = given(fields, name);
  if (value === undefined) return undefined;
  return parseQueryDuration(value) ??
    refuse(name, value, "a number of seconds");
}

function pointField(fields: QueryFields, name: string): QueryPoint | undefined {
  const value = given(fields, name);
  if (value === undefined) return undefined;
  return parseQueryPoint(value) ??
    refuse(name, value, "seconds since 1970 or 2026-05-01T12:00:00Z");
}

function textField(fields: QueryFields, name: string): string | undefined {
  const value = given(fields, name);
  if (value === undefined) return undefined;
  return typeof value === "string" ? value : refuse(name, value, "a text");
}

function numberField(
  fields: QueryFields,
  name: string,
  { least = 1, most = Number.MAX_SAFE_INTEGER } = {},
): number | undefined {
  const value = given(fields, name);
  if (value === undefined) return undefined;
  const text = typeof value === "number" ? String(value) : value;
  const number = typeof text === "string" && /^\d+$/.test(text)
    ? Number(text)
    : NaN;
  if (number >= least && number <= most) return number;
  const limit = most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : " on";
  return refuse(name, value, `a whole number from ${least}${limit}`);
}

function formatField(fields: QueryFields): AnswerFormat {
  const value = given(fields, "format") ?? EVERYTHING.format;
  const known = ANSWER_FORMATS.find((format) => format === value);
  return known ?? refuse("format", value, ANSWER_FORMATS.join(", "));
}
