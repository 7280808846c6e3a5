import { SEND_FLAG, SOCKET_TYPE } from "../../lib/zmq/constants.ts";
import type { ZmqContext } from "../../lib/zmq/context.ts";
import { MessageSocket } from "../../lib/zmq/message_socket.ts";
import { waitUntil } from "./waiting.ts";

/** libzmq's own REQ or REP socket, as other people's programs use it. */
export class PlainSocket extends MessageSocket {
  /** Makes one of either type. */
  static open(context: ZmqContext, type: "REQ" | "REP"): PlainSocket {
    return new PlainSocket(context, SOCKET_TYPE[type], {});
  }

  /** Sends a message of several parts. */
  send(parts: readonly string[]): void {
    const last = parts.length - 1;
    for (const [index, part] of parts.entries()) {
      const more = index < last ? SEND_FLAG.SNDMORE : 0;
      const bytes = new TextEncoder().encode(part);
      const sent = this.sendCopy(bytes, SEND_FLAG.DONTWAIT | more);
      if (!sent) throw new Error("Cannot send: the queue is full");
    }
  }

  /** Receives a whole message, if there is one. */
  tryReceive(): Uint8Array[] | undefined {
    const parts: Uint8Array[] = [];
    for (;;) {
      using part = this.receivePart();
      if (part === undefined) return undefined;
      parts.push(part.bytes.slice());
      if (!part.more) return parts;
    }
  }

  /** Waits for a message of text. */
  receive(): string[] {
    const parts = waitUntil([this], () => this.tryReceive());
    return parts.map((part) => new TextDecoder().decode(part));
  }
}

// deno-fmt-ignore
const GREETING = new Uint8Array([
  0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, // signature
  3, 0, //                               version 3.0
  0x4e, 0x55, 0x4c, 0x4c, //             mechanism "NULL", then zeros up to 64 bytes
  ...new Array<number>(48).fill(0),
]);

/** What a client says that reads nothing. */
export interface StuckClientOptions {
  /** What it says of itself beside what it must. */
  properties?: Readonly<Record<string, string>>;
  /** How often it asks. @default {1} */
  questions?: number;
}

/** Connects over TCP as a REQ that asks `q` and then reads nothing (ZMTP 3.0, RFC 23). */
export async function connectStuckClient(
  port: number,
  { properties = {}, questions = 1 }: StuckClientOptions = {},
): Promise<Deno.Conn> {
  const connection = await connectAs("REQ", port, properties);
  // An empty part with more to come, and "q", the last part.
  const question = [0x01, 0, 0x00, 1, 0x71];
  const all = Array.from({ length: questions }, () => question).flat();
  await exchange(connection, all, 0);
  return connection;
}

/**
 * Connects over TCP as a PUSH that sends parts of one message without end, until it is cut off.
 *
 * @param port Where to.
 * @param most Bytes after which it gives up.
 * @returns How many bytes were sent.
 */
export async function sendEndlessMessage(
  port: number,
  most: number,
): Promise<number> {
  using connection = await connectAs("PUSH", port);
  const part = new Uint8Array(9 + 1024 * 1024);
  part[0] = 0x03; // long, and more to come
  new DataView(part.buffer).setBigUint64(1, BigInt(part.length - 9));
  let sent = 0;
  try {
    while (sent < most) {
      sent += await connection.write(part.subarray(sent % part.length));
    }
  } catch (error) {
    const isCut = error instanceof Deno.errors.BrokenPipe ||
      error instanceof Deno.errors.ConnectionReset;
    if (!isCut) throw error;
  }
  return sent;
}

/** Connects as a socket of a type, and greets. */
async function connectAs(
  type: string,
  port: number,
  properties: Readonly<Record<string, string>> = {},
): Promise<Deno.Conn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const property = ([name, value]: readonly [string, string]): number[] => [
    ...[name.length, ...encode(name)],
    ...[0, 0, 0, value.length, ...encode(value)],
  ];
  const all = Object.entries({ "Socket-Type": type, ...properties });
  const ready = [5, ...encode("READY"), ...all.flatMap(property)];
  // libzmq takes messages only after it has sent its own command.
  await exchange(connection, GREETING, GREETING.length);
  const head = await exchange(connection, [0x04, ready.length, ...ready], 2);
  await exchange(connection, [], head[1] ?? 0);
  return connection;
}

/** Writes bytes, and reads so many. */
async function exchange(
  connection: Deno.Conn,
  bytes: ArrayLike<number>,
  answerSize: number,
): Promise<Uint8Array> {
  const written = await connection.write(Uint8Array.from(bytes));
  if (written !== bytes.length) throw new Error("Cannot write a few bytes");
  const answer = new Uint8Array(1024);
  let size = 0;
  while (size < answerSize) {
    const read = await connection.read(answer.subarray(0, answerSize - size));
    if (read === null) throw new Error("Cannot go on: the server hung up");
    size += read;
  }
  return answer.subarray(0, answerSize);
}
