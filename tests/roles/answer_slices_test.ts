// How long answering holds up the stream: by a clock that only goes on when something is done that takes time.
import { deepEqual, equal, ok } from "node:assert/strict";
import { MessageWindow } from "../../lib/history/mod.ts";
import type { SentPiece } from "../../lib/roles/answer_delivery.ts";
import type { ByteFilter } from "../../lib/roles/answer_selector.ts";
import {
  AnswerServer,
  type QuestionSocket,
} from "../../lib/roles/answer_server.ts";
import { encodeQuestion } from "../../lib/roles/answer_protocol.ts";
import { pause } from "../../lib/roles/pause.ts";
import { parseQuery, type QueryFields } from "../../lib/roles/query_request.ts";
import { MessageBuffer } from "../../lib/zmq/message_buffer.ts";
import type {
  ReplyEvent,
  ReplyPeer,
  SendOutcome,
} from "../../lib/zmq/reply_socket.ts";
import { FakeLogger } from "./fakes.ts";
import { frameOf, makePackets, openQueries, record } from "./query_bed.ts";

/** Milliseconds after which the stream has its turn again, as the code promises. */
const SLICE = 3;
/** What sending one part takes here, in milliseconds: far more than it does. */
const SEND_COST = 0.3;
/** What looking at one packet through a filter takes here, in milliseconds. */
const MATCH_COST = 0.01;
/** Packets that are looked at between two looks at the clock. */
const BETWEEN_LOOKS = 64;
/** A message of a split answer: a note, the records (in two parts where they lie in two pieces of memory), a mark. */
const PARTS: Readonly<Record<SentPiece["kind"], number>> = {
  ...{ bytes: 4, loan: 4, end: 2 },
};

type Part = "sent" | "full";

/** An {@linkcode AnswerServer} that is asked by nobody real, in a time that is not real. */
class SlowMotion {
  /** Milliseconds of work between two turns of the stream. */
  readonly turns: number[] = [];
  /** Bytes that each asker got, by its key. */
  readonly got = new Map<string, number>();
  now = 0;
  readonly #events: ReplyEvent[] = [];
  readonly #ended = new AbortController();
  readonly #take: (key: string) => Part;
  readonly #matches: boolean;
  #turnBegan = 0;
  #idle = 0;

  /** @param options Whether an asker takes the next message, and whether packets match the filter. */
  constructor(
    options: { take?: (key: string) => Part; matches?: boolean } = {},
  ) {
    this.#take = options.take ?? (() => "sent");
    this.#matches = options.matches ?? false;
  }

  ask(key: string, question: QueryFields | string): void {
    const request = typeof question === "string"
      ? new TextEncoder().encode(question)
      : encodeQuestion(parseQuery(question));
    const peer: ReplyPeer = {
      ...{ key, envelope: [], address: undefined },
      ...{ userId: undefined, connection: undefined },
    };
    this.#events.push({ kind: "request", peer, parts: [request] });
  }

  /** Answers all that was asked; ends when there is nothing more to do. */
  async run(window: MessageWindow): Promise<void> {
    const { queries, compiler } = openQueries(window, {
      monotonic: () => this.now,
      compile: () => Promise.resolve(this.#filter()),
    });
    await using _compiler = compiler;
    const logger = new FakeLogger();
    const server = new AnswerServer({ timeout: 60_000, copyLimit: 2 ** 30 }, {
      ...{ queries, logger, socket: this.#socket() },
      marks: { take: () => new MessageBuffer(4, () => {}) },
      connections: {
        identify: () => undefined,
        queued: () => undefined,
        shutdown: () => false,
      },
      monotonic: () => this.now,
      wake: () => {},
      pause: () => this.#turn(),
      wait: async (_descriptor, bound): Promise<void> => {
        await this.#turn();
        this.now += bound;
        this.#turnBegan = this.now;
        if (++this.#idle > 50) this.#ended.abort();
      },
      signal: this.#ended.signal,
    });
    await server.run();
    deepEqual(logger.lines.filter(({ level }) => level === "warn"), []);
  }

  /** The stream has its turn. */
  async #turn(): Promise<void> {
    this.turns.push(this.now - this.#turnBegan);
    await pause(0);
    this.#turnBegan = this.now;
  }

  #filter(): ByteFilter {
    return {
      use(): void {},
      matches: () => {
        this.now += MATCH_COST;
        return this.#matches;
      },
      [Symbol.dispose](): void {},
    };
  }

  #socket(): QuestionSocket {
    /** Askers in the middle of a message, of which nothing more can be refused. */
    const begun = new Set<string>();
    const send = (
      { key }: ReplyPeer,
      size: number,
      more: boolean,
    ): SendOutcome => {
      if (!begun.has(key) && this.#take(key) === "full") return "full";
      this.now += SEND_COST;
      this.#idle = 0;
      this.got.set(key, (this.got.get(key) ?? 0) + size);
      if (more) begun.add(key);
      else begun.delete(key);
      return "sent";
    };
    return {
      fd: 0,
      tryReceive: () => this.#events.shift(),
      trySendPart: (peer, { byteLength }, { more }) =>
        send(peer, byteLength, more),
      trySendBorrowedPart: (peer, { byteLength }, { more }) =>
        send(peer, byteLength, more),
      trySendOwnedPart: (peer, { length }, { more }) =>
        send(peer, length, more),
      abandon(): void {},
    };
  }
}

/** A window with so many frames of 200 packets each. */
function windowOf(frames: number): MessageWindow {
  const window = new MessageWindow(64 * 1024 * 1024);
  const frame = frameOf(makePackets(200, { size: 500 }));
  for (let index = 0; index < frames; index++) record(window, frame);
  return window;
}

/** The longest that the stream had to wait. */
function longest({ turns }: SlowMotion): number {
  return Math.max(...turns);
}

Deno.test("answers in many messages, to many at a time, hold the stream up for a slice and one message", async () => {
  const bed = new SlowMotion();
  const window = windowOf(100);
  const { held_bytes: size } = window.state;
  for (let asker = 0; asker < 12; asker++) bed.ask(`asker ${asker}`, {});
  await bed.run(window);
  equal(bed.got.size, 12);
  for (const bytes of bed.got.values()) ok(bytes > size * 0.9, `${bytes}`);
  ok(longest(bed) <= SLICE + PARTS.loan * SEND_COST, `${longest(bed)} ms`);
});

Deno.test("an answer in one message is made in slices", async () => {
  const bed = new SlowMotion();
  const window = windowOf(100);
  bed.ask("plain", "q");
  await bed.run(window);
  ok((bed.got.get("plain") ?? 0) > window.state.held_bytes * 0.9);
  ok(bed.turns.length > 30);
  ok(longest(bed) <= SLICE + PARTS.loan * SEND_COST, `${longest(bed)} ms`);
});

Deno.test("searching is done in slices", async () => {
  const bed = new SlowMotion();
  bed.ask("searcher", { filter: "tcp" });
  bed.ask("plain searcher", '{"filter":"tcp"}');
  await bed.run(windowOf(100));
  ok(bed.turns.length > 2 * 100 * 200 * MATCH_COST / SLICE / 2);
  const most = SLICE + BETWEEN_LOOKS * MATCH_COST + PARTS.end * SEND_COST;
  ok(longest(bed) <= most, `${longest(bed)} ms`);
});

Deno.test("askers who take a message now and then hold the stream up no longer than others", async () => {
  // Two messages are taken, then one is not: it was made all the same.
  let asked = 0;
  const take = (): Part => ++asked % 3 === 0 ? "full" : "sent";
  const bed = new SlowMotion({ take, matches: true });
  const window = windowOf(100);
  for (let asker = 0; asker < 8; asker++) {
    bed.ask(`asker ${asker}`, { filter: "tcp" });
  }
  await bed.run(window);
  for (const bytes of bed.got.values()) {
    ok(bytes > window.state.held_bytes * 0.9, `${bytes}`);
  }
  const most = SLICE + BETWEEN_LOOKS * MATCH_COST + PARTS.bytes * SEND_COST;
  ok(longest(bed) <= most, `${longest(bed)} ms`);
});
