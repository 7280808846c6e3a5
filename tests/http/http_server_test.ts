import assert from "node:assert/strict";
import { HttpError } from "../../lib/http/http_error.ts";
import {
  HTTP_LIMITS,
  type HttpLimits,
  HttpServer,
} from "../../lib/http/http_server.ts";
import { type HttpHandler, textResponse } from "../../lib/http/message.ts";
import { TIMERS } from "../../lib/roles/timers.ts";
import { FakeLogger } from "../roles/fakes.ts";
import { ManualTimers } from "../roles/rate_fakes.ts";
import { FakeConnection, FakeListener, settle } from "./fake_connection.ts";

const GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const OK: HttpHandler = () => textResponse(200, "fine");

/** A server on connections of the test, with its clock in the test's hand. */
class Fixture implements AsyncDisposable {
  readonly timers = new ManualTimers();
  readonly logger = new FakeLogger();
  readonly listener = new FakeListener();
  readonly #server: HttpServer;

  constructor(handler: HttpHandler, limits: Partial<HttpLimits> = {}) {
    this.#server = new HttpServer(this.listener, handler, {
      limits,
      logger: this.logger,
      timers: this.timers,
      monotonic: () => this.timers.time,
    });
  }

  /** Connects a client that has sent something. */
  connect(...sent: string[]): FakeConnection {
    const connection = new FakeConnection(...sent);
    this.listener.connect(connection);
    return connection;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }
}

Deno.test("HttpServer answers, says so, and ends the connection", async () => {
  await using fixture = new Fixture(OK);
  const client = fixture.connect(GET.slice(0, 9), GET.slice(9));
  await settle();
  assert.match(client.written, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(client.written, /\r\nconnection: close\r\n/);
  assert.match(client.written, /\r\ncontent-length: 5\r\n\r\nfine\n$/);
  client.hangUp();
  await client.end;
  assert.equal(client.closed, 1);
});

Deno.test("HttpServer answers HEAD without a body", async () => {
  await using fixture = new Fixture(OK);
  const client = fixture.connect(GET.replace("GET", "HEAD"));
  await settle();
  assert.match(client.written, /content-length: 5\r\n\r\n$/);
});

Deno.test("HttpServer tells the reason of a refusal, and keeps a fault to itself", async () => {
  const faults = ["refused", "broken"];
  await using fixture = new Fixture(() => {
    if (faults.shift() === "refused") throw new HttpError(403, "Not for you");
    throw new Error("secret detail");
  });
  const refused = fixture.connect(GET);
  await settle();
  const broken = fixture.connect(GET);
  await settle();
  assert.match(refused.written, /^HTTP\/1\.1 403 .*Not for you\n$/s);
  assert.match(broken.written, /^HTTP\/1\.1 500 /);
  assert.doesNotMatch(broken.written, /secret/);
  assert.deepEqual(fixture.logger.lines.map(({ message }) => message), [
    "Cannot answer an HTTP request: secret detail",
  ]);
});

Deno.test("HttpServer answers what it can not read", async () => {
  await using fixture = new Fixture(OK);
  const wrong = fixture.connect("\x16\x03\x01\r\n\r\n");
  const large = fixture.connect(`GET /${"a".repeat(9000)}`);
  const body = fixture.connect("POST / HTTP/1.1\r\nHost: a\r\n\r\nbody");
  await settle();
  assert.match(wrong.written, /^HTTP\/1\.1 400 /);
  assert.match(large.written, /^HTTP\/1\.1 431 /);
  assert.match(body.written, /^HTTP\/1\.1 405 .*\r\nallow: GET, HEAD\r\n/s);
});

Deno.test("HttpServer sends pieces as chunks, or to the end for HTTP/1.0", async () => {
  const pieces = ["one", "", "three"];
  await using fixture = new Fixture(() => ({
    status: 200,
    headers: {},
    body: ReadableStream.from(
      pieces.map((piece) => new TextEncoder().encode(piece)),
    ),
  }));
  const chunked = fixture.connect(GET);
  const plain = fixture.connect("GET / HTTP/1.0\r\n\r\n");
  await settle();
  assert.match(
    chunked.written,
    /\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\n\r\n$/,
  );
  assert.match(plain.written, /\r\n\r\nonethree$/);
});

Deno.test("attack: a client that takes too long to ask is cut off by HttpServer", async () => {
  await using fixture = new Fixture(OK);
  const silent = fixture.connect();
  const slow = fixture.connect("GET / HT");
  await settle();
  for (let second = 0; second < 4; second++) {
    fixture.timers.advance(1000);
    slow.send("T");
    await settle();
  }
  assert.equal(slow.closed + silent.closed, 0);
  fixture.timers.advance(1000);
  await Promise.all([slow.end, silent.end]);
  assert.equal(slow.written, "");
});

Deno.test("attack: a client that stops reading is cut off by HttpServer, and what it was given ends", async () => {
  const ended: string[] = [];
  await using fixture = new Fixture(() => ({
    status: 200,
    headers: {},
    body: (async function* (): AsyncGenerator<Uint8Array, void> {
      try {
        for (;;) {
          yield new Uint8Array(1000);
          await Promise.resolve();
        }
      } finally {
        ended.push("body");
      }
    })(),
    done: () => void ended.push("answer"),
  }));
  const client = fixture.connect();
  client.room = 5000;
  client.send(GET);
  await settle();
  assert.equal(client.written.length, 5000);
  fixture.timers.advance(4999);
  // Any progress gives it the whole time again.
  client.room = 1;
  client.send("x");
  await settle();
  fixture.timers.advance(4999);
  await settle();
  assert.equal(client.closed, 0);
  fixture.timers.advance(1);
  await client.end;
  await settle();
  assert.deepEqual(ended, ["body", "answer"]);
});

Deno.test("attack: connections beyond what HttpServer may hold wait until one ends", async () => {
  await using fixture = new Fixture(OK, { connections: 3 });
  const clients = Array.from({ length: 10 }, () => fixture.connect());
  await settle();
  assert.equal(fixture.listener.accepted, 3);
  clients[0]?.hangUp();
  await settle();
  assert.equal(fixture.listener.accepted, 4);
});

Deno.test("attack: HttpServer takes no more connections a second than it may, however many come", async () => {
  await using fixture = new Fixture(OK);
  const { rate } = HTTP_LIMITS;
  for (let client = 0; client < 500; client++) fixture.connect(GET).hangUp();
  for (let turn = 0; turn < 500; turn++) await settle();
  assert.equal(fixture.listener.accepted, rate);
  for (let step = 0; step < 100; step++) {
    fixture.timers.advance(20);
    for (let turn = 0; turn < 10; turn++) await settle();
  }
  const { accepted } = fixture.listener;
  assert(accepted > 2.5 * rate && accepted <= 3 * rate, String(accepted));
});

Deno.test("HttpServer goes on when no connection can be taken, and does not spin meanwhile", async () => {
  await using fixture = new Fixture(OK);
  const error = new Error("Too many open files (os error 24)");
  fixture.listener.connect(error, error);
  await settle();
  assert.equal(fixture.logger.lines.length, 1);
  fixture.timers.advance(1000);
  await settle();
  assert.equal(fixture.logger.lines.length, 2);
  const client = fixture.connect(GET);
  fixture.timers.advance(1000);
  await settle();
  assert.match(client.written, /^HTTP\/1\.1 200/);
});

Deno.test("HttpServer ends at once, whatever its clients do", async () => {
  const fixture = new Fixture(OK);
  const clients = [fixture.connect(), fixture.connect("GET /")];
  await settle();
  await fixture[Symbol.asyncDispose]();
  for (const client of clients) await client.end;
  await fixture[Symbol.asyncDispose]();
  assert.equal(fixture.timers.running, 0);
});

Deno.test("HttpServer talks to a client that we did not write", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const megabyte = new Uint8Array(1024 * 1024).fill(65);
  await using _server = new HttpServer(
    listener,
    ({ path }) =>
      path === "/large"
        ? {
          status: 200,
          headers: { "content-type": "text/plain" },
          body: ReadableStream.from(Array.from({ length: 8 }, () => megabyte)),
        }
        : textResponse(200, path),
    {
      logger: new FakeLogger(),
      timers: TIMERS,
      monotonic: () => performance.now(),
    },
  );
  const base = `http://127.0.0.1:${listener.addr.port}`;
  assert.equal(await (await fetch(`${base}/a`)).text(), "/a\n");
  const large = await fetch(`${base}/large`);
  assert.equal((await large.arrayBuffer()).byteLength, 8 * 1024 * 1024);
  const post = await fetch(base, { method: "POST", body: "x".repeat(100_000) });
  assert.equal(post.status, 405);
  await post.body?.cancel();
});
