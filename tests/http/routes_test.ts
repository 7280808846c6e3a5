import assert from "node:assert/strict";
import { AccessGuard } from "../../lib/http/access_guard.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import type { HttpRequest, HttpResponse } from "../../lib/http/message.ts";
import { formatResponseHead, textResponse } from "../../lib/http/message.ts";
import { metricsRoutes, statsRoute } from "../../lib/http/metrics_routes.ts";
import { pageRoute } from "../../lib/http/page_route.ts";
import { handleRoutes, type Routes } from "../../lib/http/routes.ts";
import type { StatsReport } from "../../lib/metrics/stats_report.ts";
import { receiverReport } from "../metrics/reports.ts";
import { FakeClock } from "../roles/fakes.ts";

const ask = (path: string): HttpRequest => ({
  method: "GET",
  path,
  query: new URLSearchParams(),
  headers: new Map([["host", "localhost"]]),
  version: "1.1",
});

async function answer(routes: Routes, path: string): Promise<HttpResponse> {
  return await handleRoutes(routes, new AccessGuard(undefined))(ask(path));
}

/** Routes of a report that a test changes. */
function makeRoutes(
  report: () => StatsReport,
): { routes: Routes; clock: FakeClock; formatted: () => number } {
  const clock = new FakeClock();
  let formatted = 0;
  const metrics = {
    contentType: "text/plain; version=0.0.4",
    format(): Promise<string> {
      formatted++;
      return Promise.resolve(`metric ${report().totals["received"]}\n`);
    },
  };
  const options = { report, metrics, monotonic: clock.now };
  const routes = { ...metricsRoutes(options), ...statsRoute(options) };
  return { routes, clock, formatted: () => formatted };
}

Deno.test("metricsRoutes() writes metrics, at most four times a second however often they are asked for", async () => {
  let received = 1;
  const { routes, clock, formatted } = makeRoutes(() =>
    receiverReport({}, { totals: { received } })
  );
  const response = await answer(routes, "/metrics");
  assert.equal(response.body, "metric 1\n");
  assert.equal(response.headers["content-type"], "text/plain; version=0.0.4");
  received = 2;
  for (let asked = 0; asked < 100; asked++) await answer(routes, "/metrics");
  assert.equal(formatted(), 1);
  clock.time += 250;
  assert.equal((await answer(routes, "/metrics")).body, "metric 2\n");
});

Deno.test("metricsRoutes() calls a destination unhealthy that cannot be written to", async () => {
  const statuses: Readonly<Record<string, number>> = {
    writing: 200,
    stalled: 200,
    "waiting for a reader": 200,
    "disk full": 503,
    failing: 503,
    closed: 503,
  };
  for (const [state, status] of Object.entries(statuses)) {
    const report = receiverReport({}, { destination: { state } });
    const { routes } = makeRoutes(() => report);
    assert.equal((await answer(routes, "/healthz")).status, status, state);
  }
});

Deno.test("statsRoute() gives the report as it is written to a file", async () => {
  const report = receiverReport({ "gate/1": { received: 3 } });
  const { routes } = makeRoutes(() => report);
  const { body, headers } = await answer(routes, "/stats.json");
  assert.deepEqual(JSON.parse(String(body)), report);
  assert.equal(headers["content-type"], "application/json");
});

Deno.test("handleRoutes() answers no other path", async () => {
  const { routes } = makeRoutes(() => receiverReport({}));
  for (const path of ["/", "//metrics", "/metrics/", "/constructor", "/%2e"]) {
    await assert.rejects(
      answer(routes, path),
      (error) => error instanceof HttpError && error.status === 404,
      path,
    );
  }
});

Deno.test("pageRoute() lets the page run its own script, and nothing else", async () => {
  const { headers, body } = await answer(await pageRoute(), "/");
  const policy = headers["content-security-policy"] ?? "";
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'sha256-[A-Za-z0-9+/=]{44}'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe/);
  const page = String(body);
  assert.equal(page.match(/<script/g)?.length, 1);
  assert.equal(page.match(/<style/g)?.length, 1);
  // Nothing comes from outside, and nothing of what comes over the wire is ever HTML.
  const attributes = page.matchAll(/\b(?:src|href|action)="([^"]*)"/g);
  for (const [, target = ""] of attributes) {
    assert.match(target, /^(\/[a-z.]*|#[a-z]+|data:image\/svg\+xml,.*)$/);
  }
  assert.doesNotMatch(
    page,
    /innerHTML|outerHTML|insertAdjacent|document\.write/,
  );
});

Deno.test("attack: formatResponseHead() lets no header begin another one", () => {
  const response = textResponse(200, "a", { "x-name": "a\r\nset-cookie: b" });
  assert.throws(() => formatResponseHead(response, {}), TypeError);
});
