import type { ZmqMessage } from "../../lib/zmq/message.ts";
import type { PullSocket } from "../../lib/zmq/pull_socket.ts";
import type { PushSocket } from "../../lib/zmq/push_socket.ts";
import { waitUntil } from "./waiting.ts";

/** Waits for the next message. The caller disposes of it. */
export function receive(pull: PullSocket): ZmqMessage {
  return waitUntil([pull], () => pull.tryReceive());
}

/** Sends messages that hold their number in one byte, until one is refused; returns how many were taken. */
export function sendAll(push: PushSocket, count: number): number {
  for (let number = 0; number < count; number++) {
    if (!push.trySend(new Uint8Array([number]))) return number;
  }
  return count;
}

/** Waits for messages of one byte, and returns those bytes. */
export function receiveMany(pull: PullSocket, count: number): number[] {
  return Array.from({ length: count }, () => {
    using message = receive(pull);
    return message.bytes[0] ?? -1;
  });
}
