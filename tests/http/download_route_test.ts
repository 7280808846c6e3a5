import assert from "node:assert/strict";
import {
  type DownloadLimits,
  downloadRoute,
  type PacketFinder,
  type QueryFields,
} from "../../lib/http/download_route.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import type { HttpRequest, HttpResponse } from "../../lib/http/message.ts";
import { FakeClock } from "../roles/fakes.ts";

const PIECE = 1000;

async function* pieces(): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    await Promise.resolve();
    yield new Uint8Array(PIECE);
  }
}

/** A window that answers everything with pieces without end. */
class Fixture {
  readonly clock = new FakeClock();
  /** What was asked for. */
  readonly queries: QueryFields[] = [];
  find: PacketFinder["find"] = () => Promise.resolve(pieces());
  readonly #limits: Partial<DownloadLimits>;

  constructor(limits: Partial<DownloadLimits> = {}) {
    this.#limits = limits;
  }

  readonly #routes = (): ReturnType<typeof downloadRoute> =>
    downloadRoute({
      finder: {
        find: (query) => {
          this.queries.push(query);
          return this.find(query);
        },
      },
      limits: this.#limits,
      pause: (milliseconds) => {
        this.clock.time += milliseconds;
        return Promise.resolve();
      },
      monotonic: this.clock.now,
      now: () => new Date("2026-05-01T12:00:05.678Z"),
    });
  #handler: ReturnType<typeof downloadRoute>[string] | undefined;

  async ask(
    query: string,
    method: HttpRequest["method"] = "GET",
  ): Promise<HttpResponse> {
    this.#handler ??= this.#routes()["/buffer.pcap"];
    assert(this.#handler);
    return await this.#handler({
      method,
      path: "/buffer.pcap",
      query: new URLSearchParams(query),
      headers: new Map(),
      version: "1.1",
    });
  }

  async refused(query: string): Promise<HttpError> {
    try {
      await this.ask(query);
    } catch (error) {
      if (error instanceof HttpError) return error;
      throw error;
    }
    throw new Error(`Not refused: ${query}`);
  }
}

Deno.test("downloadRoute() hands the fields of a query on", async () => {
  const fixture = new Fixture();
  await fixture.ask(
    "last=1.5&filter=host+192.0.2.7&group=5&prefix=7&sensor=&maxPackets=9",
  );
  assert.deepEqual(fixture.queries, [{
    last: "1.5",
    filter: "host 192.0.2.7",
    group: "5",
    prefix: "7",
    sensor: "",
    maxPackets: "9",
    maxBytes: String(1024 ** 3),
  }]);
});

Deno.test("downloadRoute() gives a file with the time in its name", async () => {
  const { headers } = await new Fixture().ask("");
  assert.equal(
    headers["content-disposition"],
    'attachment; filename="nflog-20260501T120005Z.pcap"',
  );
});

Deno.test("attack: downloadRoute() bounds the size of a download, and lets a smaller bound be", async () => {
  const fixture = new Fixture({ size: 5000 });
  const asked = ["999999", "4000", "", "Infinity", "1e99", "x", "-1"];
  for (const maxBytes of asked) {
    (await fixture.ask(`maxBytes=${maxBytes}`)).done?.();
  }
  assert.deepEqual(
    fixture.queries.map(({ maxBytes }) => maxBytes),
    // What is no number is for the window to refuse.
    ["5000", "4000", "5000", "5000", "5000", "x", "-1"],
  );
});

Deno.test("downloadRoute() takes no field twice, and none for more than it is", async () => {
  const fixture = new Fixture();
  assert.equal((await fixture.refused("last=1&last=2")).status, 400);
  await fixture.ask("__proto__=1&constructor=2");
  const [fields = {}] = fixture.queries;
  assert.equal(Object.getPrototypeOf(fields), Object.prototype);
  assert(Object.hasOwn(fields, "__proto__"));
});

Deno.test("downloadRoute() passes on what the window says of a filter", async () => {
  const fixture = new Fixture();
  fixture.find = () =>
    Promise.reject(new SyntaxError("Cannot compile filter: syntax error"));
  const { status, message } = await fixture.refused("filter=foo");
  assert.deepEqual([status, message], [
    400,
    "Cannot compile filter: syntax error",
  ]);
});

Deno.test("downloadRoute() tells whether a query is right without answering it", async () => {
  const fixture = new Fixture({ atOnce: 1 });
  for (let round = 0; round < 3; round++) {
    const { status, body } = await fixture.ask("last=3&check=1");
    assert.deepEqual([status, body], [204, ""]);
  }
  assert.equal((await fixture.ask("last=3", "HEAD")).body, "");
});

Deno.test("attack: downloadRoute() gives so many downloads at a time, and counts those that ended", async () => {
  const fixture = new Fixture({ atOnce: 2 });
  const first = await fixture.ask("");
  await fixture.ask("");
  const { status, headers } = await fixture.refused("");
  assert.deepEqual([status, headers["retry-after"]], [503, "2"]);
  first.done?.();
  await fixture.ask("");
  await fixture.refused("");
});

Deno.test("attack: downloadRoute() keeps all downloads together to a rate", async () => {
  const fixture = new Fixture({ rate: 10_000 });
  const bodies = await Promise.all([fixture.ask(""), fixture.ask("")]);
  let bytes = 0;
  await Promise.all(bodies.map(async ({ body }) => {
    assert(typeof body !== "string");
    let pieces = 0;
    for await (const piece of body) {
      bytes += piece.byteLength;
      if (++pieces === 50) break;
    }
  }));
  assert.equal(bytes, 100 * PIECE);
  const seconds = fixture.clock.time / 1000;
  assert(seconds > 9 && seconds < 11, `${seconds} s for 100 kB at 10 kB/s`);
});
