import { Poller } from "../libc/poller.ts";
import { ZmqContext } from "./context.ts";
import type { ZmqSocket } from "./socket.ts";

/** Where a socket's peers are. */
export interface StreamEndpoints {
  /** Endpoints to listen at, such as `tcp://*:5555`; `tcp://127.0.0.1:*` takes a free port. @default {[]} */
  bind?: string | readonly string[];
  /** Endpoints to connect to, now or whenever they come to be. @default {[]} */
  connect?: string | readonly string[];
}

/** A socket with a context and a wait of its own, for a stream. */
export class StreamSocket<S extends ZmqSocket> implements AsyncDisposable {
  /** The socket. */
  readonly socket: S;
  /** Where it really listens. */
  readonly endpoints: readonly string[];
  readonly #context: ZmqContext;
  readonly #poller: Poller;
  #ending: Promise<void> | undefined;

  /**
   * Opens a socket.
   *
   * @param open Makes it from a context.
   * @param endpoints Where its peers are.
   * @throws {LibraryError} If libzmq can not be loaded.
   * @throws {SyntaxError} If an endpoint is none.
   * @throws {ErrnoError} If an endpoint can not be bound.
   */
  constructor(open: (context: ZmqContext) => S, endpoints: StreamEndpoints) {
    using stack = new DisposableStack();
    this.#poller = stack.use(Poller.open());
    this.#context = stack.use(ZmqContext.open());
    this.socket = open(this.#context);
    this.endpoints = listOf(endpoints.bind).map((endpoint) =>
      this.socket.bind(endpoint)
    );
    for (const endpoint of listOf(endpoints.connect)) {
      this.socket.connect(endpoint);
    }
    stack.move();
  }

  /** Whether it was ended. */
  get ended(): boolean {
    return this.#ending !== undefined;
  }

  /** Waits until something may have changed, half a second at most, or until it is ended. */
  async wait(): Promise<void> {
    if (!this.ended) await this.#poller.wait(this.socket.fd, "read");
  }

  /** Ends it; what was sent is handed over first, within the socket's `linger`. Doing so twice is fine. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    // Whoever waits must be told before the descriptor is closed.
    await this.#poller.close();
    await this.#context[Symbol.asyncDispose]();
  }
}

function listOf(endpoints: string | readonly string[] = []): readonly string[] {
  return typeof endpoints === "string" ? [endpoints] : endpoints;
}
