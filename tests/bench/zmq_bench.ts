// What sending and receiving one message costs in this thread: `deno bench -A tests/bench/zmq_bench.ts`. Compare within one run only.
//
// Over inproc no other thread and no kernel takes part, so this is the price of the binding and of libzmq's queue:
// at 100 bytes copying calls win; at 256 KiB sending without a copy is many times cheaper (no malloc of fresh pages),
// while receiving is not: a view of C memory makes V8 collect garbage, dearly so in a program with a larger heap than this.
import { ZmqContext } from "../../lib/zmq/context.ts";
import { MessageBufferPool } from "../../lib/zmq/message_buffer.ts";
import { PullSocket } from "../../lib/zmq/pull_socket.ts";
import { PushSocket } from "../../lib/zmq/push_socket.ts";

const BATCH = 100;

for (const size of [100, 1500, 16 * 1024, 256 * 1024]) {
  const context = ZmqContext.open();
  const pull = PullSocket.open(context, { receiveHighWaterMark: BATCH });
  const push = PushSocket.open(context, { sendHighWaterMark: BATCH });
  push.connect(pull.bind("inproc://bench"));
  const source = new Uint8Array(size).fill(1);
  const target = new Uint8Array(size);
  const pool = new MessageBufferPool(context, {
    capacity: size,
    idleLimit: BATCH,
  });
  const group = `${BATCH} messages of ${size} bytes`;

  Deno.bench("write a frame, trySend, tryReceiveInto", {
    group,
    baseline: true,
  }, () => {
    const frame = target; // any memory of our own
    for (let index = 0; index < BATCH; index++) {
      frame.set(source);
      push.trySend(frame);
    }
    while (pull.tryReceiveInto(target) >= 0);
  });

  Deno.bench("write a frame, trySendOwned, tryReceiveInto", { group }, () => {
    for (let index = 0; index < BATCH; index++) {
      const buffer = pool.take();
      buffer.bytes.set(source);
      push.trySendOwned(buffer, size);
    }
    while (pull.tryReceiveInto(target) >= 0);
  });

  Deno.bench("write a frame, trySendOwned, tryReceive", { group }, () => {
    for (let index = 0; index < BATCH; index++) {
      const buffer = pool.take();
      buffer.bytes.set(source);
      push.trySendOwned(buffer, size);
    }
    for (;;) {
      using message = pull.tryReceive();
      if (message === undefined) break;
      touch(message.bytes);
    }
  });
}

const context = ZmqContext.open();
const idle = PullSocket.open(context);
idle.bind("inproc://idle");
Deno.bench("tryReceive() when there is nothing", { group: "idle" }, () => {
  idle.tryReceive();
});
Deno.bench("events()", { group: "idle" }, () => {
  idle.events();
});
Deno.bench("zmq_errno(), the cheapest call", { group: "idle" }, () => {
  context.symbols.zmq_errno();
});

/** Reads one byte, so that the view is made. */
function touch(bytes: Uint8Array): void {
  if (bytes[0] !== 1) throw new Error("Cannot be: other bytes came");
}
