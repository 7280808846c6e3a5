import type { MonitorEvent } from "../zmq/monitor.ts";
import type { ConnectionBook } from "./connection_book.ts";
import type { Logger } from "./logger.ts";

/** What a {@linkcode BoundLog} needs. */
export interface BoundLogOptions {
  /** The connections of the socket. */
  readonly book: ConnectionBook;
  /** Says what happens; told of what strangers do, so limit it. */
  readonly logger: Logger;
}

/** Keeps the book of the connections that others make, and says what happens to them: one line for each thing, with the address. */
export class BoundLog {
  readonly #options: BoundLogOptions;
  /** What failed: libzmq tells right after it which connection it was, by ending it. */
  #failure: MonitorEvent | undefined;

  /**
   * Makes a log.
   *
   * @param options What it needs.
   */
  constructor(options: BoundLogOptions) {
    this.#options = options;
  }

  /**
   * Takes what happened.
   *
   * @param event What.
   */
  handle(event: MonitorEvent): void {
    const { book, logger } = this.#options;
    const { endpoint } = event;
    switch (event.kind) {
      case "accepted":
        logger.debug("Accepted", { endpoint, address: book.opened(event.fd) });
        return;
      case "handshake-succeeded":
        return logger.info("Connected", { endpoint });
      case "handshake-refused":
      case "protocol-error":
      case "handshake-failed":
        this.#failure = event;
        return;
      case "disconnected":
        return this.#explain(event.endpoint, book.closed(event.fd));
      case "accept-failed":
        return logger.warn(
          "Cannot accept a connection: there may be too few file descriptors (ulimit -n)",
          { endpoint, errno: event.errno },
        );
      default:
        return logger.debug("Connection", { ...event });
    }
  }

  #explain(endpoint: string, address: string | undefined): void {
    const { logger } = this.#options;
    const failure = this.#failure;
    this.#failure = undefined;
    switch (failure?.kind) {
      case "handshake-refused":
        // The ZAP handler has said so, and of which key.
        return logger.debug("Disconnected", { endpoint, address });
      case "protocol-error":
        return logger.warn(
          "Refused a connection: the other end uses CURVE and this one does not, or the other way round; or another server's key; or it is no ZeroMQ of today",
          { endpoint, address, reason: failure.reason },
        );
      case "handshake-failed":
        return logger.warn(
          "A connection ended before a word was said: a port scan, or an end that has CURVE options otherwise than this one, or another key for it",
          { endpoint, address },
        );
      default:
        return logger.warn("Disconnected", { endpoint, address });
    }
  }
}
