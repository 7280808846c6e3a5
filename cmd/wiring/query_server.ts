// The window of the last traffic, and the socket at which questions about it are answered.

import type { Window } from "../../lib/cli/groups/window_options.ts";
import { SendQueue } from "../../lib/libc/send_queue.ts";
import type { Poller } from "../../lib/libc/poller.ts";
import { SocketInspector } from "../../lib/libc/socket_address.ts";
import { FilterCompiler } from "../../lib/libpcap/filter_compiler.ts";
import { MessageWindow } from "../../lib/history/mod.ts";
import type { Connections } from "../../lib/roles/answer_connection.ts";
import { GuardedQuestions } from "../../lib/roles/answer_guard.ts";
import { AnswerServer } from "../../lib/roles/answer_server.ts";
import type { Logger } from "../../lib/roles/logger.ts";
import { pause } from "../../lib/roles/pause.ts";
import { RateLimitedLogger } from "../../lib/roles/rate_limited_logger.ts";
import { WindowQueries } from "../../lib/roles/window_queries.ts";
import { recordMessage } from "../../lib/roles/window_recorder.ts";
import type { DecodedMessage } from "../../lib/wire/message_decoder.ts";
import type { ZmqContext } from "../../lib/zmq/context.ts";
import { formatEndpoint } from "../../lib/zmq/endpoint.ts";
import { MessageBufferPool } from "../../lib/zmq/message_buffer.ts";
import { ReplySocket } from "../../lib/zmq/reply_socket.ts";
import type { Doors } from "./doors.ts";
import { guardSocket } from "./guard.ts";
import type { Host } from "./host.ts";
import { waitBounded } from "./wait_bounded.ts";

const MEBIBYTE = 1024 * 1024;
/** Beside the window itself answers may hold half of its size, and as much again in copies; never less than this each. */
const LEAST_LIMIT = 32 * MEBIBYTE;
/** Parts of an answer that libzmq holds for each asker, of about a MiB each. */
const SEND_HIGH_WATER_MARK = 4;
/** Largest question, in bytes. */
const MAX_QUESTION = 64 * 1024;
/** An empty part has no bytes, but the buffer it is told by must have a word. */
const MARKS = { capacity: 4, idleLimit: 0 } as const;
/** Lines of one kind about clients, in so many milliseconds: whoever may ask may ask without a pause. */
const LINES = { burst: 60, interval: 60_000 } as const;

/** What a window needs. */
export interface OpenWindowOptions {
  /** What the program was told. */
  settings: Window;
  /** The process it runs in, which knows the counts. */
  host: Host;
  /** Ends what is begun here. */
  stack: AsyncDisposableStack;
}

/** What answering questions at a socket needs. */
export interface ServeOptions {
  /** Who may ask. */
  doors: Doors;
  /** Waits for descriptors. */
  poller: Poller;
}

/** A window of the last traffic. */
export interface OpenedWindow {
  /** Answers questions about it. */
  readonly queries: WindowQueries;
  /** How full it is, and how far it reaches. */
  readonly gauges: Readonly<Record<string, number>>;
  /** Puts a message into it. */
  readonly record: (message: Uint8Array, decoded: DecodedMessage) => void;
  /**
   * Binds the socket that questions come to, and answers them until the program ends.
   *
   * @param context What the socket is made from.
   * @param options What it needs.
   * @returns Where it really listens, with the port that was found.
   * @throws {ErrnoError} If the endpoint cannot be bound.
   */
  serve(context: ZmqContext, options: ServeOptions): string;
}

/**
 * Makes the window, and what questions about it are answered by.
 *
 * @param options What it needs.
 * @returns The window.
 */
export function openWindow(options: OpenWindowOptions): OpenedWindow {
  const { settings: { size }, host, stack } = options;
  const compiler = stack.use(new FilterCompiler());
  const window = new MessageWindow(size, { keepLimit: limitFor(size) });
  const queries = new WindowQueries(window, {
    compile: (expression) => compiler.compile(expression),
    report: () => host.snapshot(),
    now: () => Date.now(),
    monotonic,
    pause,
  });
  return {
    queries,
    get gauges() {
      return gaugesOf(window);
    },
    record: (message, decoded) => recordMessage(window, message, decoded),
    serve: (context, rest) => serve(context, { ...options, ...rest, queries }),
  };
}

function limitFor(size: number): number {
  return Math.max(size / 2, LEAST_LIMIT);
}

function monotonic(): number {
  return performance.now();
}

function gaugesOf({ state, span }: MessageWindow): Record<string, number> {
  const now = Date.now();
  const first = span === undefined ? now : span.first / 1000;
  return {
    window_bytes: state.held_bytes,
    window_limit_bytes: state.size_bytes,
    window_packets: state.held_packets,
    window_reach_seconds: Math.max((now - first) / 1000, 0),
  };
}

type ServeSurroundings = OpenWindowOptions & ServeOptions & {
  queries: WindowQueries;
};

function serve(context: ZmqContext, options: ServeSurroundings): string {
  const { settings, queries, poller, host, stack } = options;
  const socket = openSocket(context, options);
  const ended = new AbortController();
  const { answerTimeout: timeout, size } = settings;
  const server = new AnswerServer({ timeout, copyLimit: limitFor(size) }, {
    socket: guardQuestions(context, socket, options),
    queries,
    marks: new MessageBufferPool(context, MARKS),
    connections: openConnections(stack),
    logger: limited(host.logger),
    wait: (descriptor, bound) => waitBounded(poller, descriptor, bound),
    wake: () => poller.forget(socket.fd),
    pause,
    monotonic,
    signal: AbortSignal.any([host.stop, ended.signal]),
  });
  // What libzmq was lent must stay until its threads have ended.
  context.keep(server);
  const bound = socket.bind(formatEndpoint(settings.endpoint));
  const serving = server.run().catch((error) => {
    host.logger.error(`Questions are not answered any more: ${error}`);
  });
  stack.defer(() => {
    ended.abort();
    poller.wake();
    return serving;
  });
  return bound;
}

function openSocket(
  context: ZmqContext,
  { settings, doors }: ServeSurroundings,
): ReplySocket {
  const curve = doors.curve("query");
  return ReplySocket.open(context, {
    sendHighWaterMark: SEND_HIGH_WATER_MARK,
    maxMessageSize: MAX_QUESTION,
    linger: settings.answerTimeout,
    // Clients of the Python original's time (libzmq before 4.2) do not know pings; a client that is gone takes nothing, which is noticed anyhow.
    heartbeatInterval: 0,
    ...(curve && { curve }),
  });
}

function guardQuestions(
  context: ZmqContext,
  socket: ReplySocket,
  { settings, doors, poller, host, stack }: ServeSurroundings,
): GuardedQuestions {
  const guard = guardSocket(context, socket, {
    use: "query",
    endpoint: settings.endpoint,
    logger: hushed(host.logger),
    ...{ doors, poller, stack },
  });
  return new GuardedQuestions(socket, guard);
}

function limited(logger: Logger): Logger {
  return new RateLimitedLogger(logger, {
    ...LINES,
    now: monotonic,
    limitsInfo: true,
    kindOf: (message) => message,
  });
}

/** Clients come and go: only what they ask is worth a line. */
function hushed(logger: Logger): Logger {
  return {
    debug: (message, properties) => logger.debug(message, properties),
    info: (message, properties) => logger.debug(message, properties),
    warn(message, properties): void {
      const level = message === "Disconnected" ? "debug" : "warn";
      logger[level](message, properties);
    },
    error: (message, properties) => logger.error(message, properties),
  };
}

function openConnections(stack: AsyncDisposableStack): Connections {
  const inspector = stack.use(SocketInspector.open());
  const queue = stack.use(new SendQueue());
  return {
    identify: (fd) => inspector.identify(fd),
    queued: (fd) => queue.queued(fd),
    shutdown: (fd, identity) => inspector.shutdown(fd, identity),
  };
}
