// What clients say over HTTP, from the connection to the answer.

import fc from "fast-check";
import assert from "node:assert/strict";
import { AccessGuard } from "../../../lib/http/access_guard.ts";
import {
  downloadRoute,
  type PacketFinder,
} from "../../../lib/http/download_route.ts";
import {
  PATIENCE_DEFAULTS,
  serveConnection,
} from "../../../lib/http/http_connection.ts";
import { HttpError } from "../../../lib/http/http_error.ts";
import type { HttpHandler } from "../../../lib/http/message.ts";
import {
  findHeadEnd,
  parseRequestHead,
} from "../../../lib/http/request_head.ts";
import { handleRoutes } from "../../../lib/http/routes.ts";
import { pause } from "../../../lib/roles/pause.ts";
import { parseQuery } from "../../../lib/roles/query_request.ts";
import type { Timers } from "../../../lib/roles/timers.ts";
import { FakeConnection } from "../../http/fake_connection.ts";
import { type FuzzTarget, fuzzTarget } from "../fuzz_target.ts";
import { damaged } from "../mutation.ts";

const REQUESTS = [
  "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
  "GET /buffer.pcap?last=30&filter=host%20192.0.2.7 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer 0123456789abcdef\r\n\r\n",
  "GET /buffer.pcap?check=1&since=5&format=pcapng HTTP/1.1\r\nHost: [::1]:9100\r\n\r\n",
  "GET /buffer.pcap HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic YTowMTIzNDU2Nzg5YWJjZGVm\r\n\r\n",
  "HEAD /metrics HTTP/1.0\r\nAccept: */*\r\nConnection: close\r\n\r\n",
].map((text) => new TextEncoder().encode(text));

function checkHead(bytes: Uint8Array): void {
  const end = findHeadEnd(bytes);
  if (end < 0) return;
  try {
    parseRequestHead(bytes.subarray(0, end));
  } catch (error) {
    assert(error instanceof HttpError, `It threw ${error}`);
    assert(error.status >= 400 && error.status < 600);
  }
}

/** Answers any query that is right with a few bytes. */
const FINDER: PacketFinder = {
  find(fields): Promise<AsyncIterable<Uint8Array>> {
    parseQuery(fields);
    return Promise.resolve(ReadableStream.from([new Uint8Array(24)]));
  },
};

/** Time stands still for clients: what takes too long is the test's own affair. */
const NO_TIMERS: Timers = { after: () => () => {}, every: () => () => {} };

const ROUTES = {
  "/metrics": () => ({ status: 200, headers: {}, body: "up 1\n" }),
  ...downloadRoute({
    finder: FINDER,
    pause,
    monotonic: () => 0,
    now: () => new Date(0),
  }),
};

const HANDLERS: readonly HttpHandler[] = [undefined, "0123456789abcdef"]
  .map((token) => handleRoutes(ROUTES, new AccessGuard(token)));

/** What a client sends, in pieces of one size. */
interface Client {
  bytes: Uint8Array;
  piece: number;
  guard: number;
}

/** Whatever a client sends, it is answered properly or not at all, and its connection ends. */
async function checkConnection(client: Client): Promise<void> {
  const { bytes, piece, guard } = client;
  const connection = new FakeConnection();
  for (let at = 0; at < bytes.length; at += piece) {
    connection.send(bytes.slice(at, at + piece));
  }
  connection.hangUp();
  const handler = HANDLERS[guard];
  assert(handler !== undefined);
  await serveConnection(connection, handler, {
    timers: NO_TIMERS,
    patience: PATIENCE_DEFAULTS,
    onError(error): void {
      throw error;
    },
  });
  assert(connection.closed > 0, "The connection is left open");
  const { written } = connection;
  if (written === "") return;
  const [head = ""] = written.split("\r\n\r\n", 1);
  const [status = "", ...headers] = head.split("\r\n");
  assert.match(status, /^HTTP\/1\.1 [2-5]\d\d [A-Z][A-Za-z ]*$/);
  // Nothing that a client sends may become a header of the answer.
  for (const line of headers) {
    assert.match(
      line,
      /^(content-|cache-|cross-|referrer-|x-content|connection|www-auth|allow|retry|transfer-)[a-z-]*: [ -~]*$/,
    );
  }
}

const CLIENTS: fc.Arbitrary<Client> = fc.record({
  bytes: damaged(REQUESTS),
  piece: fc.integer({ min: 1, max: 200 }),
  guard: fc.nat(HANDLERS.length - 1),
});

/** Targets: heads of requests, and whole connections. */
export const HTTP_TARGETS: readonly FuzzTarget[] = [
  fuzzTarget("http", { inputs: damaged(REQUESTS), check: checkHead }),
  fuzzTarget("http-connections", {
    inputs: CLIENTS,
    check: checkConnection,
    isAsync: true,
    share: 0.2,
  }),
];
