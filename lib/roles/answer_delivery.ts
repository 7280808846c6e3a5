import type { WindowLoan } from "../history/window_reader.ts";
import type { MessageBuffer } from "../zmq/message_buffer.ts";
import type {
  PartOptions,
  ReplyPeer,
  SendOutcome,
} from "../zmq/reply_socket.ts";
import type { AnswerPiece } from "./answer_piece.ts";
import { encodeNote, type Note } from "./answer_protocol.ts";

/** What answers are sent by. */
export interface AnswerSocket {
  /** Sends one part, copying it. */
  trySendPart(
    peer: ReplyPeer,
    bytes: Uint8Array<ArrayBuffer>,
    options: PartOptions,
  ): SendOutcome;
  /** Sends one part without copying it. */
  trySendBorrowedPart(
    peer: ReplyPeer,
    bytes: Uint8Array<ArrayBuffer>,
    options: PartOptions,
  ): SendOutcome;
  /** Sends a buffer, which tells when it and all before it has gone. */
  trySendOwnedPart(
    peer: ReplyPeer,
    part: { buffer: MessageBuffer; length: number },
    options: PartOptions,
  ): SendOutcome;
  /** Ends a message that is not finished. */
  abandon(): void;
}

/** Gives buffers whose content does not matter, to tell by when something has gone. */
export interface Marks {
  /** Takes one; it is never used again. */
  take(): MessageBuffer;
}

/** A part of an answer that has bytes or ends it. */
export type SentPiece = Exclude<AnswerPiece, { readonly kind: "working" }>;

/** Something that libzmq has: done with once its mark is. */
interface Sent {
  readonly mark: MessageBuffer;
  readonly loan: WindowLoan | undefined;
  readonly copied: number;
}

/**
 * What one asker was sent, in one message or in several, and how much of it libzmq still has.
 *
 * Behind what is sent goes an empty part that tells when libzmq is done with it: then what was lent is given back.
 */
export class AnswerDelivery {
  readonly #socket: AnswerSocket;
  readonly #marks: Marks;
  readonly #peer: ReplyPeer;
  #sent: Sent[] = [];
  #copied = 0;
  #unmarked = 0;
  #delivered = 0;

  /**
   * Prepares to send.
   *
   * @param socket What to send by.
   * @param marks Tell when something has gone.
   * @param peer To whom.
   */
  constructor(socket: AnswerSocket, marks: Marks, peer: ReplyPeer) {
    this.#socket = socket;
    this.#marks = marks;
    this.#peer = peer;
  }

  /** Bytes of copies that libzmq has. */
  get copied(): number {
    this.reclaim();
    return this.#copied;
  }

  /** Whether libzmq has nothing of it any more. */
  get isDone(): boolean {
    this.reclaim();
    return this.#sent.length === 0;
  }

  /** Whether something of the window is lent to libzmq. */
  get lends(): boolean {
    return this.#sent.some(({ loan }) => loan !== undefined);
  }

  /** How many of the things that were sent libzmq is done with; it goes up while the asker reads. */
  get delivered(): number {
    this.reclaim();
    return this.#delivered;
  }

  /** Gives back what libzmq is done with. */
  reclaim(): void {
    let count = 0;
    for (const { mark, loan, copied } of this.#sent) {
      if (mark.inFlight) break;
      loan?.[Symbol.dispose]();
      this.#copied -= copied;
      count++;
    }
    if (count > 0) this.#sent = this.#sent.slice(count);
    this.#delivered += count;
  }

  /**
   * Sends a piece as one message, behind a note.
   *
   * @param note The note.
   * @param piece The bytes. @default {undefined} None.
   * @returns Whether it was taken; if not, a loan is still the caller's.
   */
  sendMessage(note: Note, piece?: SentPiece): SendOutcome {
    const outcome = this.#copy(encodeNote(note));
    if (outcome !== "sent") return outcome;
    const loan = this.#sendBytes(piece);
    return this.#mark(loan, false);
  }

  /**
   * Sends a piece as further parts of the one message; the end of the answer is that of the message.
   *
   * @param piece The bytes, or the end.
   * @returns Whether it was taken: only the first piece can be refused.
   */
  sendParts(piece: SentPiece): SendOutcome {
    if (piece.kind === "end") return this.#mark(undefined, false);
    if (piece.kind === "loan") return this.#mark(this.#sendBytes(piece), true);
    for (const part of piece.parts) {
      const outcome = this.#copy(part as Uint8Array<ArrayBuffer>);
      if (outcome !== "sent") return outcome;
    }
    // The mark behind the next loan, or at the end, stands for small copies too.
    return this.#unmarked < MARK_FROM ? "sent" : this.#mark(undefined, true);
  }

  /**
   * Sends one part that is a whole message.
   *
   * @param bytes The content.
   * @returns Whether it was taken.
   */
  sendText(bytes: Uint8Array<ArrayBuffer>): SendOutcome {
    return this.#socket.trySendPart(this.#peer, bytes, { more: false });
  }

  #sendBytes(piece: SentPiece | undefined): WindowLoan | undefined {
    if (piece?.kind === "loan") {
      for (const part of piece.loan.parts) {
        this.#socket.trySendBorrowedPart(this.#peer, part, { more: true });
      }
      return piece.loan;
    }
    for (const part of piece?.kind === "bytes" ? piece.parts : []) {
      this.#copy(part as Uint8Array<ArrayBuffer>);
    }
    return undefined;
  }

  #copy(bytes: Uint8Array<ArrayBuffer>): SendOutcome {
    const { byteLength } = bytes;
    const outcome = this.#socket.trySendPart(this.#peer, bytes, { more: true });
    if (outcome === "sent") {
      this.#copied += byteLength;
      this.#unmarked += byteLength;
    }
    return outcome;
  }

  #mark(loan: WindowLoan | undefined, more: boolean): SendOutcome {
    const mark = this.#marks.take();
    const part = { buffer: mark, length: 0 };
    const outcome = this.#socket.trySendOwnedPart(this.#peer, part, { more });
    this.#sent.push({ mark, loan, copied: this.#unmarked });
    this.#unmarked = 0;
    return outcome;
  }
}

/** Copies of fewer bytes get no mark of their own. */
const MARK_FROM = 64 * 1024;
