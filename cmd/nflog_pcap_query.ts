#!/usr/bin/env -S deno run --quiet --no-prompt -P=query
// nflog-pcap-query: asks a receiver for packets of the window that it keeps.

import { ProgressLine } from "../lib/cli/progress_line.ts";
import {
  QUERY_DEFINITION,
  type QueryCommand,
} from "../lib/cli/query_command.ts";
import { queryOf } from "../lib/cli/query_of.ts";
import { formatQueryStats } from "../lib/cli/query_table.ts";
import { UsageError } from "../lib/cli/usage_error.ts";
import { Poller } from "../lib/libc/poller.ts";
import { dropPrivileges } from "../lib/libc/privileges.ts";
import type { EndNote } from "../lib/roles/answer_protocol.ts";
import { ConnectingLog } from "../lib/roles/connecting_log.ts";
import type { Logger } from "../lib/roles/logger.ts";
import {
  type QueryDependencies,
  type QueryOutcome,
  runQuery,
} from "../lib/roles/query.ts";
import { RateLimitedLogger } from "../lib/roles/rate_limited_logger.ts";
import { ZmqContext } from "../lib/zmq/context.ts";
import { formatEndpoint } from "../lib/zmq/endpoint.ts";
import { RequestSocket } from "../lib/zmq/request_socket.ts";
import { type AnswerTarget, openAnswerTarget } from "./wiring/answer_target.ts";
import { followConnections } from "./wiring/connections.ts";
import { type Host, runInProcess } from "./wiring/host.ts";
import { readCurveClient } from "./wiring/keys.ts";
import { waitBounded } from "./wiring/wait_bounded.ts";

/** Messages of an answer that are read ahead, of about a MiB each. */
const RECEIVE_HIGH_WATER_MARK = 4;

/** How often one kind of thing is said of the connection, in milliseconds: ZeroMQ tries again many times. */
const LOG_INTERVAL = 60_000;

const monotonic = (): number => performance.now();

/** What a question is asked by, and what may happen to it. */
interface Asking {
  socket: RequestSocket;
  poller: Poller;
  /** Aborted when the program is told to end, or the other end will not talk. */
  signal: AbortSignal;
}

/**
 * Asks a receiver, and writes what it answers.
 *
 * @param command What is asked.
 * @param host The process it runs in.
 */
export async function query(command: QueryCommand, host: Host): Promise<void> {
  const { stats, output = { kind: "stdout" } } = command;
  const isFile = stats === undefined;
  if (isFile && output.kind === "stdout" && Deno.stdout.isTerminal()) {
    throw new UsageError(
      "The answer is a pcap file, and standard output is a terminal: give -w FILE, or redirect",
    );
  }
  await using stack = new AsyncDisposableStack();
  const asking = await openAsking(command, host, stack);
  if (command.user !== undefined) dropPrivileges(command.user);
  host.seal();
  if (!isFile) {
    const outcome = await ask(command, asking, undefined);
    if (outcome.kind !== "stats") return;
    const { stats: found } = outcome;
    const text = stats === "json"
      ? `${JSON.stringify(found, null, 2)}\n`
      : formatQueryStats(found);
    host.print(text);
    return;
  }
  const target = stack.use(await openAnswerTarget(output, asking.signal));
  const outcome = await ask(command, asking, target);
  await target.commit();
  if (outcome.kind === "file") report(outcome.end, host);
}

async function openAsking(
  command: QueryCommand,
  host: Host,
  stack: AsyncDisposableStack,
): Promise<Asking> {
  const poller = stack.use(Poller.open());
  const turnedAway = new AbortController();
  const stopped = new AbortController();
  host.stop.addEventListener("abort", () => {
    stopped.abort(new Error("Cannot finish: it was interrupted"));
    poller.wake();
  });
  const curve = await readCurveClient(command.curveClient);
  const context = stack.use(ZmqContext.open());
  const socket = RequestSocket.open(context, {
    linger: 0,
    receiveHighWaterMark: RECEIVE_HIGH_WATER_MARK,
    ...(curve && { curve }),
  });
  const log = new ConnectingLog({
    logger: hushed(host.logger),
    publicKey: curve?.keys.publicKey,
    onTurnedAway(): void {
      turnedAway.abort(new Error("Cannot ask: the receiver turned it away"));
      poller.wake();
    },
  });
  stack.use(followConnections(context, socket, { poller, log }));
  socket.connect(formatEndpoint(command.endpoint));
  const signal = AbortSignal.any([stopped.signal, turnedAway.signal]);
  return { socket, poller, signal };
}

/** Only what goes wrong is worth a line, and one is enough. */
function hushed(logger: Logger): Logger {
  return new RateLimitedLogger({
    debug: (message, properties) => logger.debug(message, properties),
    info: (message, properties) => logger.debug(message, properties),
    warn: (message, properties) => logger.debug(message, properties),
    error: (message, properties) => logger.error(message, properties),
  }, { interval: LOG_INTERVAL, now: monotonic, kindOf: (message) => message });
}

async function ask(
  command: QueryCommand,
  { socket, poller, signal }: Asking,
  target: AnswerTarget | undefined,
): Promise<QueryOutcome> {
  const request = command.stats === undefined
    ? queryOf(command.selection, command.format)
    : { kind: "stats" } as const;
  using line = Deno.stderr.isTerminal()
    ? new ProgressLine({ write: writeError, monotonic })
    : undefined;
  const dependencies: QueryDependencies = {
    socket,
    write: (bytes) => target?.write(bytes) ?? Promise.resolve(),
    onProgress: (progress) => line?.show(progress),
    wait: (descriptor, bound) => waitBounded(poller, descriptor, bound),
    monotonic,
    signal,
  };
  return await runQuery(request, command.timeout, dependencies);
}

function writeError(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

/** Says what the file has. */
function report(end: EndNote | undefined, host: Host): void {
  if (end === undefined) return;
  const { packets, bytes, limited, window } = end;
  host.logger.info(packets === 0 ? "No packet matches" : "Answered", {
    packets,
    bytes,
    ...(limited && { limited }),
    ...(packets === 0 && {
      window_from: window.first ?? "empty",
      window_to: window.last ?? "empty",
    }),
  });
}

if (import.meta.main) {
  await runInProcess({ definition: QUERY_DEFINITION, run: query });
}
