import { type PullOptions, PullSocket } from "./pull_socket.ts";
import { type StreamEndpoints, StreamSocket } from "./stream_socket.ts";

/** Where a pull stream receives from, and how. */
export interface PullStreamOptions extends StreamEndpoints, PullOptions {}

/** Messages after which other work gets its turn, though more are there. */
const MESSAGES_PER_TURN = 256;

/**
 * Receives the messages of a ZeroMQ PULL socket as a stream.
 *
 * @example A message through ZeroMQ
 * ```ts
 * import assert from "node:assert/strict";
 * import { PullStream, PushStream } from "@nflog/zmq-pcap-pipe";
 *
 * await using pull = new PullStream({ bind: "tcp://127.0.0.1:*" });
 * await using push = new PushStream({ connect: pull.endpoints });
 * const writer = push.writable.getWriter();
 * await writer.write(Uint8Array.of(1, 2, 3));
 *
 * const { value } = await pull.readable.getReader().read();
 * assert.deepEqual(value, Uint8Array.of(1, 2, 3));
 * ```
 */
export class PullStream implements AsyncDisposable {
  /** The messages, each its consumer's to keep; of a multipart message, each part is one. Cancelling it closes the socket. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Where it really listens, with the ports that were found. */
  readonly endpoints: readonly string[];
  readonly #socket: StreamSocket<PullSocket>;

  /**
   * Opens a socket.
   *
   * @param options Where from, and how.
   * @throws {LibraryError} If libzmq can not be loaded.
   * @throws {SyntaxError} If an endpoint is none.
   * @throws {RangeError} If an option is out of its range.
   * @throws {ErrnoError} If an endpoint can not be bound.
   */
  constructor(options: PullStreamOptions) {
    const { bind: _bind, connect: _connect, ...rest } = options;
    const socket = new StreamSocket(
      (context) => PullSocket.open(context, rest),
      options,
    );
    this.#socket = socket;
    this.endpoints = socket.endpoints;
    let messages = 0;
    this.readable = new ReadableStream({
      async pull(controller): Promise<void> {
        if (++messages % MESSAGES_PER_TURN === 0) await nextTurn();
        for (;;) {
          if (socket.ended) return controller.close();
          const message = receive(socket.socket);
          if (message !== undefined) return controller.enqueue(message);
          await socket.wait();
        }
      },
      cancel: () => socket[Symbol.asyncDispose](),
    }, { highWaterMark: 0 });
  }

  /** Closes the socket, and ends the stream. Doing so twice is fine. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#socket[Symbol.asyncDispose]();
  }
}

function receive(socket: PullSocket): Uint8Array<ArrayBuffer> | undefined {
  using message = socket.tryReceive();
  if (message === undefined) return undefined;
  const copy = new Uint8Array(message.size);
  message.copyInto(copy);
  return copy;
}

/** Waits for one round of the event loop, so that timers and signals are heard. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
