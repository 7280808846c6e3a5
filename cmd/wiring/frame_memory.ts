// Memory for the frames that are copied on their way out.

import { FrameQueue } from "../../lib/roles/frame_queue.ts";
import type { ZmqContext } from "../../lib/zmq/context.ts";
import { MessageBufferPool } from "../../lib/zmq/message_buffer.ts";

/** Bytes of unused memory that are kept for frames of one size. */
const IDLE_MEMORY = 4 * 1024 * 1024;

/**
 * Opens a queue of frames that are copied; as much memory is kept as comes at once while nothing is stuck.
 *
 * @param context What the sockets are made from.
 * @returns The queue.
 */
export function openFrameQueue(context: ZmqContext): FrameQueue {
  return new FrameQueue((capacity) => {
    const idleLimit = Math.floor(IDLE_MEMORY / capacity);
    return new MessageBufferPool(context, { capacity, idleLimit });
  });
}
