import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { SocketInspector } from "../../lib/libc/socket_address.ts";
import { ZmqContext } from "../../lib/zmq/context.ts";
import { MessageBufferPool } from "../../lib/zmq/message_buffer.ts";
import {
  type ReplyEvent,
  type ReplyOptions,
  ReplySocket,
} from "../../lib/zmq/reply_socket.ts";
import { RequestSocket } from "../../lib/zmq/request_socket.ts";
import { connectStuckClient, PlainSocket } from "./plain_sockets.ts";
import { waitUntil } from "./waiting.ts";

const MIB = 1024 * 1024;
const encode = (text: string): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(text);

Deno.test("ReplySocket answers anybody's REQ with a message of several parts", () => {
  using bed = openServer();
  using client = PlainSocket.open(bed.context, "REQ");
  client.connect(bed.endpoint);
  for (let round = 0; round < 3; round++) {
    client.send(["q"]);
    const { peer, parts } = nextRequest(bed.server);
    deepEqual(parts, [encode("q")]);
    equal(peer.address, "127.0.0.1");
    equal(peer.userId, undefined);
    equal(bed.server.trySendPart(peer, encode("a"), { more: true }), "sent");
    equal(bed.server.trySendPart(peer, encode(""), { more: true }), "sent");
    equal(bed.server.trySendPart(peer, encode("b"), { more: false }), "sent");
    deepEqual(client.receive(), ["a", "", "b"]);
  }
});

Deno.test("ReplySocket answers several askers, each its own, in any order", () => {
  using bed = openServer();
  const clients = ["one", "two", "three"].map((name) => {
    const client = PlainSocket.open(bed.context, "REQ");
    client.connect(bed.endpoint);
    client.send([name, "and more"]);
    return client;
  });
  const requests = clients.map(() => nextRequest(bed.server));
  equal(new Set(requests.map(({ peer }) => peer.key)).size, 3);
  for (const { peer, parts: [name = encode("")] } of requests.reverse()) {
    bed.server.trySendPart(peer, name, { more: false });
  }
  deepEqual(clients.map((client) => client.receive()), [
    ["one"],
    ["two"],
    ["three"],
  ]);
});

Deno.test("RequestSocket asks anybody's REP", () => {
  using context = ZmqContext.open();
  using server = PlainSocket.open(context, "REP");
  const endpoint = server.bind("tcp://127.0.0.1:*");
  using client = RequestSocket.open(context);
  client.connect(endpoint);
  for (let round = 0; round < 2; round++) {
    equal(client.trySend(encode("q")), true);
    deepEqual(server.receive(), ["q"]);
    server.send(["a", "", "b"]);
    deepEqual(receiveAnswer(client), ["a", "", "b"]);
  }
});

Deno.test("ReplySocket gives an asker nothing of a message before its last part, and holds all of it until then", () => {
  using bed = openServer({ sendHighWaterMark: 1 });
  using client = RequestSocket.open(bed.context);
  client.connect(bed.endpoint);
  client.trySend(encode("q"));
  const { peer } = nextRequest(bed.server);
  const pool = new MessageBufferPool(bed.context, { capacity: MIB });
  const count = 20;
  for (let number = 1; number <= count; number++) {
    const buffer = pool.take();
    buffer.bytes.fill(number);
    // The high-water mark of 1 does not count parts.
    const more = number < count;
    equal(
      bed.server.trySendOwnedPart(peer, { buffer, length: MIB }, { more }),
      "sent",
    );
    if (!more) break;
    equal(pool.inFlight, number);
    equal(bed.server.answering, peer);
    equal(client.tryReceivePart(), undefined);
  }
  equal(bed.server.answering, undefined);
  for (let number = 1; number <= count; number++) {
    using part = waitUntil([client], () => client.tryReceivePart());
    ok(part.size === MIB && part.bytes.every((byte) => byte === number));
    equal(part.more, number < count);
  }
  waitUntil([bed.server], () => pool.inFlight === 0);
});

Deno.test("ReplySocket is full at the high-water mark of messages, and goes on when the asker reads", () => {
  using bed = openServer({ sendHighWaterMark: 4, sendBuffer: 65536 });
  using client = RequestSocket.open(bed.context, {
    receiveHighWaterMark: 1,
    receiveBuffer: 65536,
  });
  client.connect(bed.endpoint);
  client.trySend(encode("q"));
  const { peer } = nextRequest(bed.server);
  const bytes = new Uint8Array(MIB);
  const count = 100;
  let sent = 0;
  let received = 0;
  let full = 0;
  // Messages in the queues: 4 here, 1 there, and what is under way.
  while (sent < count) {
    bytes[0] = sent;
    const outcome = bed.server.trySendPart(peer, bytes, { more: false });
    ok(outcome !== "gone");
    if (outcome === "sent") {
      sent++;
      ok(sent - received <= 16, `${sent} sent, ${received} received`);
      continue;
    }
    full++;
    using part = waitUntil([client], () => client.tryReceivePart());
    equal(part.bytes[0], received++);
  }
  ok(full > 0);
  while (received < count) {
    using part = waitUntil([client], () => client.tryReceivePart());
    equal(part.bytes[0], received++);
  }
});

Deno.test("attack: an asker who stops reading holds up nobody, and is given up with all that was queued for it", async () => {
  using bed = openServer();
  using inspector = SocketInspector.open();
  const port = Number(bed.endpoint.split(":").at(-1));
  using _stuck = await connectStuckClient(port);
  const { peer } = nextRequest(bed.server);
  const pool = new MessageBufferPool(bed.context, { capacity: MIB });
  for (let number = 63; number >= 0; number--) {
    const part = { buffer: pool.take(), length: MIB };
    equal(
      bed.server.trySendOwnedPart(peer, part, { more: number > 0 }),
      "sent",
    );
  }
  ok(pool.inFlight > 32); // the rest is in the kernel's buffers

  using other = PlainSocket.open(bed.context, "REQ");
  other.connect(bed.endpoint);
  other.send(["q"]);
  const request = nextRequest(bed.server);
  bed.server.trySendPart(request.peer, encode("a"), { more: false });
  deepEqual(other.receive(), ["a"]);
  ok(pool.inFlight > 32);

  const fd = peer.connection ?? -1;
  const identity = inspector.identify(fd);
  ok(identity !== undefined && inspector.shutdown(fd, identity));
  waitUntil([bed.server], () => pool.inFlight === 0);
  deepEqual(nextEvent(bed.server), { kind: "gone", key: peer.key });
  equal(bed.server.trySendPart(peer, encode("a"), { more: false }), "gone");
});

Deno.test("abandon() lets others be answered, and an asker who has gone takes nothing along", async () => {
  using bed = openServer();
  const port = Number(bed.endpoint.split(":").at(-1));
  const stuck = await connectStuckClient(port);
  const { peer } = nextRequest(bed.server);
  using other = PlainSocket.open(bed.context, "REQ");
  other.connect(bed.endpoint);
  other.send(["q"]);
  const request = nextRequest(bed.server);
  bed.server.trySendPart(peer, new Uint8Array(MIB), { more: true });
  throws(
    () => bed.server.trySendPart(request.peer, encode("a"), { more: false }),
    TypeError,
  );
  stuck.close();
  deepEqual(nextEvent(bed.server), { kind: "gone", key: peer.key });
  // Parts for one who has gone are dropped; they do not reach the next.
  equal(bed.server.trySendPart(peer, encode("lost"), { more: true }), "sent");
  bed.server.abandon();
  bed.server.abandon();
  bed.server.trySendPart(request.peer, encode("a"), { more: false });
  deepEqual(other.receive(), ["a"]);
});

Deno.test("attack: requests without an envelope, of no part or of too many parts are left out and counted", () => {
  using bed = openServer({ maxParts: 4 });
  using client = PlainSocket.open(bed.context, "REQ");
  client.connect(bed.endpoint);
  client.send(["a", "b", "c", "d"]); // the envelope makes it five
  using good = PlainSocket.open(bed.context, "REQ");
  good.connect(bed.endpoint);
  waitUntil([bed.server], () => {
    equal(bed.server.tryReceive(), undefined);
    return bed.server.malformed === 1;
  });
  good.send(["a", "b", "c"]);
  equal(nextRequest(bed.server).parts.length, 3);
});

Deno.test("attack: a request beyond maxMessageSize ends its connection", () => {
  using bed = openServer({ maxMessageSize: 1000 });
  using client = PlainSocket.open(bed.context, "REQ");
  client.connect(bed.endpoint);
  client.send(["x".repeat(1001)]);
  equal(nextEvent(bed.server).kind, "gone");
});

interface Server extends Disposable {
  context: ZmqContext;
  server: ReplySocket;
  endpoint: string;
}

function openServer(options: ReplyOptions = {}): Server {
  const context = ZmqContext.open();
  const server = ReplySocket.open(context, { linger: 0, ...options });
  return {
    context,
    server,
    endpoint: server.bind("tcp://127.0.0.1:*"),
    [Symbol.dispose]: () => context[Symbol.dispose](),
  };
}

function nextEvent(server: ReplySocket): ReplyEvent {
  return waitUntil([server], () => server.tryReceive());
}

function nextRequest(
  server: ReplySocket,
): Extract<ReplyEvent, { kind: "request" }> {
  return waitUntil([server], () => {
    const event = server.tryReceive();
    return event?.kind === "request" ? event : undefined;
  });
}

function receiveAnswer(client: RequestSocket): string[] {
  const parts: string[] = [];
  for (;;) {
    using part = waitUntil([client], () => client.tryReceivePart());
    parts.push(new TextDecoder().decode(part.bytes));
    if (!part.more) return parts;
  }
}
