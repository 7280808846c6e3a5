import { TokenBucket } from "../rate/token_bucket.ts";
import type { Logger } from "../roles/logger.ts";
import type { Timers } from "../roles/timers.ts";
import {
  type ByteConnection,
  type HttpPatience,
  PATIENCE_DEFAULTS,
  serveConnection,
} from "./http_connection.ts";
import type { HttpHandler } from "./message.ts";

/** Where clients connect. */
export interface ConnectionListener {
  /** Waits for the next one. */
  accept(): Promise<ByteConnection>;
  /** Takes no more; a wait under way fails. */
  close(): void;
}

/** How much a server does at most. */
export interface HttpLimits extends HttpPatience {
  /** Connections at a time; more wait in the kernel. @default {32} */
  connections: number;
  /** Connections taken in a second, and at once after a quiet second; more wait in the kernel. @default {50} */
  rate: number;
}

/** What {@linkcode HttpLimits} are when nothing is said. */
export const HTTP_LIMITS: Readonly<HttpLimits> = {
  ...PATIENCE_DEFAULTS,
  connections: 32,
  rate: 50,
};

/** What an {@linkcode HttpServer} needs. */
export interface HttpServerOptions {
  /** How much it does at most. */
  readonly limits?: Partial<HttpLimits>;
  /** Told of errors; limited by the caller. */
  readonly logger: Logger;
  /** Does things later. */
  readonly timers: Timers;
  /** The time in milliseconds, of a clock that nobody sets. */
  readonly monotonic: () => number;
}

/** How long it waits after it could not take a connection, in milliseconds: there may be no descriptor left. */
const FAULT_PAUSE = 1000;

/**
 * Answers HTTP requests, one a connection, in the time that other work leaves.
 *
 * Whatever clients do, it takes no more than a few descriptors, so many requests a second, and little memory: what is beyond that is not even looked
 * at. That is why it is not `Deno.serve`, which takes any number of silent connections and ends the process when no descriptor is left.
 */
export class HttpServer implements AsyncDisposable {
  readonly #listener: ConnectionListener;
  readonly #handler: HttpHandler;
  readonly #options: HttpServerOptions;
  readonly #limits: HttpLimits;
  readonly #bucket: TokenBucket;
  readonly #connections = new Map<ByteConnection, Promise<void>>();
  readonly #ended: Promise<void>;
  #closed = false;
  #wake = (): void => {};

  /**
   * Begins to answer.
   *
   * @param listener Where clients connect; it is closed with the server.
   * @param handler Answers.
   * @param options What it needs.
   */
  constructor(
    listener: ConnectionListener,
    handler: HttpHandler,
    options: HttpServerOptions,
  ) {
    this.#listener = listener;
    this.#handler = handler;
    this.#options = options;
    this.#limits = { ...HTTP_LIMITS, ...options.limits };
    this.#bucket = new TokenBucket(
      { rate: this.#limits.rate },
      options.monotonic(),
    );
    this.#ended = this.#run();
  }

  /** Stops at once: connections are cut. Stopping twice is fine. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#listener.close();
      this.#wake();
      for (const connection of this.#connections.keys()) connection.close();
    }
    await this.#ended;
    await Promise.all(this.#connections.values());
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      await this.#turn();
      if (this.#closed) return;
      try {
        this.#serve(await this.#listener.accept());
      } catch (error) {
        if (this.#closed) return;
        const reason = error instanceof Error ? error.message : String(error);
        this.#options.logger.warn(`Cannot take an HTTP connection: ${reason}`);
        await this.#pause(FAULT_PAUSE);
      }
    }
  }

  #serve(connection: ByteConnection): void {
    this.#bucket.take(1);
    const { timers, logger } = this.#options;
    const closable = closingOnce(connection);
    const served = serveConnection(closable, this.#handler, {
      timers,
      patience: this.#limits,
      onError: (error) => {
        const reason = error instanceof Error ? error.message : String(error);
        logger.error(`Cannot answer an HTTP request: ${reason}`);
      },
    }).finally(() => {
      this.#connections.delete(closable);
      this.#wake();
    });
    this.#connections.set(closable, served);
  }

  /** Waits until a further connection may be taken. */
  async #turn(): Promise<void> {
    while (!this.#closed) {
      if (this.#connections.size >= this.#limits.connections) {
        await this.#pause(undefined);
        continue;
      }
      const level = this.#bucket.level(this.#options.monotonic());
      if (level >= 1) return;
      await this.#pause((1 - level) * 1000 / this.#limits.rate);
    }
  }

  /** Waits so many milliseconds, or only for a connection that ends. */
  async #pause(milliseconds: number | undefined): Promise<void> {
    const { timers } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const cancel = milliseconds === undefined
      ? undefined
      : timers.after(milliseconds, resolve);
    await promise;
    cancel?.();
  }
}

/** A connection that may be closed twice, and from two places. */
function closingOnce(connection: ByteConnection): ByteConnection {
  let open = true;
  return {
    read: (into) => connection.read(into),
    write: (bytes) => connection.write(bytes),
    closeWrite: () => connection.closeWrite(),
    close(): void {
      if (!open) return;
      open = false;
      connection.close();
    },
  };
}
