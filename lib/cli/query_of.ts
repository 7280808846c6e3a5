import type { AnswerFormat, QueryRequest } from "../roles/query_request.ts";
import { EVERYTHING } from "../roles/query_request.ts";
import type { QueryPoint, QueryTime } from "../roles/query_time.ts";
import type { Selection, TimeSelection } from "./groups/selection_options.ts";
import type { PointInTime } from "./values/mod.ts";

/**
 * Makes the query that options ask for.
 *
 * @param selection Which packets.
 * @param format What they are written as. @default {"pcap"}
 * @returns The query; times before now stay so, for the receiver's clock counts.
 */
export function queryOf(
  { time, ...rest }: Selection,
  format: AnswerFormat = EVERYTHING.format,
): QueryRequest {
  return {
    kind: "packets",
    ...EVERYTHING,
    ...rest,
    format,
    time: timeOf(time),
  };
}

function timeOf(time: TimeSelection): QueryTime {
  switch (time.kind) {
    case "all":
      return { kind: "all" };
    case "last": {
      const since: QueryPoint = {
        kind: "ago",
        microseconds: time.duration * 1000,
      };
      return { kind: "between", since, until: undefined };
    }
    case "between":
      return {
        kind: "between",
        since: time.since && pointOf(time.since, "up"),
        until: time.until && pointOf(time.until, "down"),
      };
    case "around":
      return {
        kind: "around",
        point: pointOf(time.time, "down"),
        minus: time.minus * 1000,
        plus: time.plus * 1000,
      };
  }
}

/** A point to the microsecond, such that no packet of another time is asked for. */
function pointOf(point: PointInTime, rounding: "up" | "down"): QueryPoint {
  if (point.kind === "ago") {
    return { kind: "ago", microseconds: point.milliseconds * 1000 };
  }
  const round = rounding === "up" ? Math.ceil : Math.floor;
  const microseconds = point.seconds * 1e6 + round(point.nanoseconds / 1000);
  return { kind: "absolute", microseconds };
}
