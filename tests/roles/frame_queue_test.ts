import { deepEqual, equal, ok } from "node:assert/strict";
import { FrameQueue } from "../../lib/roles/frame_queue.ts";
import { MessageBufferPool } from "../../lib/zmq/message_buffer.ts";
import { PushSocket } from "../../lib/zmq/push_socket.ts";
import type { ZmqContext } from "../../lib/zmq/context.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { openPipe, receive } from "../zmq/transfer.ts";
import { waitUntil } from "../zmq/waiting.ts";
import { frameOf, makePackets } from "./query_bed.ts";

function openQueue(context: ZmqContext, sizes: number[] = []): FrameQueue {
  return new FrameQueue((capacity) => {
    sizes.push(capacity);
    return new MessageBufferPool(context, { capacity });
  });
}

Deno.test("FrameQueue tells how many frames wait in ZeroMQ, and how many did at most", () => {
  using directory = openTempDir();
  using pipe = openPipe();
  const { context } = pipe;
  const push = PushSocket.open(context, { sendHighWaterMark: 3, linger: 0 });
  const sizes: number[] = [];
  const queue = openQueue(context, sizes);
  const frames = [1, 2, 100].map((count) => frameOf(makePackets(count)));
  const [small = new Uint8Array(0)] = frames;
  // Nobody listens there, so that it holds what it takes.
  push.connect(`ipc://${directory.join("nobody")}`);
  for (const frame of frames) ok(queue.trySend(push, frame));
  deepEqual(queue.state, { send_queue_frames: 3, send_queue_peak_frames: 3 });
  ok(!queue.trySend(push, small));
  deepEqual(queue.state, { send_queue_frames: 3, send_queue_peak_frames: 3 });
  deepEqual(sizes.map((size) => Math.log2(size) % 1), sizes.map(() => 0));
  equal(sizes[0], 4096);
  push[Symbol.dispose]();
  waitUntil([pipe.push], () => queue.length === 0);
  // What went on its way is what was sent, whatever becomes of the sender's memory.
  const copy = small.slice();
  ok(queue.trySend(pipe.push, small));
  small.fill(0);
  using message = receive(pipe.pull);
  deepEqual(new Uint8Array(message.bytes), copy);
  waitUntil([pipe.push], () => queue.length === 0);
  deepEqual(queue.state, { send_queue_frames: 0, send_queue_peak_frames: 3 });
});

Deno.test("FrameQueue passes other messages on without counting them", () => {
  using pipe = openPipe();
  const queue = openQueue(pipe.context);
  for (const bytes of [[], [0xf5], [1, 2, 3, 4, 5]]) {
    ok(queue.trySend(pipe.push, Uint8Array.from(bytes)));
    equal(queue.length, 0);
    using message = receive(pipe.pull);
    deepEqual([...message.bytes], bytes);
  }
  deepEqual(queue.state, { send_queue_frames: 0, send_queue_peak_frames: 0 });
});
