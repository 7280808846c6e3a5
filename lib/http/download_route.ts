import { TokenBucket } from "../rate/token_bucket.ts";
import type { Pause } from "../roles/pause.ts";
import { HttpError } from "./http_error.ts";
import type { HttpRequest, HttpResponse } from "./message.ts";
import type { Routes } from "./routes.ts";

/** A query as the JSON of `nflog-pcap-query` has it, by name of its fields. */
export type PacketQuery = Readonly<Record<string, string | number>>;

/** Finds packets in the window of the last traffic. */
export interface PacketFinder {
  /**
   * Begins an answer.
   *
   * @param query What is asked for.
   * @returns Pieces of a capture file, made as they are asked for, each borrowed until the next one.
   * @throws {SyntaxError | RangeError | TypeError} If the query is not right; the message is for who asked.
   */
  find(query: PacketQuery): AsyncIterable<Uint8Array>;
}

/** How much is downloaded at most. */
export interface DownloadLimits {
  /** Downloads at a time. @default {2} */
  atOnce: number;
  /** Bytes of one download; it ends with a whole packet. @default {1073741824} */
  size: number;
  /** Bytes in a second, of all downloads together. @default {33554432} */
  rate: number;
}

/** What {@linkcode DownloadLimits} are when nothing is said. */
export const DOWNLOAD_LIMITS: Readonly<DownloadLimits> = {
  atOnce: 2,
  size: 1024 * 1024 * 1024,
  rate: 32 * 1024 * 1024,
};

/** What {@linkcode downloadRoute} needs. */
export interface DownloadOptions {
  /** Finds the packets. */
  readonly finder: PacketFinder;
  /** How much is downloaded at most. */
  readonly limits?: Partial<DownloadLimits>;
  /** Waits for a time. */
  readonly pause: Pause;
  /** The time in milliseconds, of a clock that nobody sets. */
  readonly monotonic: () => number;
  /** The time of day, for the name of the file. */
  readonly now: () => Date;
}

/** Parameters, and whether they are numbers. */
const PARAMETERS: Readonly<Record<string, "text" | "number">> = {
  last: "number",
  since: "text",
  until: "text",
  around: "text",
  plus: "number",
  minus: "number",
  filter: "text",
  group: "number",
  prefix: "text",
  sensor: "text",
  maxPackets: "number",
  maxBytes: "number",
  format: "text",
};

/** The parameter that asks only whether the others are right. */
const CHECK = "check";

/**
 * Answers with packets of the window: `/buffer.pcap`.
 *
 * @param options What it needs.
 * @returns Who answers what.
 */
export function downloadRoute(options: DownloadOptions): Routes {
  const downloads = new Downloads(options);
  return { "/buffer.pcap": (request) => downloads.answer(request) };
}

class Downloads {
  readonly #options: DownloadOptions;
  readonly #limits: DownloadLimits;
  readonly #bucket: TokenBucket;
  #running = 0;

  constructor(options: DownloadOptions) {
    this.#options = options;
    this.#limits = { ...DOWNLOAD_LIMITS, ...options.limits };
    const { rate } = this.#limits;
    // A quarter of a second's worth at once: more would be felt by the stream.
    this.#bucket = new TokenBucket(
      { rate, burst: rate / 4 },
      options.monotonic(),
    );
  }

  answer({ query, method }: HttpRequest): HttpResponse {
    const wanted = this.#limit(parseQuery(query));
    if (this.#running >= this.#limits.atOnce) {
      throw new HttpError(
        503,
        `Cannot begin: ${this.#running} downloads are under way, try again later`,
        { "retry-after": "2" },
      );
    }
    const pieces = this.#find(wanted);
    if (query.has(CHECK)) return { status: 204, headers: {}, body: "" };
    const stamp = this.#options.now().toISOString().replace(/[-:]|\.\d+/g, "");
    const extension = wanted["format"] === "pcapng" ? "pcapng" : "pcap";
    return {
      status: 200,
      headers: {
        "content-type": "application/vnd.tcpdump.pcap",
        "content-disposition":
          `attachment; filename="nflog-${stamp}.${extension}"`,
      },
      ...method === "HEAD" ? { body: "" } : this.#begin(pieces),
    };
  }

  #limit(query: PacketQuery): PacketQuery {
    const { size } = this.#limits;
    const asked = query["maxBytes"];
    const maxBytes = typeof asked === "number" ? Math.min(asked, size) : size;
    return { ...query, maxBytes };
  }

  #find(query: PacketQuery): AsyncIterable<Uint8Array> {
    try {
      return this.#options.finder.find(query);
    } catch (error) {
      const isAsked = error instanceof SyntaxError ||
        error instanceof RangeError || error instanceof TypeError;
      throw isAsked ? new HttpError(400, error.message) : error;
    }
  }

  #begin(
    pieces: AsyncIterable<Uint8Array>,
  ): Pick<HttpResponse, "body" | "done"> {
    this.#running++;
    return { body: this.#paced(pieces), done: () => void this.#running-- };
  }

  async *#paced(
    pieces: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void> {
    const { pause, monotonic } = this.#options;
    for await (const piece of pieces) {
      yield piece;
      this.#bucket.take(piece.byteLength);
      const debt = -this.#bucket.level(monotonic());
      if (debt > 0) await pause(debt * 1000 / this.#limits.rate);
    }
  }
}

function parseQuery(parameters: URLSearchParams): PacketQuery {
  const query: Record<string, string | number> = {};
  for (const [name, text] of parameters) {
    if (name === CHECK || text === "") continue;
    const kind = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
    if (kind === undefined) {
      throw new HttpError(
        400,
        `Cannot use parameter ${JSON.stringify(name)}: there are ${
          Object.keys(PARAMETERS).join(", ")
        }`,
      );
    }
    if (name in query) throw new HttpError(400, `Cannot use ${name} twice`);
    query[name] = kind === "text" ? text : parseNumber(name, text);
  }
  return query;
}

function parseNumber(name: string, text: string): number {
  if (/^[0-9]{1,15}(\.[0-9]{1,9})?$/.test(text)) return Number(text);
  throw new HttpError(
    400,
    `Cannot use ${name} ${JSON.stringify(text)}: write a number`,
  );
}
