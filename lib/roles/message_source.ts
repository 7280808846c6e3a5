import { Gathering } from "./gathering.ts";
import type { Pause } from "./pause.ts";

/** A message that was received. Disposing of it gives its memory back. */
export interface IncomingMessage extends Disposable {
  /** The whole message, borrowed until it is disposed of. */
  readonly bytes: Uint8Array;
}

/** Where messages come from: a socket that senders connect to. */
export interface MessageInlet<T extends IncomingMessage = IncomingMessage> {
  /** The descriptor to wait on when nothing is there. */
  readonly fd: number;
  /** Takes the next message, without waiting. */
  tryReceive(): T | undefined;
}

/** What the source of messages needs. */
export interface MessageSourceOptions {
  /** Waits until a descriptor is readable, or for a bounded time. */
  wait: (descriptor: number) => Promise<unknown>;
  /** Waits for a time. */
  pause: Pause;
  /** The time in milliseconds, of a clock that nobody sets. */
  monotonic: () => number;
  /** Ends the stream: what has arrived is given first. */
  signal: AbortSignal;
}

/** When looks are put off so that each finds much, in bytes. The message of a lone packet never waits for this. */
const GATHERING = { stream: 32 * 1024, target: 2 * 1024 * 1024 } as const;

/**
 * Messages, and bytes of messages, after which other work gets its turn, though more messages are there: else a receiver that never catches up would
 * hear of no signal.
 */
const PER_TURN = { MESSAGES: 1024, BYTES: 8 * 1024 * 1024 } as const;

/** How long messages are still taken after the signal, in milliseconds: senders go on sending. */
const LAST_CALL = 1000;

/**
 * Gives the messages of a socket as they arrive.
 *
 * @param inlet The socket.
 * @param options What the source needs.
 * @returns The messages; each is its consumer's to dispose of.
 */
export function messageSource<T extends IncomingMessage>(
  inlet: MessageInlet<T>,
  options: MessageSourceOptions,
): ReadableStream<T> {
  const { wait, pause, monotonic, signal } = options;
  const gathering = new Gathering(GATHERING);
  let found = 0;
  let deadline = Infinity;
  let messages = 0;
  let bytes = 0;
  return new ReadableStream({
    async pull(controller): Promise<void> {
      if (messages >= PER_TURN.MESSAGES || bytes >= PER_TURN.BYTES) {
        messages = bytes = 0;
        await pause(0);
      }
      for (;;) {
        const message = inlet.tryReceive();
        if (message !== undefined && monotonic() < deadline) {
          messages++;
          bytes += message.bytes.byteLength;
          found += message.bytes.byteLength;
          controller.enqueue(message);
          if (signal.aborted && deadline === Infinity) {
            deadline = monotonic() + LAST_CALL;
          }
          return;
        }
        if (signal.aborted) {
          message?.[Symbol.dispose]();
          controller.close();
          return;
        }
        const duration = gathering.pauseAfter(found);
        found = messages = bytes = 0;
        if (duration > 0) await pause(duration);
        else await wait(inlet.fd);
      }
    },
  }, { highWaterMark: 0 });
}
