import type { MonitorEvent } from "../zmq/monitor.ts";
import type { Logger, LogProperties } from "./logger.ts";

/** What a {@linkcode ConnectingLog} needs. */
export interface ConnectingLogOptions {
  /** Says what happens; told of every failure, so limit it. */
  readonly logger: Logger;
  /** The public key of this end, for the one who has to allow it. */
  readonly publicKey?: string | undefined;
  /** Told of each new connection. */
  readonly onConnected?: ((descriptor: number) => void) | undefined;
  /** Told when the other end turned this one away for good: ZeroMQ does not try again. */
  readonly onTurnedAway?: (() => void) | undefined;
}

/** Says what happens to the connections that this end makes: one line for each thing. */
export class ConnectingLog {
  readonly #options: ConnectingLogOptions;
  /** Whether the end of the connection that comes next has been explained. */
  #explained = false;

  /**
   * Makes a log.
   *
   * @param options What it needs.
   */
  constructor(options: ConnectingLogOptions) {
    this.#options = options;
  }

  /**
   * Takes what happened.
   *
   * @param event What.
   */
  handle(event: MonitorEvent): void {
    const { logger, publicKey, onConnected } = this.#options;
    const { endpoint } = event;
    switch (event.kind) {
      case "connected":
        logger.debug("Connection", { ...event });
        this.#explained = false;
        onConnected?.(event.fd);
        return;
      case "handshake-succeeded":
        return logger.info("Connected", { endpoint });
      case "handshake-refused":
        return this.#explain(
          "The other end refused this one's key: put it on the allow list there",
          { endpoint, public_key: publicKey, status: event.status },
        );
      case "protocol-error":
        return this.#explain(
          "The other end cannot be talked to: give both ends CURVE options or neither, and ZeroMQ programs of today",
          { endpoint, reason: event.reason },
        );
      case "handshake-failed":
        // ZeroMQ tries again by itself.
        this.#explained = true;
        return logger.error(
          "The other end hung up before a word was said: is its key the one that --curve-server gives, and has it CURVE options if and only if this end has?",
          { endpoint },
        );
      case "disconnected":
        if (!this.#explained) {
          logger.warn(
            "Disconnected: the other end stopped, or the network did; should it go on, the log there says why, such as frames of another version",
            { endpoint },
          );
        }
        return;
      default:
        return logger.debug("Connection", { ...event });
    }
  }

  /** Says why this end was turned away for good. */
  #explain(message: string, properties: LogProperties): void {
    const { logger, onTurnedAway } = this.#options;
    this.#explained = true;
    logger.error(message, properties);
    onTurnedAway?.();
  }
}
