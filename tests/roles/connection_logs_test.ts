import { deepEqual, equal } from "node:assert/strict";
import { BoundLog } from "../../lib/roles/bound_log.ts";
import { ConnectingLog } from "../../lib/roles/connecting_log.ts";
import { ConnectionBook } from "../../lib/roles/connection_book.ts";
import {
  type ConnectionEvents,
  handleEvents,
  watchConnections,
} from "../../lib/roles/connection_watcher.ts";
import type { MonitorEvent } from "../../lib/zmq/monitor.ts";
import { FakeConnections } from "./fake_connections.ts";
import { FakeLogger, FakeWaits } from "./fakes.ts";

const endpoint = "tcp://192.0.2.9:5555";
const REFUSED = { kind: "handshake-refused", endpoint, status: 400 } as const;
const FAILED = { kind: "handshake-failed", endpoint, errno: 32 } as const;
const MISMATCH = {
  kind: "protocol-error",
  endpoint,
  reason: "only one end uses CURVE",
} as const;

function on(
  kind: "accepted" | "connected" | "disconnected",
  fd = 7,
): MonitorEvent {
  return { kind, endpoint, fd };
}

/** What is logged above debug, as "level message", of events at the connecting end. */
function connecting(events: readonly MonitorEvent[]): {
  lines: string[];
  turnedAway: number;
  logger: FakeLogger;
} {
  const logger = new FakeLogger();
  let turnedAway = 0;
  const log = new ConnectingLog({
    logger,
    publicKey: "PUBLIC",
    onTurnedAway: () => turnedAway++,
  });
  for (const event of events) log.handle(event);
  return { lines: linesOf(logger), turnedAway, logger };
}

function linesOf(logger: FakeLogger): string[] {
  return logger.lines.filter(({ level }) => level !== "debug")
    .map(({ level, message }) => `${level} ${message}`);
}

Deno.test("ConnectingLog says that a connection was made and lost", () => {
  const { lines, turnedAway } = connecting([
    on("connected"),
    { kind: "handshake-succeeded", endpoint },
    on("disconnected"),
    { kind: "connect-retried", endpoint, interval: 100 },
  ]);
  deepEqual(lines, [
    "info Connected",
    "warn Disconnected: the other end stopped, or the network did; should it go on, the log there says why, such as frames of another version",
  ]);
  equal(turnedAway, 0);
});

Deno.test("a refused key is one line at the connecting end, with the key to allow", () => {
  const { lines, turnedAway, logger } = connecting([
    on("connected"),
    REFUSED,
    on("disconnected"),
  ]);
  deepEqual(lines, [
    "error The other end refused this one's key: put it on the allow list there",
  ]);
  equal(logger.lines.at(-1)?.properties["public_key"], "PUBLIC");
  equal(turnedAway, 1);
});

Deno.test("a mismatch is one line at the connecting end, whichever end finds it, and ZeroMQ tries again by itself after the one", () => {
  const found = connecting([on("connected"), MISMATCH, on("disconnected")]);
  equal(found.lines.length, 1);
  equal(found.logger.lines.at(-1)?.properties["reason"], MISMATCH.reason);
  equal(found.turnedAway, 1);
  const other = connecting([on("connected"), FAILED, on("disconnected")]);
  equal(other.lines.length, 1);
  equal(other.turnedAway, 0);
});

Deno.test("ConnectingLog tells of descriptors of connections", () => {
  const seen: number[] = [];
  const log = new ConnectingLog({
    logger: new FakeLogger(),
    onConnected: (descriptor) => seen.push(descriptor),
  });
  log.handle(on("connected", 9));
  deepEqual(seen, [9]);
});

/** What is logged above debug at the end that is connected to. */
function bound(events: readonly MonitorEvent[]): FakeLogger {
  const connections = new FakeConnections();
  connections.open(7);
  connections.open(8);
  const logger = new FakeLogger();
  const log = new BoundLog({ book: new ConnectionBook(connections), logger });
  for (const event of events) log.handle(event);
  return logger;
}

Deno.test("what fails is one line at the end that is connected to, with the address it came from", () => {
  for (const failure of [MISMATCH, FAILED]) {
    const logger = bound([
      on("accepted", 7),
      on("accepted", 8),
      failure,
      on("disconnected", 8),
    ]);
    const [line, ...more] = logger.lines.filter(({ level }) =>
      level === "warn"
    );
    deepEqual(more, []);
    equal(line?.properties["address"], "192.0.2.8:40008");
  }
});

Deno.test("a refused key has been told of by its handler: nothing follows, and what follows is not put down to it", () => {
  const logger = bound([
    on("accepted", 7),
    on("accepted", 8),
    REFUSED,
    on("disconnected", 8),
    on("disconnected", 7),
  ]);
  deepEqual(linesOf(logger), ["warn Disconnected"]);
});

Deno.test("BoundLog says when descriptors run out", () => {
  const logger = bound([{ kind: "accept-failed", endpoint, errno: 24 }]);
  equal(linesOf(logger).length, 1);
});

/** Events that lie ready. */
function eventsOf(all: MonitorEvent[]): ConnectionEvents {
  return { fd: 5, next: () => all.shift() };
}

Deno.test("watchConnections() hands on every event and ends with the socket, or when told", async () => {
  const seen: string[] = [];
  const ended = new AbortController();
  const waits = new FakeWaits((count) => {
    if (count === 2) ended.abort();
  });
  const options = {
    ...waits,
    handle: ({ kind }: MonitorEvent) => void seen.push(kind),
    signal: ended.signal,
  };
  await watchConnections(
    eventsOf([on("accepted"), { kind: "stopped", endpoint: "" }]),
    options,
  );
  deepEqual(seen, ["accepted"]);
  await watchConnections(eventsOf([on("connected")]), options);
  deepEqual(seen, ["accepted", "connected"]);
  deepEqual(waits.waits, ["fd 5", "fd 5"]);
});

Deno.test("attack: connections without end leave other work its turn", async () => {
  const ended = new AbortController();
  const waits = new FakeWaits(() => ended.abort());
  let handled = 0;
  const endless = { fd: 5, next: () => on("accepted") };
  const handle = (): void => void handled++;
  await watchConnections(endless, { ...waits, handle, signal: ended.signal });
  deepEqual(waits.waits, ["0 ms"]);
  equal(handled, 256);
  equal(handleEvents(endless, { handle }), "more");
  equal(handleEvents(eventsOf([]), { handle }), "empty");
});
