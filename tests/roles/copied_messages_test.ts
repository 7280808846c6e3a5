import assert from "node:assert/strict";
import { CopiedMessages } from "../../lib/roles/copied_messages.ts";
import { ZmqContext } from "../../lib/zmq/context.ts";
import { PullSocket } from "../../lib/zmq/pull_socket.ts";
import { PushSocket } from "../../lib/zmq/push_socket.ts";

/** Two sockets that talk in this process. */
function openPair(context: ZmqContext): { push: PushSocket; pull: PullSocket } {
  const pull = PullSocket.open(context);
  pull.bind("inproc://copied");
  const push = PushSocket.open(context);
  push.connect("inproc://copied");
  return { push, pull };
}

Deno.test("CopiedMessages gives messages that stay as they were while others arrive", () => {
  using context = ZmqContext.open();
  const { push, pull } = openPair(context);
  const copied = new CopiedMessages(pull);
  const sizes = [1, 100, 70_000, 200_000, 70_001];
  for (const [value, size] of sizes.entries()) {
    push.trySend(new Uint8Array(size).fill(value + 1));
  }
  const messages = sizes.map(() => copied.tryReceive() ?? assert.fail());
  for (const [index, message] of messages.entries()) {
    assert.equal(message.bytes.byteLength, sizes[index]);
    assert(message.bytes.every((byte) => byte === index + 1));
  }
  for (const message of messages) message[Symbol.dispose]();
  assert.equal(copied.tryReceive(), undefined);
});

Deno.test("CopiedMessages uses memory again once it was given back, and not twice", () => {
  using context = ZmqContext.open();
  const { push, pull } = openPair(context);
  const copied = new CopiedMessages(pull);
  const receive = (): Uint8Array => {
    push.trySend(new Uint8Array(100_000));
    const message = copied.tryReceive() ?? assert.fail();
    const { bytes } = message;
    message[Symbol.dispose]();
    message[Symbol.dispose]();
    return bytes;
  };
  const first = receive();
  assert.equal(receive().buffer, first.buffer);
  push.trySend(new Uint8Array(100_000));
  push.trySend(new Uint8Array(100_000));
  const [one, other] = [copied.tryReceive(), copied.tryReceive()];
  assert.notEqual(one?.bytes.buffer, other?.bytes.buffer);
  one?.[Symbol.dispose]();
  other?.[Symbol.dispose]();
});

Deno.test("CopiedMessages keeps as much memory free before a message as it is told to", () => {
  using context = ZmqContext.open();
  const { push, pull } = openPair(context);
  const copied = new CopiedMessages(pull, 1);
  for (const size of [1, 100, 70_000, 200_000]) {
    push.trySend(new Uint8Array(size).fill(7));
    using message = copied.tryReceive() ?? assert.fail();
    const { bytes, room } = message;
    assert(room !== undefined && room >= size);
    new Uint8Array(bytes.buffer, bytes.byteOffset - room, room).fill(9);
    assert(bytes.every((byte) => byte === 7));
  }
});
