import { deepEqual, equal, ok } from "node:assert/strict";
import { SocketInspector } from "../../lib/libc/socket_address.ts";
import { ZmqContext } from "../../lib/zmq/context.ts";
import {
  type MessageBuffer,
  MessageBufferPool,
} from "../../lib/zmq/message_buffer.ts";
import { type ReplyPeer, ReplySocket } from "../../lib/zmq/reply_socket.ts";
import { concatenate } from "../pcap/packets.ts";
import { connectStuckClient, PlainSocket } from "./plain_sockets.ts";
import { waitUntil } from "./waiting.ts";

const MIB = 1024 * 1024;

Deno.test("trySendBorrowedPart() sends memory as it is, and an empty owned part behind it tells when libzmq is done", () => {
  using context = ZmqContext.open();
  const server = ReplySocket.open(context, { linger: 0 });
  const marks = new MessageBufferPool(context, { capacity: 4, idleLimit: 0 });
  using client = PlainSocket.open(context, "REQ");
  client.connect(server.bind("tcp://127.0.0.1:*"));
  const memory = new Uint8Array(8 * MIB);
  for (let at = 0; at < memory.length; at++) memory[at] = at * 31 >> 7;
  for (const size of [0, 1, 100, 5000, MIB, 8 * MIB - 1]) {
    client.send(["q"]);
    const peer = nextPeer(server);
    const parts = [
      memory.subarray(0, size >> 1),
      memory.subarray(size >> 1, size),
    ];
    for (const part of parts) {
      equal(server.trySendBorrowedPart(peer, part, { more: true }), "sent");
    }
    const mark = sendMark(server, peer, { marks, more: false });
    const got = waitUntil([client], () => client.tryReceive());
    deepEqual(got.map((part) => part.length), [
      size >> 1,
      size - (size >> 1),
      0,
    ]);
    deepEqual(concatenate(got), memory.subarray(0, size));
    waitUntil([server], () => !mark.inFlight);
  }
  ok(memory.every((byte, at) => byte === (at * 31 >> 7 & 0xff)));
});

Deno.test("attack: what was lent to one who stops reading is given back when the connection is ended", async () => {
  using context = ZmqContext.open();
  using inspector = SocketInspector.open();
  const server = ReplySocket.open(context, { linger: 0 });
  const marks = new MessageBufferPool(context, { capacity: 4, idleLimit: 0 });
  const endpoint = server.bind("tcp://127.0.0.1:*");
  using _stuck = await connectStuckClient(Number(endpoint.split(":").at(-1)));
  const peer = nextPeer(server);
  const memory = new Uint8Array(64 * MIB);
  const sent: MessageBuffer[] = [];
  for (let at = 0; at < 64; at++) {
    const part = memory.subarray(at * MIB, (at + 1) * MIB);
    equal(server.trySendBorrowedPart(peer, part, { more: true }), "sent");
    sent.push(sendMark(server, peer, { marks, more: at < 63 }));
  }
  ok(sent.filter((mark) => mark.inFlight).length > 32);
  const fd = peer.connection ?? -1;
  const identity = inspector.identify(fd);
  ok(identity !== undefined && inspector.shutdown(fd, identity));
  waitUntil([server], () => {
    server.tryReceive();
    return sent.every((mark) => !mark.inFlight);
  });
});

/** Sends an empty part that is libzmq's until what went before it has gone. */
function sendMark(
  server: ReplySocket,
  peer: ReplyPeer,
  { marks, more }: { marks: MessageBufferPool; more: boolean },
): MessageBuffer {
  const buffer = marks.take();
  equal(server.trySendOwnedPart(peer, { buffer, length: 0 }, { more }), "sent");
  return buffer;
}

function nextPeer(server: ReplySocket): ReplyPeer {
  return waitUntil([server], () => {
    const event = server.tryReceive();
    return event?.kind === "request" ? event.peer : undefined;
  });
}
