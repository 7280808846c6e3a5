import { TokenBucket } from "../rate/token_bucket.ts";
import type { Pause } from "../roles/pause.ts";
import { HttpError } from "./http_error.ts";
import type { HttpRequest, HttpResponse } from "./message.ts";
import type { Routes } from "./routes.ts";

/** The fields of a query of `nflog-pcap-query`, as a URL has them: all text. */
export type QueryFields = Readonly<Record<string, string>>;

/** Finds packets in the window of the last traffic. */
export interface PacketFinder {
  /**
   * Begins an answer.
   *
   * @param fields What is asked for; empty fields ask for nothing.
   * @returns Pieces of a capture file, made as they are asked for, each borrowed until the next one.
   * @throws {Error} If the query is not right; the message is for who asked.
   */
  find(fields: QueryFields): Promise<AsyncIterable<Uint8Array>>;
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

  async answer({ query, method }: HttpRequest): Promise<HttpResponse> {
    const fields = this.#limit(fieldsOf(query));
    if (this.#running >= this.#limits.atOnce) {
      throw new HttpError(
        503,
        `Cannot begin: ${this.#running} downloads are under way, try again later`,
        { "retry-after": "2" },
      );
    }
    this.#running++;
    let begun = false;
    try {
      const pieces = await this.#find(fields);
      if (query.has(CHECK)) return { status: 204, headers: {}, body: "" };
      const answer = { status: 200, headers: this.#headers(fields) };
      if (method === "HEAD") return { ...answer, body: "" };
      begun = true;
      const done = (): void => void this.#running--;
      return { ...answer, body: this.#paced(pieces), done };
    } finally {
      if (!begun) this.#running--;
    }
  }

  #headers({ format = "pcap" }: QueryFields): HttpResponse["headers"] {
    const stamp = this.#options.now().toISOString().replace(/[-:]|\.\d+/g, "");
    const extension = format === "pcapng" ? "pcapng" : "pcap";
    return {
      "content-type": "application/vnd.tcpdump.pcap",
      "content-disposition":
        `attachment; filename="nflog-${stamp}.${extension}"`,
    };
  }

  #limit(fields: QueryFields): QueryFields {
    const { size } = this.#limits;
    const { maxBytes = "" } = fields;
    const isLess = maxBytes !== "" && !(Number(maxBytes) > size);
    return isLess ? fields : { ...fields, maxBytes: String(size) };
  }

  async #find(fields: QueryFields): Promise<AsyncIterable<Uint8Array>> {
    try {
      return await this.#options.finder.find(fields);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new HttpError(400, reason);
    }
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

function fieldsOf(query: URLSearchParams): QueryFields {
  const fields = new Map<string, string>();
  for (const [name, text] of query) {
    if (name === CHECK) continue;
    if (fields.has(name)) {
      throw new HttpError(
        400,
        `Cannot answer: ${JSON.stringify(name)} is there twice`,
      );
    }
    fields.set(name, text);
  }
  return Object.fromEntries(fields);
}
