import assert from "node:assert/strict";
import { AccessGuard } from "../../lib/http/access_guard.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import type { HttpRequest } from "../../lib/http/message.ts";

const TOKEN = "0123456789abcdef";

function request(
  headers: Readonly<Record<string, string>>,
  path = "/metrics",
): HttpRequest {
  return {
    method: "GET",
    path,
    query: new URLSearchParams(),
    headers: new Map(Object.entries(headers)),
    version: "1.1",
  };
}

async function statusOf(
  token: string | undefined,
  asked: HttpRequest,
): Promise<number> {
  try {
    await new AccessGuard(token).check(asked);
    return 200;
  } catch (error) {
    if (error instanceof HttpError) return error.status;
    throw error;
  }
}

const basic = (credentials: string): string => `Basic ${btoa(credentials)}`;

const AUTHORIZATIONS: Readonly<Record<string, number>> = {
  [`Bearer ${TOKEN}`]: 200,
  [`bearer  ${TOKEN}`]: 200,
  [basic(`anybody:${TOKEN}`)]: 200,
  [basic(`:${TOKEN}`)]: 200,
  "": 401,
  Bearer: 401,
  [`Bearer ${TOKEN}x`]: 401,
  [`Bearer ${TOKEN.slice(1)}`]: 401,
  [`Bearer ${TOKEN.toUpperCase()}`]: 401,
  [`Digest ${TOKEN}`]: 401,
  [basic(TOKEN)]: 200,
  [basic(`${TOKEN}:`)]: 401,
  "Basic !!!": 401,
  "Basic A": 401,
};

for (const [authorization, status] of Object.entries(AUTHORIZATIONS)) {
  Deno.test(`AccessGuard answers "${authorization}" with ${status}`, async () => {
    const asked = request({ host: "ids.example.net", authorization });
    assert.equal(await statusOf(TOKEN, asked), status);
  });
}

Deno.test("AccessGuard asks a browser for the token", async () => {
  await assert.rejects(
    new AccessGuard(TOKEN).check(request({ host: "ids" })),
    (error) =>
      error instanceof HttpError &&
      (error.headers["www-authenticate"] ?? "").startsWith("Basic realm="),
  );
});

const HOSTS: Readonly<Record<string, number>> = {
  "localhost:9100": 200,
  "LOCALHOST": 200,
  "127.0.0.1:9100": 200,
  "[::1]:9100": 200,
  "192.0.2.7": 200,
  // A name of somebody else's that he makes lead to the loopback address.
  "rebound.example.com:9100": 403,
  "127.0.0.1.example.com": 403,
  "localhost.example.com": 403,
  "": 403,
};

for (const [host, status] of Object.entries(HOSTS)) {
  Deno.test(`AccessGuard without a token answers host "${host}" with ${status}`, async () => {
    assert.equal(await statusOf(undefined, request({ host })), status);
  });
}

Deno.test("attack: AccessGuard lets no page of another site fetch, with the token or without", async () => {
  for (const site of ["cross-site", "same-site"]) {
    const headers = {
      host: "localhost",
      authorization: `Bearer ${TOKEN}`,
      "sec-fetch-site": site,
      "sec-fetch-mode": "no-cors",
    };
    for (const token of [TOKEN, undefined]) {
      assert.equal(
        await statusOf(token, request(headers, "/buffer.pcap")),
        403,
      );
      assert.equal(await statusOf(token, request(headers, "/")), 403);
      const link = { ...headers, "sec-fetch-mode": "navigate" };
      assert.equal(await statusOf(token, request(link, "/")), 200);
      assert.equal(await statusOf(token, request(link, "/stats.json")), 403);
    }
  }
});
