import { ZmqContext } from "../../lib/zmq/context.ts";
import type { ZmqMessage } from "../../lib/zmq/message.ts";
import { PullSocket } from "../../lib/zmq/pull_socket.ts";
import { PushSocket } from "../../lib/zmq/push_socket.ts";
import { waitUntil } from "./waiting.ts";

/** A sender connected to a receiver. */
export interface Pipe extends Disposable {
  context: ZmqContext;
  push: PushSocket;
  pull: PullSocket;
}

/** Connects a PUSH to a PULL in a context of their own, or in a given one; the context goes with the pipe. */
export function openPipe(
  context: ZmqContext = ZmqContext.open(),
  endpoint = "tcp://127.0.0.1:*",
): Pipe {
  const pull = PullSocket.open(context);
  const push = PushSocket.open(context);
  push.connect(pull.bind(endpoint));
  return {
    context,
    push,
    pull,
    [Symbol.dispose]: () => context[Symbol.dispose](),
  };
}

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

/** Reads how much memory this process has, in bytes. */
export function residentSize(): number {
  return Deno.memoryUsage().rss;
}
