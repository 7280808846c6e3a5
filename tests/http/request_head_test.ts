import assert from "node:assert/strict";
import { HttpError } from "../../lib/http/http_error.ts";
import { findHeadEnd, parseRequestHead } from "../../lib/http/request_head.ts";
import { makeRandom } from "../pcap/packets.ts";

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Makes what a client sends: a request line and headers. */
function head(first: string, ...headers: string[]): Uint8Array {
  return bytesOf([first, ...headers, "", ""].join("\r\n"));
}

Deno.test("parseRequestHead() reads what a browser sends", () => {
  const request = parseRequestHead(
    head(
      "GET /buffer.pcap?last=30&filter=host%20192.0.2.7?x HTTP/1.1",
      "Host: [::1]:9100",
      "Accept: */*",
      "accept: text/html  ",
    ),
  );
  assert.equal(request.method, "GET");
  assert.equal(request.path, "/buffer.pcap");
  assert.equal(request.query.get("last"), "30");
  assert.equal(request.query.get("filter"), "host 192.0.2.7?x");
  assert.equal(request.headers.get("host"), "[::1]:9100");
  assert.equal(request.headers.get("accept"), "*/*, text/html");
  assert.equal(request.version, "1.1");
});

Deno.test("parseRequestHead() takes HTTP/1.0 without a host", () => {
  assert.equal(parseRequestHead(head("HEAD / HTTP/1.0")).version, "1.0");
});

const HOST = "Host: a";
const REFUSED: readonly (readonly [status: number, bytes: Uint8Array])[] = [
  [400, head("")],
  [400, head("GET")],
  [400, head("GET / HTTP/2.0", HOST)],
  [400, head("GET  / HTTP/1.1", HOST)],
  [400, head("GET http://elsewhere/ HTTP/1.1", HOST)],
  [400, head("GET /a b HTTP/1.1", HOST)],
  [400, head("GET /\u00e9 HTTP/1.1", HOST)],
  [400, head("GET / HTTP/1.1")],
  [400, head("GET / HTTP/1.1", HOST, HOST)],
  [400, head("GET / HTTP/1.1", HOST, "Authorization: a", "authorization: b")],
  [400, head("GET / HTTP/1.1", HOST, " folded: 1")],
  [400, head("GET / HTTP/1.1", HOST, "no colon")],
  [400, head("GET / HTTP/1.1", HOST, "space before : 1")],
  [400, head("GET / HTTP/1.1", HOST, "a: b\nc: d")],
  [400, head("GET / HTTP/1.1", HOST, "a: \0")],
  [405, head("POST / HTTP/1.1", HOST)],
  [405, head("CONNECT / HTTP/1.1", HOST)],
  [413, head("GET / HTTP/1.1", HOST, "Content-Length: 1")],
  [413, head("GET / HTTP/1.1", HOST, "Transfer-Encoding: chunked")],
  [431, head("GET / HTTP/1.1", ...Array.from({ length: 65 }, () => "a: b"))],
];

for (const [status, bytes] of REFUSED) {
  const shown = JSON.stringify(new TextDecoder("latin1").decode(bytes));
  Deno.test(`parseRequestHead() answers ${shown.slice(0, 70)} with ${status}`, () => {
    assert.throws(
      () => parseRequestHead(bytes),
      (error) => error instanceof HttpError && error.status === status,
    );
  });
}

Deno.test("findHeadEnd() finds the empty line, and only a whole one", () => {
  assert.equal(findHeadEnd(bytesOf("GET / HTTP/1.1\r\n\r\nmore")), 18);
  for (const text of ["", "\r\n", "a\n\n", "a\r\n\r", "a\r\n\n", "a\n\r\n"]) {
    assert.equal(findHeadEnd(bytesOf(text)), -1, JSON.stringify(text));
  }
});

Deno.test("parseRequestHead() reads or refuses whatever comes, and throws nothing else", () => {
  const random = makeRandom(4);
  const good = head(
    "GET /stats.json?a=%41&b=%zz HTTP/1.1",
    "Host: localhost:9100",
    "Authorization: Bearer abcdefghijklmnop",
  );
  for (let round = 0; round < 20_000; round++) {
    const bytes = good.slice();
    for (let change = random(7); change > 0; change--) {
      bytes[random(bytes.length)] = random(256);
    }
    try {
      parseRequestHead(bytes);
    } catch (error) {
      assert(error instanceof HttpError, String(error));
    }
  }
});
