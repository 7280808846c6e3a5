import type { StatsReport } from "../metrics/stats_report.ts";
import { keep } from "./kept.ts";
import { textResponse } from "./message.ts";
import type { Routes } from "./routes.ts";

/** Writes the numbers for Prometheus. */
export interface MetricsText {
  /** The type of the text. */
  readonly contentType: string;
  /** Writes the numbers as they are now. */
  format(): Promise<string>;
}

/** What {@linkcode metricsRoutes} needs. */
export interface MetricsRoutesOptions {
  /** Makes the report, as it is now. */
  readonly report: () => StatsReport;
  /** Writes it for Prometheus. */
  readonly metrics: MetricsText;
  /** The time in milliseconds, of a clock that nobody sets. */
  readonly monotonic: () => number;
}

/** How old numbers may be, in milliseconds: it bounds what clients can cost who ask without end. */
const AGE = 250;

/** States of a destination in which no packet can be written, whoever reads. */
const UNHEALTHY: ReadonlySet<string> = new Set([
  ...["disk full", "failing", "closed"],
]);

/**
 * Answers about the program: `/metrics` and `/healthz`.
 *
 * @param options What it needs.
 * @returns Who answers what.
 */
export function metricsRoutes(options: MetricsRoutesOptions): Routes {
  const { report, metrics, monotonic } = options;
  const text = keep(() => metrics.format(), { age: AGE, monotonic });
  return {
    "/metrics": async () => ({
      status: 200,
      headers: { "content-type": metrics.contentType },
      body: await text(),
    }),
    "/healthz": () => {
      const state = report().destination?.state;
      return state !== undefined && UNHEALTHY.has(state)
        ? textResponse(503, `destination: ${state}`)
        : textResponse(200, "ok");
    },
  };
}

/**
 * Answers with the object that `--stats-json` writes: `/stats.json`.
 *
 * @param options What it needs.
 * @returns Who answers what.
 */
export function statsRoute(
  { report, monotonic }: Pick<MetricsRoutesOptions, "report" | "monotonic">,
): Routes {
  const json = keep(() => `${JSON.stringify(report())}\n`, {
    age: AGE,
    monotonic,
  });
  return {
    "/stats.json": () => ({
      status: 200,
      headers: { "content-type": "application/json" },
      body: json(),
    }),
  };
}
