import { HttpError } from "./http_error.ts";
import type { HttpRequest } from "./message.ts";

/** Asks a browser for a password, which is the token; other clients send it as a bearer. */
const CHALLENGE = {
  "www-authenticate": 'Basic realm="nflog", charset="UTF-8"',
} as const;

/** Decides who is answered. */
export class AccessGuard {
  readonly #token: string | undefined;

  /**
   * @param token What a client must show; undefined where only this host's own clients can connect.
   */
  constructor(token: string | undefined) {
    this.#token = token;
  }

  /**
   * Lets a request through, or does not.
   *
   * @param request The request.
   * @throws {HttpError} If it is not answered.
   */
  async check(request: HttpRequest): Promise<void> {
    refuseOtherSites(request);
    if (this.#token === undefined) return refuseNames(request);
    const shown = shownToken(request.headers.get("authorization") ?? "");
    if (shown !== undefined && await equal(shown, this.#token)) return;
    throw new HttpError(
      401,
      "Cannot answer: show the token, as a bearer or as a password of any user",
      CHALLENGE,
    );
  }
}

/** A page of another site may lead here, but not fetch from here. */
function refuseOtherSites({ headers, path }: HttpRequest): void {
  const site = headers.get("sec-fetch-site") ?? "none";
  if (site === "same-origin" || site === "none") return;
  if (path === "/" && headers.get("sec-fetch-mode") === "navigate") return;
  throw new HttpError(403, "Cannot answer: a page of another site asks");
}

/**
 * A page of another site could pass for this one by a name of its own that is made to lead to the loopback address; addresses can not be made to lead
 * elsewhere.
 */
function refuseNames({ headers }: HttpRequest): void {
  const host = (headers.get("host") ?? "localhost").replace(/:[0-9]*$/, "");
  if (/^(localhost|[0-9.]+|\[[0-9a-f:.]+\])$/i.test(host)) return;
  throw new HttpError(
    403,
    "Cannot answer: call this host by its address or as localhost; other names need --http-token",
  );
}

function shownToken(authorization: string): string | undefined {
  const [, scheme = "", value = ""] = /^(\S+) +(\S+)$/.exec(authorization) ??
    [];
  switch (scheme.toLowerCase()) {
    case "bearer":
      return value;
    case "basic":
      return passwordOf(value);
    default:
      return undefined;
  }
}

function passwordOf(credentials: string): string | undefined {
  if (!/^[A-Za-z0-9+/]+=*$/.test(credentials)) return undefined;
  try {
    const text = atob(credentials);
    return text.slice(text.indexOf(":") + 1);
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

/** Compares two texts in a time that does not tell how much of them is equal. */
async function equal(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([digest(one), digest(other)]);
  let difference = 0;
  for (const [index, byte] of first.entries()) {
    difference |= byte ^ (second[index] ?? 0);
  }
  return difference === 0;
}

async function digest(text: string): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
