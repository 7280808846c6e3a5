// The page, as a receiver would serve it, on numbers that a test makes up.
import { AccessGuard } from "../../lib/http/access_guard.ts";
import {
  downloadRoute,
  type PacketFinder,
} from "../../lib/http/download_route.ts";
import { HttpServer } from "../../lib/http/http_server.ts";
import { statsRoute } from "../../lib/http/metrics_routes.ts";
import { pageRoute } from "../../lib/http/page_route.ts";
import { handleRoutes } from "../../lib/http/routes.ts";
import type { StatsReport } from "../../lib/metrics/stats_report.ts";
import { TIMERS } from "../../lib/roles/timers.ts";
import { LogRecorder } from "../roles/log_recorder.ts";

/** A report of a receiver that has seen nothing. */
export const IDLE: StatsReport = {
  program: "nflog-pcap-recv",
  version: "0.1.0",
  instance: "00000000000000ab",
  started: "2026-05-01T12:00:00.000Z",
  totals: { received: 0, written: 0 },
  sensors: {},
  gauges: { output_queue_bytes: 0, output_queue_limit_bytes: 64 * 2 ** 20 },
  destination: { state: "writing" },
};

/** Serves the page. */
export class PageServer implements AsyncDisposable {
  /** Where the page is. */
  readonly url: string;
  readonly log = new LogRecorder();
  readonly #server: HttpServer;
  #tick = 0;

  private constructor(
    report: () => StatsReport,
    routes: Awaited<ReturnType<typeof pageRoute>>,
    finder: PacketFinder | undefined,
  ) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.url = `http://127.0.0.1:${listener.addr.port}/`;
    const monotonic = (): number => performance.now();
    const all = {
      ...routes,
      // Each answer is a new one, however fast the test makes time pass on the page.
      ...statsRoute({ report, monotonic: () => this.#tick += 1000 }),
      ...finder && downloadRoute({
        finder,
        pause: () => Promise.resolve(),
        monotonic,
        now: () => new Date(),
      }),
    };
    this.#server = new HttpServer(
      listener,
      handleRoutes(all, new AccessGuard(undefined)),
      { timers: TIMERS, monotonic, logger: this.log },
    );
  }

  /** Begins to serve. */
  static async start(
    report: () => StatsReport,
    finder?: PacketFinder,
  ): Promise<PageServer> {
    return new PageServer(report, await pageRoute(), finder);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }
}
