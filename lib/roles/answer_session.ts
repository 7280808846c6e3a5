import type { SendOutcome } from "../zmq/reply_socket.ts";
import type { Answer } from "./answer.ts";
import type { AnswerDelivery, SentPiece } from "./answer_delivery.ts";
import type { AnswerSummary } from "./answer_piece.ts";
import { type Note, type Question, requestOf } from "./answer_protocol.ts";
import type { PacketQuery } from "./query_request.ts";
import type { WindowQueries } from "./window_queries.ts";
import { stateSpan } from "./window_stats.ts";

/** What an answer to one asker takes. */
export interface SessionOptions {
  /** Answers questions about the window. */
  queries: Pick<WindowQueries, "open" | "stats" | "window">;
  /** What is sent goes by it. */
  delivery: AnswerDelivery;
  /** The time in milliseconds, of a clock that nobody sets. */
  monotonic: () => number;
  /** Told when it can go on again by itself. */
  wake: () => void;
}

/**
 * How far a session came: it worked until the time was over; it can not go on now; everything was sent; the asker has gone; or it can not be
 * finished, and the asker has a part of it.
 */
export type StepOutcome = "worked" | "blocked" | "sent" | "gone" | "failed";

const encoder = new TextEncoder();

/** One question, and the making of its answer. */
export class AnswerSession implements Disposable {
  /** Why it failed, or what was said in place of an answer. */
  error: string | undefined;
  readonly #question: Question;
  readonly #options: SessionOptions;
  #answer: Answer | undefined;
  /** What takes the place of packets. */
  #note: Note | undefined;
  /** What could not be sent yet. */
  #pending: SentPiece | undefined;
  #summary: AnswerSummary = { packets: 0, bytes: 0, limited: false };
  #copyLimit = 0;
  #hasSent = false;
  #spokeAt: number;
  #isClosed = false;

  /**
   * Prepares to answer.
   *
   * @param question What is asked.
   * @param options What it takes.
   */
  constructor(question: Question, options: SessionOptions) {
    this.#question = question;
    this.#options = options;
    this.#spokeAt = options.monotonic();
  }

  /**
   * Begins to find the answer.
   *
   * @param copyLimit Bytes that an answer in one message may copy.
   */
  begin(copyLimit: number): void {
    this.#copyLimit = copyLimit;
    this.#find().catch((error) => this.#refuse(error))
      .finally(this.#options.wake);
  }

  /** Whether the answer is one message, of which a part was sent: no other can be sent before its end. */
  get isBuilding(): boolean {
    return !this.#question.isSplit && this.#hasSent;
  }

  /** What was answered so far; undefined when it is no packets. */
  get summary(): AnswerSummary | undefined {
    return this.#note === undefined ? this.#summary : undefined;
  }

  /**
   * Makes and sends as much as there is time for.
   *
   * @param deadline When to stop, by the clock.
   * @returns How far it came.
   */
  step(deadline: number): StepOutcome {
    try {
      if (this.#note !== undefined) return this.#conclude(this.#note);
      if (this.#answer === undefined) return "blocked";
      return this.#proceed(this.#answer, deadline);
    } catch (error) {
      this.#refuse(error);
      return this.isBuilding ? "failed" : "worked";
    }
  }

  /**
   * Says that the answer is being worked on, when nothing was said for a time.
   *
   * @param silence Milliseconds.
   */
  sayBusy(silence: number): void {
    const { monotonic, delivery } = this.#options;
    const now = monotonic();
    if (!this.#question.isSplit || now - this.#spokeAt < silence) return;
    this.#spokeAt = now;
    delivery.sendMessage(this.#progress());
  }

  /** Ends making the answer; what was sent stays sent. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#answer?.[Symbol.dispose]();
    if (this.#pending?.kind === "loan") this.#pending.loan[Symbol.dispose]();
    this.#pending = undefined;
    this.#answer = undefined;
  }

  async #find(): Promise<void> {
    const request = requestOf(this.#question);
    if (request.kind === "stats") {
      const stats = await this.#options.queries.stats();
      this.#note = { kind: "stats", stats };
      return;
    }
    const answer = await this.#options.queries.open(request, {
      lends: true,
      ...this.#question.isSplit ? {} : this.#limitCopies(request),
    });
    if (this.#isClosed) answer[Symbol.dispose]();
    else this.#answer = answer;
  }

  /** Where everything of a time is asked for, the newest is answered with; a search has to go through all, and ends when it has found too much. */
  #limitCopies({ filter, group, prefix, sensor }: PacketQuery): {
    copyLimit?: number;
  } {
    const isSearch = [filter, group, prefix, sensor].some((given) =>
      given !== undefined
    );
    return isSearch ? {} : { copyLimit: this.#copyLimit };
  }

  #refuse(error: unknown): void {
    this.#answer?.[Symbol.dispose]();
    this.#answer = undefined;
    const message = error instanceof Error ? error.message : String(error);
    this.error = message;
    this.#note = { kind: "error", error: message };
  }

  /** Sends what takes the place of an answer. */
  #conclude(note: Note): StepOutcome {
    const { delivery } = this.#options;
    const outcome = this.#question.isSplit
      ? delivery.sendMessage(note)
      : delivery.sendText(encoder.encode(JSON.stringify(plainForm(note))));
    return outcome === "full" ? "blocked" : outcome;
  }

  #proceed(answer: Answer, deadline: number): StepOutcome {
    const { monotonic } = this.#options;
    do {
      const piece = this.#pending ?? answer.next(deadline);
      if (piece.kind === "working") return "worked";
      const outcome = this.#send(piece);
      this.#pending = outcome === "sent" ? undefined : piece;
      if (outcome === "full") return "blocked";
      if (outcome === "gone") return "gone";
      this.#hasSent = true;
      this.#spokeAt = monotonic();
      if (piece.kind === "end") {
        this.#summary = piece.summary;
        return "sent";
      }
      if (this.#hasCopiedEnough) return this.#endHere(answer);
    } while (monotonic() < deadline);
    return "worked";
  }

  #send(piece: SentPiece): SendOutcome {
    const { delivery, queries } = this.#options;
    if (!this.#question.isSplit) return delivery.sendParts(piece);
    if (piece.kind !== "end") {
      return delivery.sendMessage(this.#progress(), piece);
    }
    const window = stateSpan(queries.window.span);
    return delivery.sendMessage({
      kind: "end",
      end: { ...piece.summary, window },
    });
  }

  get #hasCopiedEnough(): boolean {
    return !this.#question.isSplit &&
      this.#options.delivery.copied >= this.#copyLimit;
  }

  /** Ends an answer in one message that has become too large to be held. */
  #endHere(answer: Answer): StepOutcome {
    this.#summary = { ...answer.summary, limited: true };
    return this.#options.delivery.sendParts({
        kind: "end",
        summary: this.#summary,
      }) === "gone"
      ? "gone"
      : "sent";
  }

  #progress(): Note {
    const { done = 0, total = 0 } = this.#answer ?? {};
    return { kind: "part", done, total };
  }
}

/** How askers who know nothing of notes are told. */
function plainForm(note: Note): object {
  return note.kind === "error"
    ? { error: note.error }
    : note.kind === "stats"
    ? note.stats
    : note;
}
