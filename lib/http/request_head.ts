import { HttpError } from "./http_error.ts";
import type { HttpRequest } from "./message.ts";

/** Most bytes before the body. */
export const MAX_HEAD_SIZE = 8192;

/** Most headers. */
const MAX_HEADERS = 64;

const REQUEST_LINE = /^([!-~]{1,32}) (\/[!-~]*) HTTP\/1\.([01])$/;
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\u0080-\u00ff]*)$/;

/** Headers that must not come twice, since programs differ on which of the two counts. */
const SINGLE: ReadonlySet<string> = new Set([
  ...["host", "authorization", "content-length", "transfer-encoding"],
]);

/**
 * Finds the end of what comes before the body.
 *
 * @param bytes What was received.
 * @returns The place behind the empty line; -1 if it is not there yet.
 */
export function findHeadEnd(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    const ends = at >= 3 && bytes[at - 1] === 13 && bytes[at - 2] === 10 &&
      bytes[at - 3] === 13;
    if (ends) return at + 1;
  }
  return -1;
}

/**
 * Reads what a client sent before the body; there must be no body.
 *
 * @param bytes All of it, with the empty line at its end.
 * @returns The request.
 * @throws {HttpError} If it is not right, or asks for what is not done here.
 */
export function parseRequestHead(bytes: Uint8Array): HttpRequest {
  const text = new TextDecoder("latin1").decode(bytes);
  const [first = "", ...lines] = text.slice(0, -4).split("\r\n");
  const match = REQUEST_LINE.exec(first);
  if (match === null) {
    throw new HttpError(
      400,
      "Cannot read the request: its first line is wrong",
    );
  }
  const [, method = "", target = "", minor] = match;
  const headers = parseHeaders(lines);
  if (method !== "GET" && method !== "HEAD") {
    throw new HttpError(
      405,
      `Cannot ${method}: only GET and HEAD are answered`,
      {
        allow: "GET, HEAD",
      },
    );
  }
  if (
    headers.has("transfer-encoding") ||
    (headers.get("content-length") ?? "0") !== "0"
  ) throw new HttpError(413, "Cannot take a body: none is expected");
  if (minor === "1" && !headers.has("host")) {
    throw new HttpError(400, "Cannot read the request: it has no Host");
  }
  const [path = "", ...query] = target.split("?");
  return {
    method,
    path,
    query: new URLSearchParams(query.join("?")),
    headers,
    version: minor === "1" ? "1.1" : "1.0",
  };
}

function parseHeaders(lines: readonly string[]): Map<string, string> {
  if (lines.length > MAX_HEADERS) {
    throw new HttpError(431, `Cannot take more than ${MAX_HEADERS} headers`);
  }
  const headers = new Map<string, string>();
  for (const line of lines) {
    const match = HEADER.exec(line);
    if (match === null) {
      throw new HttpError(400, "Cannot read the request: a header is wrong");
    }
    const name = (match[1] ?? "").toLowerCase();
    const value = (match[2] ?? "").trimEnd();
    const before = headers.get(name);
    if (before !== undefined && SINGLE.has(name)) {
      throw new HttpError(400, `Cannot read the request: ${name} came twice`);
    }
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}
