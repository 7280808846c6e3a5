import { equal, ok, throws } from "node:assert/strict";
import { ZmqContext } from "../../lib/zmq/context.ts";
import {
  type MessageBuffer,
  MessageBufferPool,
} from "../../lib/zmq/message_buffer.ts";
import { PushSocket } from "../../lib/zmq/push_socket.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { openPipe, receive, residentSize } from "./transfer.ts";
import { waitUntil } from "./waiting.ts";

const MIB = 1024 * 1024;

for (const length of [0, 1, 3, 4, 5, 64, 8193, 262_144]) {
  Deno.test(`trySendOwned() sends ${length} bytes of a buffer, which comes back to its pool`, () => {
    using pipe = openPipe();
    const pool = new MessageBufferPool(pipe.context, { capacity: 262_144 });
    const buffer = pool.take();
    buffer.bytes.fill(0xab);
    equal(buffer.inFlight, false);
    equal(pipe.push.trySendOwned(buffer, length), true);
    {
      using message = receive(pipe.pull);
      equal(message.size, length);
      ok(message.bytes.every((byte) => byte === 0xab));
    }
    waitUntil([pipe.push], () => !buffer.inFlight);
    equal(pool.inFlight, 0);
    equal(pool.take(), buffer);
  });
}

Deno.test("trySendOwned() sends the same content from the same buffer again and again", () => {
  using pipe = openPipe();
  const pool = new MessageBufferPool(pipe.context, { capacity: 64 });
  for (let count = 0; count < 10; count++) {
    const buffer = pool.take();
    buffer.bytes.fill(0x4e);
    equal(pipe.push.trySendOwned(buffer, 64), true);
    receive(pipe.pull)[Symbol.dispose]();
    waitUntil([pipe.push], () => pool.inFlight === 0);
  }
});

Deno.test("trySendOwned() over inproc hands the very memory over, until the receiver is done with it", () => {
  using context = ZmqContext.open();
  using pipe = openPipe(context, "inproc://owned");
  const pool = new MessageBufferPool(context, { capacity: 1000 });
  const buffer = pool.take();
  buffer.bytes.fill(1);
  pipe.push.trySendOwned(buffer, 1000);
  const message = receive(pipe.pull);
  equal(pool.inFlight, 1);
  ok(pool.take() !== buffer);
  message[Symbol.dispose]();
  equal(pool.inFlight, 0);
});

Deno.test("trySendOwned() leaves a buffer that is refused unchanged and with its owner", () => {
  using directory = openTempDir();
  using context = ZmqContext.open();
  using push = PushSocket.open(context, { sendHighWaterMark: 3, linger: 0 });
  push.connect(`ipc://${directory.join("nobody")}`);
  const pool = new MessageBufferPool(context, { capacity: 100 });
  for (let count = 0; count < 3; count++) {
    equal(push.trySendOwned(pool.take(), 100), true);
  }
  equal(pool.inFlight, 3);
  const buffer = pool.take();
  buffer.bytes.fill(0x7f);
  for (let count = 0; count < 3; count++) {
    equal(push.trySendOwned(buffer, 100), false);
    equal(buffer.inFlight, false);
    ok(buffer.bytes.every((byte) => byte === 0x7f));
  }
  equal(pool.inFlight, 3);
});

Deno.test("trySendOwned() refuses a buffer that libzmq still has, a length beyond it, and a closed socket", () => {
  using directory = openTempDir();
  using context = ZmqContext.open();
  const push = PushSocket.open(context, { linger: 0 });
  push.connect(`ipc://${directory.join("nobody")}`);
  const pool = new MessageBufferPool(context, { capacity: 100 });
  const buffer = pool.take();
  for (const length of [101, -1, NaN]) {
    throws(() => push.trySendOwned(buffer, length), RangeError);
  }
  equal(push.trySendOwned(buffer, 100), true);
  throws(() => push.trySendOwned(buffer, 100), TypeError);
  push[Symbol.dispose]();
  const other = pool.take();
  other.bytes.fill(3);
  throws(() => push.trySendOwned(other, 100), { code: "ENOTSOCK" });
  equal(other.inFlight, false);
  ok(other.bytes.every((byte) => byte === 3));
});

Deno.test("MessageBufferPool hands out each buffer once, and gets back what was not sent", () => {
  using context = ZmqContext.open();
  const pool = new MessageBufferPool(context, { capacity: 8 });
  const taken = new Set<MessageBuffer>();
  for (let count = 0; count < 10; count++) taken.add(pool.take());
  equal(taken.size, 10);
  const [first] = taken;
  ok(first !== undefined);
  pool.giveBack(first);
  equal(pool.take(), first);
  for (const capacity of [3, 4.5, NaN, -1]) {
    throws(() => new MessageBufferPool(context, { capacity }), RangeError);
  }
});

Deno.test("MessageBufferPool keeps one buffer busy where one is enough, and memory flat", () => {
  using pipe = openPipe();
  const pool = new MessageBufferPool(pipe.context, { capacity: MIB / 4 });
  const seen = new Set<MessageBuffer>();
  const pump = (count: number): void => {
    for (let number = 0; number < count; number++) {
      const buffer = pool.take();
      seen.add(buffer);
      buffer.bytes.fill(number & 0xff);
      ok(pipe.push.trySendOwned(buffer, buffer.capacity));
      using message = receive(pipe.pull);
      equal(message.bytes[message.size - 1], number & 0xff);
    }
  };
  pump(200);
  const before = residentSize();
  pump(2000); // 500 MiB in all
  ok(residentSize() - before < 60 * MIB);
  ok(seen.size < 10);
});

Deno.test("MessageBufferPool gives memory back to the system after congestion, down to `idleLimit`", () => {
  using pipe = openPipe();
  const pool = new MessageBufferPool(pipe.context, {
    capacity: 100,
    idleLimit: 2,
  });
  const sent = Array.from({ length: 50 }, () => pool.take());
  for (const buffer of sent) ok(pipe.push.trySendOwned(buffer, 100));
  for (let count = 0; count < 50; count++) {
    receive(pipe.pull)[Symbol.dispose]();
  }
  waitUntil([pipe.push], () => pool.inFlight === 0);
  const again = Array.from({ length: 50 }, () => pool.take());
  equal(again.filter((buffer) => sent.includes(buffer)).length, 2);
  equal(sent.filter(({ capacity }) => capacity === 0).length, 48);
});
