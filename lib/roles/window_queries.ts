import type { MessageWindow } from "../history/message_window.ts";
import type { StatsReport } from "../metrics/stats_report.ts";
import { Answer } from "./answer.ts";
import type { ByteFilter } from "./answer_selector.ts";
import type { Pause } from "./pause.ts";
import {
  type PacketQuery,
  parseQuery,
  QueryError,
  type QueryFields,
} from "./query_request.ts";
import { resolveQueryTime } from "./query_time.ts";
import { countWindow, type WindowStats } from "./window_stats.ts";

/** What questions about a window are answered with. */
export interface WindowQueriesOptions {
  /** Compiles an expression of pcap-filter(7). */
  compile: (expression: string) => Promise<ByteFilter>;
  /** Tells what the receiver counts. */
  report: () => StatsReport;
  /** The time of day, in milliseconds since 1970. */
  now: () => number;
  /** The time in milliseconds, of a clock that nobody sets. */
  monotonic: () => number;
  /** Waits for a time. */
  pause: Pause;
}

/** What the window holds, and what the receiver counts. */
export interface QueryStats extends WindowStats {
  /** The receiver's own counts. */
  ledger: StatsReport;
}

/** How an answer is made. */
export interface OpenAnswerOptions {
  /** Whether records may be lent, see {@linkcode Answer}. @default {false} */
  lends?: boolean;
  /** Bytes of records that may have to be copied: where there are more, the answer begins later. @default {Infinity} */
  copyLimit?: number;
}

/** Milliseconds of work between turns of the event loop. */
const SLICE = 3;

/** Answers questions about a window, for whoever asks: over ZeroMQ or HTTP. */
export class WindowQueries {
  /** The window. */
  readonly window: MessageWindow;
  readonly #options: WindowQueriesOptions;

  /**
   * Prepares to answer.
   *
   * @param window The window.
   * @param options What it takes.
   */
  constructor(window: MessageWindow, options: WindowQueriesOptions) {
    this.window = window;
    this.#options = options;
  }

  /**
   * Begins an answer.
   *
   * @param query Which packets.
   * @param options How.
   * @returns The answer, which the caller disposes of: of the packets that are in the window now, whatever time the filter takes.
   * @throws {Error} If the filter is not right, or libpcap is not there; the message is for who asked.
   */
  async open(
    query: PacketQuery,
    options: OpenAnswerOptions = {},
  ): Promise<Answer> {
    const { monotonic, now, compile } = this.#options;
    const range = resolveQueryTime(query.time, now() * 1000);
    using stack = new DisposableStack();
    const reader = stack.use(
      this.window.read({
        unpacked: options.copyLimit ?? Infinity,
        first: range.since,
        last: range.until,
      }),
    );
    const filter = query.filter === undefined
      ? undefined
      : await compile(query.filter);
    stack.move();
    return new Answer(reader, {
      ...range,
      filter,
      group: query.group,
      prefix: query.prefix,
      sensor: query.sensor,
      maxPackets: query.maxPackets ?? Infinity,
      maxBytes: query.maxBytes ?? Infinity,
      format: query.format,
    }, { monotonic, ...options });
  }

  /**
   * Finds packets, for a consumer that takes them as they come.
   *
   * @param fields The query, as JSON or a URL has it.
   * @returns Pieces of a capture file, each borrowed until the next one.
   * @throws {Error} If the query or its filter is not right; the message is for who asked.
   */
  async find(fields: QueryFields): Promise<AsyncIterable<Uint8Array>> {
    const request = parseQuery(fields);
    if (request.kind !== "packets") {
      throw new QueryError("packets are to be asked for here");
    }
    // Compiled to see whether it is right; nothing is held for a consumer who may never begin.
    if (request.filter !== undefined) {
      using _filter = await this.#options.compile(request.filter);
    }
    return this.#pieces(request);
  }

  /**
   * Counts what the window holds.
   *
   * @returns The counts.
   */
  async stats(): Promise<QueryStats> {
    const stats = await countWindow(this.window, this.#options);
    return { ...stats, ledger: this.#options.report() };
  }

  async *#pieces(query: PacketQuery): AsyncGenerator<Uint8Array, void> {
    const { monotonic, pause } = this.#options;
    using answer = await this.open(query);
    for (;;) {
      const piece = answer.next(monotonic() + SLICE);
      if (piece.kind === "end") return;
      if (piece.kind === "bytes") yield* piece.parts;
      await pause(0);
    }
  }
}
