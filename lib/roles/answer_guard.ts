import type { MessageBuffer } from "../zmq/message_buffer.ts";
import type {
  PartOptions,
  ReplyEvent,
  ReplyPeer,
  SendOutcome,
} from "../zmq/reply_socket.ts";
import type { QuestionSocket } from "./answer_server.ts";
import type { ConnectionBook } from "./connection_book.ts";
import type { Door } from "./door.ts";
import type { Logger } from "./logger.ts";

/** What a {@linkcode GuardedQuestions} needs. */
export interface GuardedQuestionsOptions {
  /** The connections of the socket. */
  readonly book: ConnectionBook;
  /** Who may ask; undefined when everybody may. */
  readonly door: Door | undefined;
  /** Says what was refused; called at every refusal, so limit it. */
  readonly logger: Logger;
}

/** Questions refused in a row after which other work gets its turn. */
const PER_TURN = 64;

/** The questions of a socket, less those whose key is not on the list; who asks goes by the name that belongs to the key. */
export class GuardedQuestions implements QuestionSocket {
  readonly #socket: QuestionSocket;
  readonly #options: GuardedQuestionsOptions;

  /**
   * Guards a socket.
   *
   * @param socket The socket.
   * @param options What it needs.
   */
  constructor(socket: QuestionSocket, options: GuardedQuestionsOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** The descriptor to wait on. */
  get fd(): number {
    return this.#socket.fd;
  }

  /** Takes what came and may be answered, without waiting. */
  tryReceive(): ReplyEvent | undefined {
    const { book, logger } = this.#options;
    for (let refused = 0; refused < PER_TURN; refused++) {
      const event = this.#socket.tryReceive();
      if (event === undefined) book.emptied();
      if (event?.kind !== "request") return event;
      const peer = this.#admit(event.peer);
      if (peer !== undefined) return { ...event, peer };
      logger.warn("Refused a question: its key is no longer on the allow list");
    }
    return undefined;
  }

  /** See {@linkcode QuestionSocket.trySendPart}. */
  trySendPart(
    peer: ReplyPeer,
    bytes: Uint8Array<ArrayBuffer>,
    options: PartOptions,
  ): SendOutcome {
    return this.#socket.trySendPart(peer, bytes, options);
  }

  /** See {@linkcode QuestionSocket.trySendBorrowedPart}. */
  trySendBorrowedPart(
    peer: ReplyPeer,
    bytes: Uint8Array<ArrayBuffer>,
    options: PartOptions,
  ): SendOutcome {
    return this.#socket.trySendBorrowedPart(peer, bytes, options);
  }

  /** See {@linkcode QuestionSocket.trySendOwnedPart}. */
  trySendOwnedPart(
    peer: ReplyPeer,
    part: { buffer: MessageBuffer; length: number },
    options: PartOptions,
  ): SendOutcome {
    return this.#socket.trySendOwnedPart(peer, part, options);
  }

  /** See {@linkcode QuestionSocket.abandon}. */
  abandon(): void {
    this.#socket.abandon();
  }

  #admit(peer: ReplyPeer): ReplyPeer | undefined {
    const { book, door } = this.#options;
    if (door === undefined) {
      const { connection } = peer;
      if (book.suspicious && connection !== undefined) book.spoke(connection);
      // Without a ZAP handler to say who it is, it is what the peer said of itself when it connected.
      return { ...peer, userId: undefined };
    }
    const holder = door.admit(peer);
    return holder && { ...peer, userId: holder.name };
  }
}
