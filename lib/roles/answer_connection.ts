import type { ReplyPeer } from "../zmq/reply_socket.ts";

/** Looks at connections that libzmq owns. */
export interface Connections {
  /** Tells one connection from every other, also from a later one with the same descriptor; undefined if it is none any more. */
  identify(fd: number): bigint | undefined;
  /** Bytes that were written to a connection and not taken by the other end; undefined if it is none any more. */
  queued(fd: number): number | undefined;
  /** Ends a connection, if it still is the one. */
  shutdown(fd: number, identity: bigint): boolean;
}

/** The connection that a question came by. */
export class AnswerConnection {
  readonly #connections: Connections;
  readonly #fd: number | undefined;
  readonly #identity: bigint | undefined;
  #queued: number | undefined;

  /**
   * Notes which connection it is; to be made when the question comes.
   *
   * @param connections Looks at them.
   * @param peer Who asks.
   */
  constructor(connections: Connections, peer: ReplyPeer) {
    const { connection: fd } = peer;
    this.#connections = connections;
    this.#fd = fd;
    this.#identity = fd === undefined ? undefined : connections.identify(fd);
  }

  /** Whether something has moved on it since this was last asked. */
  hasMoved(): boolean {
    const queued = this.#look();
    const moved = queued !== undefined && queued !== this.#queued;
    this.#queued = queued;
    return moved;
  }

  /** Ends it; libzmq then frees what was queued for it. */
  end(): void {
    if (this.#fd === undefined || this.#identity === undefined) return;
    this.#connections.shutdown(this.#fd, this.#identity);
  }

  #look(): number | undefined {
    const fd = this.#fd;
    if (fd === undefined) return undefined;
    const isSame = this.#connections.identify(fd) === this.#identity;
    return isSame ? this.#connections.queued(fd) : undefined;
  }
}
