import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { SocketInspector } from "../../lib/libc/socket_address.ts";
import { ZmqContext } from "../../lib/zmq/context.ts";
import {
  type CurveKeyPair,
  deriveCurvePublicKey,
  generateCurveKeyPair,
} from "../../lib/zmq/curve.ts";
import type { ZmqMessage } from "../../lib/zmq/message.ts";
import { type MonitorEvent, SocketMonitor } from "../../lib/zmq/monitor.ts";
import { PullSocket } from "../../lib/zmq/pull_socket.ts";
import { PushSocket } from "../../lib/zmq/push_socket.ts";
import { ZapHandler, type ZapRefusal } from "../../lib/zmq/zap_handler.ts";
import { waitUntil } from "./waiting.ts";

const SERVER = generateCurveKeyPair();
const ALICE = generateCurveKeyPair();
const MALLORY = generateCurveKeyPair();

Deno.test("generateCurveKeyPair() makes new pairs that belong together", () => {
  match(ALICE.publicKey, /^[!-~]{40}$/);
  ok(ALICE.publicKey !== MALLORY.publicKey);
  equal(deriveCurvePublicKey(ALICE.secretKey), ALICE.publicKey);
});

Deno.test("a key is refused without being quoted", () => {
  using context = ZmqContext.open();
  for (
    const secretKey of ["", "short", ALICE.secretKey + "x", "~".repeat(40)]
  ) {
    throws(
      () => deriveCurvePublicKey(secretKey),
      (error: Error) =>
        error instanceof SyntaxError &&
        (secretKey === "" || !error.message.includes(secretKey)),
    );
    const curve = { role: "server", secretKey, domain: "data" } as const;
    throws(() => PullSocket.open(context, { curve }), SyntaxError);
  }
  throws(
    () =>
      PullSocket.open(context, {
        curve: { role: "server", secretKey: SERVER.secretKey, domain: "" },
      }),
    RangeError,
  );
});

Deno.test("an allowed key is let in, and its name comes with every message", () => {
  using bed = openServer(new Map([[ALICE.publicKey, "gateway-1"]]));
  using alice = bed.connect(ALICE);
  for (let number = 0; number < 3; number++) {
    alice.push.trySend(new Uint8Array([number]));
    using message = bed.receive();
    equal(message.userId, "gateway-1");
    deepEqual([...message.bytes], [number]);
  }
  equal(bed.zap.refused, 0);
});

Deno.test("attack: a client with the server's public key but a key of its own is refused, counted and reported, and its messages never arrive", () => {
  using bed = openServer(new Map([[ALICE.publicKey, "gateway-1"]]));
  using mallory = bed.connect(MALLORY);
  mallory.push.trySend(new Uint8Array([66]));
  bed.waitFor(mallory.monitor, "handshake-refused");
  equal(bed.zap.refused, 1);
  deepEqual(bed.refusals, [{
    domain: "data",
    address: "127.0.0.1",
    publicKey: MALLORY.publicKey,
  }]);
  using alice = bed.connect(ALICE);
  alice.push.trySend(new Uint8Array([1]));
  using message = bed.receive();
  deepEqual([...message.bytes], [1]);
});

Deno.test("attack: a client without CURVE gets nowhere", () => {
  using bed = openServer(new Map([[ALICE.publicKey, "gateway-1"]]));
  using plain = bed.connect(undefined);
  plain.push.trySend(new Uint8Array([66]));
  // Whichever end reads the other's greeting first.
  waitUntil(
    [bed.monitor, plain.monitor],
    () =>
      [bed.monitor, plain.monitor].some((monitor) =>
        monitor.next()?.kind === "protocol-error"
      ),
  );
  equal(bed.pull.tryReceive(), undefined);
});

Deno.test("attack: a client that expects another server does not talk to this one", () => {
  using bed = openServer(new Map([[ALICE.publicKey, "gateway-1"]]));
  using alice = bed.connect(ALICE, MALLORY.publicKey);
  alice.push.trySend(new Uint8Array([1]));
  const event = bed.waitFor(bed.monitor, "protocol-error");
  ok("reason" in event && event.reason.startsWith("the keys do not fit"));
  equal(bed.zap.refused, 0);
});

Deno.test("attack: without a handler nobody gets in, not even who knows the server's key", () => {
  using context = ZmqContext.open();
  using pull = PullSocket.open(context, {
    curve: { role: "server", secretKey: SERVER.secretKey, domain: "data" },
  });
  using server = SocketMonitor.open(context, pull);
  const endpoint = pull.bind("tcp://127.0.0.1:*");
  using push = PushSocket.open(context, {
    linger: 0,
    curve: { role: "client", serverKey: SERVER.publicKey, keys: ALICE },
  });
  push.connect(endpoint);
  push.trySend(new Uint8Array([1]));
  waitUntil([server], () => server.next()?.kind === "handshake-failed");
  equal(pull.tryReceive(), undefined);
});

Deno.test("attack: a key that is allowed for one domain is refused in another", () => {
  using bed = openServer(new Map([[ALICE.publicKey, "gateway-1"]]), "query");
  using alice = bed.connect(ALICE);
  bed.waitFor(alice.monitor, "handshake-refused");
  equal(bed.refusals[0]?.domain, "query");
});

Deno.test("a list that is replaced counts from the next connection on: added keys get in, removed ones no more", () => {
  using inspector = SocketInspector.open();
  using bed = openServer(new Map([[ALICE.publicKey, "gateway-1"]]));
  using mallory = bed.connect(MALLORY);
  bed.waitFor(mallory.monitor, "handshake-refused");
  using alice = bed.connect(ALICE);
  alice.push.trySend(new Uint8Array([1]));
  const fd = ((): number => {
    using message = bed.receive();
    return message.connection ?? -1;
  })();

  bed.zap.replaceAllowed(
    new Map([["data", new Map([[MALLORY.publicKey, "gateway-2"]])]]),
  );
  const identity = inspector.identify(fd);
  ok(identity !== undefined && inspector.shutdown(fd, identity));
  bed.waitFor(alice.monitor, "handshake-refused");

  // libzmq gave up on the refused connection; the program asks again.
  mallory.push.connect(bed.endpoint);
  bed.waitFor(mallory.monitor, "handshake-succeeded");
  mallory.push.trySend(new Uint8Array([2]));
  using message = bed.receive();
  equal(message.userId, "gateway-2");
});

Deno.test("replaceAllowed() refuses bad entries, and keeps the old lists then", () => {
  using bed = openServer(new Map([[ALICE.publicKey, "gateway-1"]]));
  const bad: [key: string, name: string][] = [
    ["short", "x"],
    [MALLORY.publicKey, ""],
    [MALLORY.publicKey, "x".repeat(256)],
    [MALLORY.publicKey, "a\0b"],
  ];
  for (const entry of bad) {
    throws(() => bed.zap.replaceAllowed(new Map([["data", new Map([entry])]])));
  }
  using alice = bed.connect(ALICE);
  bed.waitFor(alice.monitor, "handshake-succeeded");
});

Deno.test("a context has one handler", () => {
  using context = ZmqContext.open();
  using _first = ZapHandler.open(context);
  throws(() => ZapHandler.open(context), { code: "EADDRINUSE" });
});

interface Client extends Disposable {
  push: PushSocket;
  monitor: SocketMonitor;
}

/** A server whose handler lets keys in to the domain `data`. */
class Server implements Disposable {
  readonly #context = ZmqContext.open();
  readonly #clients = ZmqContext.open();
  readonly refusals: ZapRefusal[] = [];
  readonly zap: ZapHandler;
  readonly pull: PullSocket;
  readonly monitor: SocketMonitor;
  readonly endpoint: string;

  constructor(allow: ReadonlyMap<string, string>, domain: string) {
    this.zap = ZapHandler.open(this.#context, {
      allow: new Map([["data", allow]]),
      onRefused: (refusal) => this.refusals.push(refusal),
    });
    this.pull = PullSocket.open(this.#context, {
      curve: { role: "server", secretKey: SERVER.secretKey, domain },
    });
    this.monitor = SocketMonitor.open(this.#context, this.pull);
    this.endpoint = this.pull.bind("tcp://127.0.0.1:*");
  }

  connect(
    keys: CurveKeyPair | undefined,
    serverKey: string = SERVER.publicKey,
  ): Client {
    const push = PushSocket.open(this.#clients, {
      linger: 0,
      reconnectInterval: 10,
      ...(keys && { curve: { role: "client", serverKey, keys } }),
    });
    const monitor = SocketMonitor.open(this.#clients, push);
    push.connect(this.endpoint);
    return { push, monitor, [Symbol.dispose]: () => push[Symbol.dispose]() };
  }

  /** Waits for a message, letting keys in meanwhile. */
  receive(): ZmqMessage {
    return waitUntil([this.zap, this.pull], () => {
      this.zap.serve();
      return this.pull.tryReceive();
    });
  }

  /** Waits for an event, letting keys in meanwhile. */
  waitFor(watched: SocketMonitor, kind: MonitorEvent["kind"]): MonitorEvent {
    return waitUntil([this.zap, watched], () => {
      this.zap.serve();
      const event = watched.next();
      return event?.kind === kind ? event : undefined;
    });
  }

  [Symbol.dispose](): void {
    this.#clients[Symbol.dispose]();
    this.#context[Symbol.dispose]();
  }
}

function openServer(
  allow: ReadonlyMap<string, string>,
  domain = "data",
): Server {
  return new Server(allow, domain);
}
