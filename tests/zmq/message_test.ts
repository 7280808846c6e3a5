import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { ZmqContext } from "../../lib/zmq/context.ts";
import type { ZmqMessage } from "../../lib/zmq/message.ts";
import { openPipe, receive, residentSize } from "./transfer.ts";

const MIB = 1024 * 1024;

Deno.test("ZmqMessage keeps its bytes while any number of others arrive", () => {
  using pipe = openPipe();
  const held: ZmqMessage[] = [];
  const count = 500;
  for (let number = 0; number < count; number++) {
    // Sizes on both sides of libzmq's own limits: inside the structure, in its shared read buffer, in memory of its own.
    const size = [20, 300, 20_000][number % 3] ?? 0;
    ok(pipe.push.trySend(new Uint8Array(size).fill(number & 0xff)));
    held.push(receive(pipe.pull));
  }
  equal(pipe.context.messages.taken >= count, true);
  // In another order than they came.
  const order = held.map((message, number) => ({ message, number }));
  order.sort((a, b) => (a.number * 7919) % count - (b.number * 7919) % count);
  for (const { message, number } of order) {
    ok(message.bytes.every((byte) => byte === (number & 0xff)));
    message[Symbol.dispose]();
  }
  ok(pipe.context.messages.taken <= 1);
});

Deno.test("ZmqMessage.bytes is one view, and is refused after the message is disposed of", () => {
  using pipe = openPipe();
  pipe.push.trySend(new Uint8Array([1, 2, 3]));
  const message = receive(pipe.pull);
  equal(message.bytes, message.bytes);
  message[Symbol.dispose]();
  message[Symbol.dispose]();
  for (const read of [() => message.bytes, () => message.more]) {
    throws(read, TypeError);
  }
});

Deno.test("ZmqMessage.copyInto() copies the content, and refuses memory that is too short", () => {
  using pipe = openPipe();
  for (const content of [[], [1, 2, 3], new Array<number>(5000).fill(7)]) {
    pipe.push.trySend(new Uint8Array(content));
    using message = receive(pipe.pull);
    const target = new Uint8Array(content.length + 2).fill(0xee);
    message.copyInto(target);
    deepEqual([...target], [...content, 0xee, 0xee]);
    message.copyInto(target.subarray(2));
    deepEqual([...target.subarray(2)], content);
    if (content.length === 0) continue;
    throws(() => message.copyInto(target.subarray(3)), RangeError);
  }
});

Deno.test("disposing of a message twice does not release the next one in its place", () => {
  using pipe = openPipe();
  pipe.push.trySend(new Uint8Array(100).fill(1));
  pipe.push.trySend(new Uint8Array(100).fill(2));
  const first = receive(pipe.pull);
  first[Symbol.dispose]();
  using second = receive(pipe.pull);
  first[Symbol.dispose]();
  ok(second.bytes.every((byte) => byte === 2));
});

Deno.test("ZmqMessage tells the address and the connection it came by, and no user without CURVE", () => {
  using pipe = openPipe();
  pipe.push.trySend(new Uint8Array(1));
  using message = receive(pipe.pull);
  equal(message.userId, undefined);
  equal(message.peerAddress, "127.0.0.1");
  ok((message.connection ?? -1) > 2);
});

Deno.test("ZmqContext releases the messages that are still held when it ends", () => {
  const context = ZmqContext.open();
  const pipe = openPipe(context);
  pipe.push.trySend(new Uint8Array([5]));
  const message = receive(pipe.pull);
  deepEqual([...message.bytes], [5]);
  context[Symbol.dispose]();
  throws(() => message.bytes, TypeError);
  message[Symbol.dispose]();
});

Deno.test("receiving and sending many messages does not leak", () => {
  using pipe = openPipe();
  const bytes = new Uint8Array(MIB / 4);
  const pump = (count: number): void => {
    for (let number = 0; number < count; number++) {
      ok(pipe.push.trySend(bytes));
      using message = receive(pipe.pull);
      equal(message.bytes.length, bytes.length);
    }
  };
  pump(200);
  const before = residentSize();
  pump(2000); // 500 MiB in all
  ok(residentSize() - before < 60 * MIB);
});
