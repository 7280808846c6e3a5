import { SOCKET_EVENT } from "./constants.ts";
import { type PushOptions, PushSocket } from "./push_socket.ts";
import { type StreamEndpoints, StreamSocket } from "./stream_socket.ts";

/** Where a push stream sends to, and how. */
export interface PushStreamOptions extends StreamEndpoints, PushOptions {}

/**
 * Sends messages by a ZeroMQ PUSH socket, as a stream. A write ends when libzmq has taken the message; while every peer's queue is full, or there is
 * no peer, it waits.
 *
 * @example Several receivers, which get messages in turn
 * ```ts
 * import assert from "node:assert/strict";
 * import { PullStream, PushStream } from "@nflog/zmq-pcap-pipe";
 *
 * await using one = new PullStream({ bind: "tcp://127.0.0.1:*" });
 * await using other = new PullStream({ bind: "tcp://127.0.0.1:*" });
 * const connect = [...one.endpoints, ...other.endpoints];
 * await using push = new PushStream({ connect });
 * const messages = ReadableStream.from([Uint8Array.of(1), Uint8Array.of(2)]);
 * const sent = messages.pipeTo(push.writable);
 *
 * const { value } = await one.readable.getReader().read();
 * const { value: next } = await other.readable.getReader().read();
 * assert.deepEqual([value?.[0], next?.[0]].sort(), [1, 2]);
 * await sent;
 * ```
 */
export class PushStream implements AsyncDisposable {
  /**
   * Takes the messages; they are copied. Closing it hands over what was sent, within `linger`, and closes the socket; so does aborting it. What was
   * handed over may still be lost with the connection where a receiver's queue is full.
   */
  readonly writable: WritableStream<Uint8Array>;
  /** Where it really listens, with the ports that were found. */
  readonly endpoints: readonly string[];
  readonly #socket: StreamSocket<PushSocket>;

  /**
   * Opens a socket.
   *
   * @param options Where to, and how.
   * @throws {LibraryError} If libzmq can not be loaded.
   * @throws {SyntaxError} If an endpoint is none.
   * @throws {RangeError} If an option is out of its range.
   * @throws {ErrnoError} If an endpoint can not be bound.
   */
  constructor(options: PushStreamOptions) {
    const { bind: _bind, connect: _connect, ...rest } = options;
    const socket = new StreamSocket(
      (context) => PushSocket.open(context, rest),
      options,
    );
    this.#socket = socket;
    this.endpoints = socket.endpoints;
    const end = (): Promise<void> => socket[Symbol.asyncDispose]();
    this.writable = new WritableStream({
      start(controller): void {
        // A write that waits for room would keep an abort waiting.
        controller.signal.addEventListener("abort", () => void end());
      },
      write: (message) => send(socket, message),
      close: end,
      abort: end,
    });
  }

  /** Hands over what was sent, within `linger`, and closes the socket. Doing so twice is fine. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#socket[Symbol.asyncDispose]();
  }
}

async function send(
  socket: StreamSocket<PushSocket>,
  message: Uint8Array,
): Promise<void> {
  // Memory of any kind is copied by libzmq at once.
  const bytes = message as Uint8Array<ArrayBuffer>;
  for (;;) {
    if (socket.ended) {
      throw new TypeError("Cannot send a ZeroMQ message: the socket is closed");
    }
    if (socket.socket.trySend(bytes)) return;
    const writable = socket.socket.events() & SOCKET_EVENT.WRITABLE;
    if (writable === 0) await socket.wait();
  }
}
