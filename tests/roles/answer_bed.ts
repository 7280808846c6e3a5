// The answering side with real sockets, and clients of both kinds, all in this process.
import { SendQueue } from "../../lib/libc/send_queue.ts";
import { Poller } from "../../lib/libc/poller.ts";
import { SocketInspector } from "../../lib/libc/socket_address.ts";
import type { MessageWindow } from "../../lib/history/mod.ts";
import { AnswerServer } from "../../lib/roles/answer_server.ts";
import { pause } from "../../lib/roles/pause.ts";
import {
  type QueryOutcome,
  type QueryProgress,
  runQuery,
} from "../../lib/roles/query.ts";
import { parseQuery, type QueryFields } from "../../lib/roles/query_request.ts";
import { ZmqContext } from "../../lib/zmq/context.ts";
import { MessageBufferPool } from "../../lib/zmq/message_buffer.ts";
import { ReplySocket } from "../../lib/zmq/reply_socket.ts";
import { RequestSocket } from "../../lib/zmq/request_socket.ts";
import { concatenate } from "../pcap/packets.ts";
import { PlainSocket } from "../zmq/plain_sockets.ts";
import { FakeLogger } from "./fakes.ts";
import { openQueries } from "./query_bed.ts";

const MIB = 1024 * 1024;

export interface AnswerBedOptions {
  window: MessageWindow;
  /** @default {1000} */
  timeout?: number;
  /** @default {32 MiB} */
  copyLimit?: number;
}

/** An {@linkcode AnswerServer} that runs. */
export class AnswerBed implements AsyncDisposable {
  readonly logger = new FakeLogger();
  readonly marks: MessageBufferPool;
  readonly endpoint: string;
  readonly #stack = new AsyncDisposableStack();
  readonly #context: ZmqContext;
  readonly #poller: Poller;
  readonly #ended = new AbortController();
  readonly #running: Promise<void>;

  constructor(
    { window, timeout = 1000, copyLimit = 32 * MIB }: AnswerBedOptions,
  ) {
    const stack = this.#stack;
    this.#poller = stack.use(Poller.open());
    const { queries, compiler } = openQueries(window);
    stack.use(compiler);
    this.#context = stack.use(ZmqContext.open());
    const socket = ReplySocket.open(this.#context, {
      ...{ linger: 0, sendHighWaterMark: 4, sendBuffer: 65536 },
    });
    this.endpoint = socket.bind("tcp://127.0.0.1:*");
    this.marks = new MessageBufferPool(this.#context, {
      ...{ capacity: 4, idleLimit: 0 },
    });
    const inspector = stack.use(SocketInspector.open());
    const queue = stack.use(new SendQueue());
    const server = new AnswerServer({ timeout, copyLimit }, {
      ...{ socket, queries, marks: this.marks, logger: this.logger, pause },
      connections: {
        identify: (fd) => inspector.identify(fd),
        queued: (fd) => queue.queued(fd),
        shutdown: (fd, identity) => inspector.shutdown(fd, identity),
      },
      wait: (descriptor, bound) => this.#wait(descriptor, bound),
      wake: () => this.#poller.forget(socket.fd),
      monotonic: () => performance.now(),
      signal: this.#ended.signal,
    });
    this.#running = server.run();
  }

  get port(): number {
    return Number(this.endpoint.split(":").at(-1));
  }

  /** Asks as any REQ client does; gives the parts of the answer. */
  async askPlainly(question: string): Promise<Uint8Array[]> {
    using client = PlainSocket.open(this.#context, "REQ");
    client.connect(this.endpoint);
    client.send([question]);
    return await this.until(() => client.tryReceive());
  }

  /** Asks as nflog-pcap-query does; gives the file, and how it ended. */
  async ask(
    fields: QueryFields,
    { onPart = (): Promise<void> => Promise.resolve(), timeout = 5000 } = {},
  ): Promise<
    { file: Uint8Array; outcome: QueryOutcome; told: QueryProgress[] }
  > {
    using socket = RequestSocket.open(this.#context, {
      ...{ linger: 0, receiveHighWaterMark: 1, receiveBuffer: 65536 },
    });
    socket.connect(this.endpoint);
    const parts: Uint8Array[] = [];
    const told: QueryProgress[] = [];
    const outcome = await runQuery(parseQuery(fields), timeout, {
      socket,
      async write(bytes): Promise<void> {
        parts.push(bytes.slice());
        await onPart();
      },
      onProgress: (progress) => void told.push(progress),
      wait: (descriptor, bound) => this.#wait(descriptor, bound),
      monotonic: () => performance.now(),
      signal: new AbortController().signal,
    });
    return { file: concatenate(parts), outcome, told };
  }

  /** Waits until there is something. */
  async until<T>(condition: () => T | undefined | false): Promise<T> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const result = condition();
      if (result !== undefined && result !== false) return result;
      if (performance.now() > deadline) throw new Error("Nothing came in 20 s");
      await pause(1);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    this.#poller.wake();
    await this.#running;
    await this.#stack.disposeAsync();
  }

  async #wait(descriptor: number, bound: number): Promise<void> {
    const timer = setTimeout(() => this.#poller.forget(descriptor), bound);
    await this.#poller.wait(descriptor, "read");
    clearTimeout(timer);
  }
}
