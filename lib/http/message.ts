// What goes over a connection, in the words of this project: no more of HTTP than is needed to answer with something.

/** What a client asks for. */
export interface HttpRequest {
  /** HEAD is answered as GET is, without the body. */
  readonly method: "GET" | "HEAD";
  /** The path, as it was sent: not decoded. */
  readonly path: string;
  /** What stood after the question mark. */
  readonly query: URLSearchParams;
  /** The headers, by name in lower case; a name that came several times has its values joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** The client's version of HTTP. */
  readonly version: "1.0" | "1.1";
}

/** What it is answered with. */
export interface HttpResponse {
  /** Status, 200 to 599. */
  readonly status: number;
  /** Headers, beside those that every answer has. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body: at once, or piece by piece. A piece is borrowed until the next one is asked for. */
  readonly body: string | AsyncIterable<Uint8Array>;
  /** Called once, when the answer is over, however it ended. */
  readonly done?: () => void;
}

/** Answers requests; an {@linkcode HttpError} that it throws is an answer too. */
export type HttpHandler = (
  request: HttpRequest,
) => HttpResponse | Promise<HttpResponse>;

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  204: "No Content",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** What every answer says: a page may take nothing from elsewhere, no other page may use it, and nothing is kept. */
const USUAL_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "connection": "close",
} as const;

/**
 * Makes an answer of a text.
 *
 * @param status Its status.
 * @param text The text; it gets a line break at its end.
 * @param headers Its headers beside the usual ones.
 * @returns The answer.
 */
export function textResponse(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  const type = { "content-type": "text/plain; charset=utf-8" };
  return { status, headers: { ...type, ...headers }, body: `${text}\n` };
}

/**
 * Writes what comes before the body.
 *
 * @param response The answer.
 * @param framing Headers that tell where the body ends.
 * @returns The status line, the headers, and the empty line behind them.
 * @throws {TypeError} If a header has characters that could begin another one.
 */
export function formatResponseHead(
  { status, headers }: HttpResponse,
  framing: Readonly<Record<string, string>>,
): string {
  const lines = [`HTTP/1.1 ${status} ${REASONS[status] ?? "Status"}`];
  const all = { ...USUAL_HEADERS, ...headers, ...framing };
  for (const [name, value] of Object.entries(all)) {
    if (!/^[\x20-\x7e]*$/.test(value)) {
      throw new TypeError(`Cannot send header ${name}: it is not plain ASCII`);
    }
    lines.push(`${name}: ${value}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}
