// What a program tells while it runs: to a statsd server, and to who asks over HTTP. What is not asked for is not even loaded.

import process from "node:process";
import type { HttpSettings } from "../../lib/cli/groups/http_options.ts";
import type {
  Statsd,
  StatsdSettings,
} from "../../lib/cli/groups/statsd_options.ts";
import { formatHostPort, type HostPort } from "../../lib/cli/values/mod.ts";
import type { PacketFinder } from "../../lib/http/download_route.ts";
import type { Routes } from "../../lib/http/routes.ts";
import type { ProcessUsage } from "../../lib/metrics/prometheus_exporter.ts";
import { pause } from "../../lib/roles/pause.ts";
import { RateLimitedLogger } from "../../lib/roles/rate_limited_logger.ts";
import { TIMERS } from "../../lib/roles/timers.ts";
import type { Host } from "./host.ts";

/** What a program was told about telling. */
export type MetricsSettings = StatsdSettings & HttpSettings;

/** What it tells besides numbers, and what ends it. */
export interface MetricsOptions {
  /** Ends what is begun here: open this before what is counted, so that the last numbers are told last. */
  readonly stack: AsyncDisposableStack;
  /** Whether there is a page, with the report that it shows. */
  readonly hasPage?: boolean;
  /** Finds packets in the window; undefined where there is none. */
  readonly finder?: PacketFinder | undefined;
}

/** Least time between two lines about HTTP, in milliseconds. */
const LINE_INTERVAL = 60_000;

const monotonic = (): number => performance.now();

/**
 * Begins to tell what a program counts, as far as it was told to; then gives up the network if it is not needed any more.
 *
 * @param settings What the program was told.
 * @param host The process it runs in, which knows the numbers.
 * @param options What it tells besides.
 * @throws {Error} If the address cannot be listened on, or the token is not right.
 */
export async function openMetrics(
  settings: MetricsSettings,
  host: Host,
  options: MetricsOptions,
): Promise<void> {
  const { http, httpTokenFile, statsd } = settings;
  if (statsd !== undefined) await openStatsd(statsd, host, options.stack);
  if (http !== undefined) {
    const token = httpTokenFile === undefined
      ? undefined
      : await readToken(httpTokenFile);
    await openHttp({ address: http, token }, host, options);
  }
  if (statsd === undefined) host.giveUpNetwork();
}

async function readToken(path: string): Promise<string> {
  const { readHttpToken } = await import("./http_token.ts");
  return await readHttpToken(path);
}

async function openStatsd(
  settings: Statsd,
  host: Host,
  stack: AsyncDisposableStack,
): Promise<void> {
  const [{ HotShotsClient }, { StatsdCounts }, { StatsdReporter }] =
    await Promise.all([
      import("./statsd_client.ts"),
      import("../../lib/metrics/statsd_counts.ts"),
      import("../../lib/roles/statsd_reporter.ts"),
    ]);
  const client = stack.use(new HotShotsClient(settings));
  const prefix = settings.prefix.replaceAll("{host}", () => Deno.hostname());
  stack.use(
    new StatsdReporter({
      report: () => host.snapshot(),
      counts: new StatsdCounts(prefix),
      client,
      interval: settings.interval,
      timers: TIMERS,
      monotonic,
      logger: host.logger,
    }),
  );
}

async function openHttp(
  { address, token }: { address: HostPort; token: string | undefined },
  host: Host,
  options: MetricsOptions,
): Promise<void> {
  const [{ HttpServer }, { handleRoutes }, { AccessGuard }] = await Promise.all(
    [
      import("../../lib/http/http_server.ts"),
      import("../../lib/http/routes.ts"),
      import("../../lib/http/access_guard.ts"),
    ],
  );
  const routes = await openRoutes(host, options);
  const listener = listen(address);
  const handler = handleRoutes(routes, new AccessGuard(token));
  const logger = new RateLimitedLogger(host.logger, {
    interval: LINE_INTERVAL,
    now: monotonic,
  });
  options.stack.use(
    new HttpServer(listener, handler, { timers: TIMERS, monotonic, logger }),
  );
  const { addr: { hostname, port } } = listener;
  const url = `http://${formatHostPort({ host: hostname, port })}/`;
  host.logger.info("Answering HTTP", { url });
}

function listen(address: HostPort): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: address.host, port: address.port });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `Cannot listen on ${formatHostPort(address)} for HTTP: ${reason}`,
      { cause },
    );
  }
}

async function openRoutes(
  host: Host,
  { hasPage = false, finder }: MetricsOptions,
): Promise<Routes> {
  const [{ metricsRoutes, statsRoute }, { PrometheusExporter }] = await Promise
    .all([
      import("../../lib/http/metrics_routes.ts"),
      import("../../lib/metrics/prometheus_exporter.ts"),
    ]);
  const exporter = new PrometheusExporter();
  const report = (): ReturnType<Host["snapshot"]> => host.snapshot();
  const metrics = {
    contentType: exporter.contentType,
    format: () => exporter.format(report(), processUsage()),
  };
  const routes = metricsRoutes({ report, metrics, monotonic });
  if (!hasPage) return routes;
  const [{ pageRoute }, { downloadRoute }] = await Promise.all([
    import("../../lib/http/page_route.ts"),
    import("../../lib/http/download_route.ts"),
  ]);
  const now = (): Date => new Date();
  return {
    ...await pageRoute(),
    ...routes,
    ...statsRoute({ report, monotonic }),
    ...finder && downloadRoute({ finder, pause, monotonic, now }),
  };
}

function processUsage(): ProcessUsage {
  const { user, system } = process.cpuUsage();
  return {
    cpuSeconds: (user + system) / 1e6,
    residentBytes: Deno.memoryUsage().rss,
  };
}
