import type { CancelTimer, Timers } from "../roles/timers.ts";
import { HttpError } from "./http_error.ts";
import {
  formatResponseHead,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  textResponse,
} from "./message.ts";
import {
  findHeadEnd,
  MAX_HEAD_SIZE,
  parseRequestHead,
} from "./request_head.ts";

/** A connection of a client. */
export interface ByteConnection {
  /** Reads what has come, or waits for more; null at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes some of the bytes, and tells how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Says that nothing more is written. */
  closeWrite(): Promise<void>;
  /** Ends it; what is under way fails. */
  close(): void;
}

/** How long a client may take, in milliseconds. */
export interface HttpPatience {
  /** For the whole request. @default {5000} */
  request: number;
  /** For taking any part of the answer. @default {5000} */
  progress: number;
}

/** What {@linkcode HttpPatience} is when nothing is said. */
export const PATIENCE_DEFAULTS: Readonly<HttpPatience> = {
  request: 5000,
  progress: 5000,
};

/** Bytes that a client may still send after it was answered, before the connection is cut. */
const LEFTOVER = 64 * 1024;

/** What serving a connection needs. */
export interface ServeOptions {
  /** Does things later. */
  readonly timers: Timers;
  /** How long a client may take. */
  readonly patience: HttpPatience;
  /** Told of errors that are this program's own. */
  readonly onError: (error: unknown) => void;
}

/**
 * Answers one request on a connection, and closes it. A client that is slow, silent or gone ends it; nothing of that is thrown.
 *
 * @param connection The connection, which is closed.
 * @param handler Answers.
 * @param options What it needs.
 */
export async function serveConnection(
  connection: ByteConnection,
  handler: HttpHandler,
  options: ServeOptions,
): Promise<void> {
  const exchange = new Exchange(connection, options);
  try {
    await exchange.run(handler);
  } catch (error) {
    // Clients come and go as they like: only what is not about the connection is worth a word.
    if (!isAboutConnection(error)) options.onError(error);
  } finally {
    exchange.close();
  }
}

function isAboutConnection(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.TimedOut ||
    error instanceof Deno.errors.UnexpectedEof;
}

class Exchange {
  readonly #connection: ByteConnection;
  readonly #options: ServeOptions;
  #open = true;

  constructor(connection: ByteConnection, options: ServeOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#connection.close();
  }

  async run(handler: HttpHandler): Promise<void> {
    const { timers, patience } = this.#options;
    const cancel = timers.after(patience.request, () => this.close());
    let request: HttpRequest | undefined;
    let response: HttpResponse;
    try {
      request = await this.#readRequest();
      cancel();
      if (request === undefined) return;
      response = await handler(request);
    } catch (error) {
      response = this.#responseTo(error);
    } finally {
      cancel();
    }
    try {
      await this.#respond(response, request);
    } finally {
      response.done?.();
    }
    await this.#finish();
  }

  /** Reads the request; undefined when the client left without a word. */
  async #readRequest(): Promise<HttpRequest | undefined> {
    const bytes = new Uint8Array(MAX_HEAD_SIZE);
    for (let size = 0;;) {
      const count = await this.#connection.read(bytes.subarray(size));
      if (count === null) return undefined;
      size += count;
      const end = findHeadEnd(bytes.subarray(0, size));
      if (end >= 0) return parseRequestHead(bytes.subarray(0, end));
      if (size === bytes.length) {
        throw new HttpError(431, `Cannot take more than ${size} bytes`);
      }
    }
  }

  #responseTo(error: unknown): HttpResponse {
    if (error instanceof HttpError) {
      return textResponse(error.status, error.message, error.headers);
    }
    if (!this.#open || isAboutConnection(error)) throw error;
    this.#options.onError(error);
    return textResponse(500, "Cannot answer: see the program's log");
  }

  async #respond(
    response: HttpResponse,
    request: HttpRequest | undefined,
  ): Promise<void> {
    const { body } = response;
    const bare = request?.method === "HEAD";
    if (typeof body === "string") {
      const bytes = new TextEncoder().encode(body);
      const size = { "content-length": String(bytes.byteLength) };
      await this.#writeText(formatResponseHead(response, size));
      if (!bare) await this.#write(bytes);
      return;
    }
    // A client of HTTP/1.0 takes what comes until the end for the whole.
    const chunked = request?.version === "1.1";
    const framing = chunked ? { "transfer-encoding": "chunked" } : undefined;
    await this.#writeText(formatResponseHead(response, framing ?? {}));
    if (bare) return;
    for await (const piece of body) {
      if (piece.byteLength === 0) continue;
      if (chunked) {
        await this.#writeText(`${piece.byteLength.toString(16)}\r\n`);
      }
      await this.#write(piece);
      if (chunked) await this.#writeText("\r\n");
    }
    if (chunked) await this.#writeText("0\r\n\r\n");
  }

  #writeText(text: string): Promise<void> {
    return this.#write(new TextEncoder().encode(text));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.byteLength > 0;) {
      const cancel = this.#allow();
      try {
        rest = rest.subarray(await this.#connection.write(rest));
      } finally {
        cancel();
      }
    }
  }

  /** Lets the client read to the end before the connection goes: closing it while something is unread would throw away what it has not read. */
  async #finish(): Promise<void> {
    const cancel = this.#allow();
    try {
      await this.#connection.closeWrite();
      const scrap = new Uint8Array(4096);
      for (let left = LEFTOVER; left > 0;) {
        const count = await this.#connection.read(scrap);
        if (count === null) return;
        left -= count;
      }
    } finally {
      cancel();
    }
  }

  #allow(): CancelTimer {
    const { timers, patience } = this.#options;
    return timers.after(patience.progress, () => this.close());
  }
}
