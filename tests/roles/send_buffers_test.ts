import assert from "node:assert/strict";
import { FrameQueue } from "../../lib/roles/frame_queue.ts";
import { SendBuffers } from "../../lib/roles/send_buffers.ts";
import { FRAME_SIZE } from "../../lib/wire/constants.ts";
import { ZmqContext } from "../../lib/zmq/context.ts";
import { MessageBufferPool } from "../../lib/zmq/message_buffer.ts";
import { PushSocket } from "../../lib/zmq/push_socket.ts";
import { openTempDir } from "../helpers/temp_dir.ts";

/** Frames that wait in ZeroMQ from which on a builder comes a moment later. */
const CROWD = 32;

Deno.test("SendBuffers give builders at once while little waits in ZeroMQ, and a moment later while much does", async () => {
  using directory = openTempDir();
  using context = ZmqContext.open();
  const push = PushSocket.open(context, { linger: 0 });
  push.connect(`ipc://${directory.join("nobody")}`);
  const makePool = (capacity: number): MessageBufferPool =>
    new MessageBufferPool(context, { capacity });
  const buffers = new SendBuffers(makePool(FRAME_SIZE), {
    size: 1,
    headerSize: 64,
    copies: new FrameQueue(makePool),
  });
  for (let sent = 0; sent < CROWD; sent++) {
    const builder = buffers.take();
    assert(!(builder instanceof Promise));
    assert(buffers.trySend(push, builder.bytes.subarray(0, 5000)));
    buffers.give(builder);
  }
  assert.equal(buffers.queue.send_queue_frames, CROWD);
  const later = buffers.take();
  assert(later instanceof Promise);
  assert.equal((await later).packets, 0);
});
