import { Gathering } from "./gathering.ts";
import type { Pause } from "./pause.ts";

/** A message that was received. Disposing of it gives its memory back. */
export interface IncomingMessage extends Disposable {
  /** The whole message, borrowed until it is disposed of. */
  readonly bytes: Uint8Array;
  /** Bytes before it in the same memory which, like its own, are its consumer's to write over. @default {undefined} None, nor its own. */
  readonly room?: number | undefined;
  /** Name of the sensor whose key it came by; undefined where there are no keys, and for relays, which carry those of others. */
  readonly sender?: string | undefined;
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
  const reader = new MessageReader(inlet, options);
  return new ReadableStream({
    async pull(controller): Promise<void> {
      const message = await reader.next();
      if (message === undefined) controller.close();
      else controller.enqueue(message);
    },
  }, { highWaterMark: 0 });
}

/** Reads the messages of a socket until it is told to end. */
class MessageReader<T extends IncomingMessage> {
  readonly #inlet: MessageInlet<T>;
  readonly #options: MessageSourceOptions;
  readonly #gathering = new Gathering(GATHERING);
  /** When no more is taken, in the time of the clock; not before it is told to end. */
  #deadline = Infinity;
  /** Bytes taken since the last wait. */
  #found = 0;
  /** Messages and bytes taken since other work had its turn. */
  #messages = 0;
  #bytes = 0;

  constructor(inlet: MessageInlet<T>, options: MessageSourceOptions) {
    this.#inlet = inlet;
    this.#options = options;
  }

  async next(): Promise<T | undefined> {
    const { monotonic, signal } = this.#options;
    if (this.#messages >= PER_TURN.MESSAGES || this.#bytes >= PER_TURN.BYTES) {
      await this.#giveWay();
    }
    for (;;) {
      const message = this.#inlet.tryReceive();
      if (message !== undefined && monotonic() < this.#deadline) {
        return this.#taken(message);
      }
      if (signal.aborted) {
        message?.[Symbol.dispose]();
        return undefined;
      }
      await this.#wait();
    }
  }

  #taken(message: T): T {
    const { monotonic, signal } = this.#options;
    const size = message.bytes.byteLength;
    this.#messages++;
    this.#bytes += size;
    this.#found += size;
    if (signal.aborted && this.#deadline === Infinity) {
      this.#deadline = monotonic() + LAST_CALL;
    }
    return message;
  }

  async #giveWay(): Promise<void> {
    this.#messages = this.#bytes = 0;
    await this.#options.pause(0);
  }

  async #wait(): Promise<void> {
    const { pause, wait } = this.#options;
    const duration = this.#gathering.pauseAfter(this.#found);
    this.#found = this.#messages = this.#bytes = 0;
    if (duration > 0) await pause(duration);
    else await wait(this.#inlet.fd);
  }
}
