import type { ReplyEvent, ReplyPeer } from "../zmq/reply_socket.ts";
import { AnswerConnection, type Connections } from "./answer_connection.ts";
import {
  AnswerDelivery,
  type AnswerSocket,
  type Marks,
} from "./answer_delivery.ts";
import { decodeQuestion, type Question } from "./answer_protocol.ts";
import { AnswerSession, type SessionOptions } from "./answer_session.ts";
import type { Logger } from "./logger.ts";

/** What an asker is told apart by, and answered with. */
export interface AskerDependencies
  extends Pick<SessionOptions, "queries" | "monotonic" | "wake"> {
  /** What answers are sent by. */
  socket: AnswerSocket;
  /** Tell when something has gone. */
  marks: Marks;
  /** Looks at the askers' connections. */
  connections: Connections;
  /** Says who asked for what, and who was given up. */
  logger: Logger;
}

/** How far an answer is: not begun; being made; all that will be sent was handed to libzmq. */
export type AskerState = "waiting" | "active" | "leaving";

/** After so long an asker is told that its answer is being worked on, in milliseconds. */
const SILENCE = 1000;
/** Characters of a question in the log. */
const SHOWN = 200;

/** Somebody who asked, from the question to the last byte of the answer. */
export class Asker {
  /** How far its answer is. */
  state: AskerState = "waiting";
  /** What it is sent. */
  readonly delivery: AnswerDelivery;
  readonly #dependencies: AskerDependencies;
  readonly #peer: ReplyPeer;
  readonly #question: Question;
  readonly #connection: AnswerConnection;
  readonly #session: AnswerSession;
  readonly #askedAt: number;
  #movedAt: number;
  #delivered = 0;
  #isGivenUp = false;

  /**
   * Takes a question.
   *
   * @param event The question.
   * @param dependencies What it is answered with.
   */
  constructor(
    event: Extract<ReplyEvent, { kind: "request" }>,
    dependencies: AskerDependencies,
  ) {
    const { socket, marks, connections, monotonic } = dependencies;
    this.#dependencies = dependencies;
    this.#peer = event.peer;
    this.#question = decodeQuestion(event.parts);
    this.#connection = new AnswerConnection(connections, event.peer);
    this.delivery = new AnswerDelivery(socket, marks, event.peer);
    this.#session = new AnswerSession(this.#question, {
      ...dependencies,
      delivery: this.delivery,
    });
    this.#askedAt = this.#movedAt = monotonic();
  }

  /** Tells its connection from all others. */
  get key(): string {
    return this.#peer.key;
  }

  /** Whether its answer goes in several messages. */
  get isSplit(): boolean {
    return this.#question.isSplit;
  }

  /** Whether a part of its one message was sent: no other can be sent before its end. */
  get isBuilding(): boolean {
    return this.state === "active" && this.#session.isBuilding;
  }

  /** Whether there is nothing more to do for it. */
  get isDone(): boolean {
    return this.state === "leaving" && this.delivery.isDone;
  }

  /**
   * Begins its answer.
   *
   * @param copyLimit Bytes that an answer in one message may copy.
   */
  begin(copyLimit: number): void {
    this.state = "active";
    this.#session.begin(copyLimit);
  }

  /**
   * Works on its answer.
   *
   * @param deadline When to stop, by the clock.
   * @returns Whether it went on.
   */
  step(deadline: number): boolean {
    if (this.state !== "active") return false;
    const outcome = this.#session.step(deadline);
    if (outcome === "blocked") return false;
    this.#movedAt = this.#dependencies.monotonic();
    switch (outcome) {
      case "worked":
        break;
      case "sent":
        this.#log("Answered");
        this.#leave();
        break;
      case "gone":
        this.goAway();
        break;
      case "failed":
        this.#log("Cannot finish an answer");
        this.cutOff();
        break;
    }
    return true;
  }

  /**
   * Sees whether anything moves, and says that the answer is being worked on.
   *
   * @param now The time, by the clock.
   * @param timeout Milliseconds for which nothing may move.
   */
  look(now: number, timeout: number): void {
    const { delivered } = this.delivery;
    const hasMoved = this.#connection.hasMoved();
    // What libzmq does not hold can not be stuck in it.
    if (hasMoved || delivered !== this.#delivered || this.delivery.isDone) {
      this.#movedAt = now;
    }
    this.#delivered = delivered;
    if (this.state !== "leaving") this.#session.sayBusy(SILENCE);
    if (now - this.#movedAt >= timeout) {
      this.giveUp(`took nothing for ${timeout / 1000} s`);
    }
  }

  /** Ends the answer to one who has gone. */
  goAway(): void {
    if (this.state === "leaving") return;
    this.#log("The client went before its answer was complete");
    const { isBuilding } = this;
    this.#leave();
    if (isBuilding) this.#dependencies.socket.abandon();
  }

  /**
   * Ends the answer to one who is too slow.
   *
   * @param why What it did, for the log.
   */
  giveUp(why: string): void {
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    this.#dependencies.logger.warn(
      `Gave up the answer to a client that ${why}`,
      { client: this.#client },
    );
    this.cutOff();
  }

  /** Ends the connection of one whose answer will not be complete, so that it is not taken for complete; libzmq then frees what it has. */
  cutOff(): void {
    const { isBuilding } = this;
    this.#connection.end();
    this.#leave();
    if (isBuilding) this.#dependencies.socket.abandon();
  }

  #leave(): void {
    this.state = "leaving";
    this.#session[Symbol.dispose]();
  }

  get #client(): string {
    return this.#peer.userId ?? this.#peer.address ?? "local";
  }

  #log(message: string): void {
    const { logger, monotonic } = this.#dependencies;
    const { summary, error } = this.#session;
    logger.info(message, {
      client: this.#client,
      question: JSON.stringify(this.#question.fields).slice(0, SHOWN),
      ...summary,
      seconds: Math.round(monotonic() - this.#askedAt) / 1000,
      ...(error !== undefined && { error }),
    });
  }
}
