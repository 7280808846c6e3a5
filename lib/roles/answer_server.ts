import { TokenBucket } from "../rate/token_bucket.ts";
import type { ReplyEvent } from "../zmq/reply_socket.ts";
import { Asker, type AskerDependencies } from "./answer_asker.ts";
import type { AnswerSocket } from "./answer_delivery.ts";
import type { Pause } from "./pause.ts";
import type { WindowQueries } from "./window_queries.ts";

/** How questions are answered. */
export interface AnswerServerOptions {
  /** Milliseconds for which an asker may take nothing before its answer is given up. */
  timeout: number;
  /** Bytes that copies in answers of one message may take together. */
  copyLimit: number;
}

/** The socket that questions come by. */
export interface QuestionSocket extends AnswerSocket {
  /** The descriptor to wait on. */
  readonly fd: number;
  /** Takes what came, without waiting. */
  tryReceive(): ReplyEvent | undefined;
}

/** What answering questions takes. */
export interface AnswerServerDependencies extends AskerDependencies {
  /** Where they come from. */
  socket: QuestionSocket;
  /** Answers them. */
  queries: WindowQueries;
  /** Waits until a descriptor is readable or `wake` is called, for so many milliseconds at most. */
  wait: (descriptor: number, bound: number) => Promise<unknown>;
  /** Waits for a time. */
  pause: Pause;
  /** Ends it; answers that are not finished are cut off. */
  signal: AbortSignal;
}

/** Milliseconds of work between turns of the event loop: what a packet on its way may have to wait. */
const SLICE = 3;
/** How often askers are looked at, in milliseconds. */
const LOOK = 20;
/** How long to wait when nobody asks, in milliseconds. */
const IDLE = 500;
/** Answers that are made at a time; each holds a few MiB. */
const MOST_ACTIVE = 8;
/** Askers that are remembered at a time. */
const MOST_ASKERS = 64;
/** Questions of one connection that are remembered at a time: who asks properly waits for each answer. */
const MOST_OF_ONE = 8;
/** Answers that are begun in a second, and at once after a quiet second; more wait. */
const RATE = 50;
/** Questions that are read before answers go on. */
const PER_TURN = 64;

/**
 * Answers questions about a window in turns of a few milliseconds, so that packets on their way wait no longer than that.
 *
 * To one who asks for it the answer goes in many messages, several askers by turns; libzmq holds a few of each. To anybody else it goes in one
 * message, made in one go and held by libzmq as a whole: lent from the window where it can be, copied where it can not, within a limit.
 */
export class AnswerServer {
  readonly #options: AnswerServerOptions;
  readonly #dependencies: AnswerServerDependencies;
  readonly #bucket: TokenBucket;
  #askers: Asker[] = [];
  #turn = 0;
  #lookedAt = -Infinity;

  /**
   * Prepares to answer.
   *
   * @param options How.
   * @param dependencies What it takes.
   */
  constructor(
    options: AnswerServerOptions,
    dependencies: AnswerServerDependencies,
  ) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#bucket = new TokenBucket({ rate: RATE }, dependencies.monotonic());
  }

  /** Answers until the signal comes. */
  async run(): Promise<void> {
    const { socket, pause, wait, monotonic, signal } = this.#dependencies;
    while (!signal.aborted) {
      const hasMore = this.#receive();
      this.#admit();
      const hasWorked = this.#work(monotonic() + SLICE);
      this.#look(monotonic());
      if (hasMore || hasWorked) await pause(0);
      else await wait(socket.fd, this.#askers.length > 0 ? LOOK : IDLE);
    }
    for (const asker of this.#askers) {
      if (asker.state !== "leaving") asker.cutOff();
    }
  }

  /** Reads questions; tells whether there may be more. */
  #receive(): boolean {
    for (let count = 0; count < PER_TURN; count++) {
      const event = this.#dependencies.socket.tryReceive();
      if (event === undefined) return false;
      if (event.kind === "request") this.#take(event);
      else this.#forget(event.key);
    }
    return true;
  }

  #take(event: Extract<ReplyEvent, { kind: "request" }>): void {
    const asker = new Asker(event, this.#dependencies);
    const before = this.#askers.filter(({ key, state }) =>
      key === asker.key && state !== "leaving"
    );
    if (before.length >= MOST_OF_ONE) {
      asker.giveUp(`asked on while ${MOST_OF_ONE} questions waited`);
    } else if (this.#askers.length < MOST_ASKERS) this.#askers.push(asker);
    else asker.giveUp(`came as the ${MOST_ASKERS + 1}th`);
  }

  #forget(key: string): void {
    for (const asker of this.#askers) if (asker.key === key) asker.goAway();
  }

  /** Begins answers, as many as may be made at a time, first come first served. */
  #admit(): void {
    const { monotonic } = this.#dependencies;
    const active = this.#askers.filter(({ state }) => state === "active");
    for (const asker of this.#askers) {
      if (active.length >= MOST_ACTIVE) return;
      // One who asks again before the answer is complete has to wait for it.
      const isNext = asker.state === "waiting" &&
        active.every(({ key }) => key !== asker.key) &&
        (asker.isSplit || this.#canMakeWhole(active));
      if (!isNext) continue;
      if (this.#bucket.level(monotonic()) < 1) return;
      this.#bucket.take(1);
      asker.begin(this.#options.copyLimit - this.#copied);
      active.push(asker);
    }
  }

  /** Answers of one message are made one after the other, as long as the copies of earlier ones leave half of the room for the next. */
  #canMakeWhole(active: readonly Asker[]): boolean {
    return active.every(({ isSplit }) => isSplit) &&
      this.#copied <= this.#options.copyLimit / 2;
  }

  /** Bytes of copies that libzmq has. */
  get #copied(): number {
    let sum = 0;
    for (const { delivery } of this.#askers) sum += delivery.copied;
    return sum;
  }

  /** Works on answers by turns until the time is over; tells whether any went on, or was not come to. */
  #work(deadline: number): boolean {
    const { monotonic } = this.#dependencies;
    const building = this.#askers.find(({ isBuilding }) => isBuilding);
    if (building !== undefined) return building.step(deadline);
    const count = this.#askers.length;
    for (let tries = 0; tries < count; tries++) {
      if (this.#askers[this.#turn++ % count]?.step(deadline)) return true;
      // One that made a piece which its asker does not take may have used the time up.
      if (monotonic() >= deadline) return true;
    }
    return false;
  }

  /** Looks after those who take nothing, those who are far behind, and those who have everything. */
  #look(now: number): void {
    if (now - this.#lookedAt < LOOK) return;
    this.#lookedAt = now;
    for (const asker of this.#askers) asker.look(now, this.#options.timeout);
    const { window } = this.#dependencies.queries;
    if (window.keptBytes > window.keepLimit) {
      // Readers were left behind already, so this is lent.
      this.#askers.find(({ delivery }) => delivery.lends)
        ?.giveUp("read so slowly that the window went past it");
    }
    this.#askers = this.#askers.filter(({ isDone }) => !isDone);
  }
}
