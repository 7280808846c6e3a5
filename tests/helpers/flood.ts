#!/usr/bin/env -S deno run --allow-ffi
// A load generator: numbered UDP packets by sendmmsg(2), one system call for hundreds of them. It stops by itself.
//
//   scripts/deno run --allow-ffi tests/helpers/flood.ts --count 1000000 --rate 200000 --size 100 --to 127.0.0.1:9999
//
// It runs as a process of its own, so that its CPU time is nobody else's; call it inside the network namespace to load.
// It prints its FloodReport as one line of JSON.

import { parseArgs } from "node:util";
import {
  fillPayload,
  HEADERS_SIZE,
  LARGEST_NUMBER,
  NUMBER_SIZE,
  PATTERN_PERIOD,
} from "./flood_payload.ts";
import { FloodSocket, parseFloodTarget } from "./flood_socket.ts";

/** What to send, how fast and where to. */
export interface FloodOptions {
  /** Number of packets, 1 or more. */
  count: number;
  /**
   * Packets a second; 0 means as fast as they go.
   *
   * @default {0}
   */
  rate?: number;
  /** Size of each IP packet in bytes, headers included: from 32 for IPv4 and 52 for IPv6 up to 65535. */
  size: number;
  /** Where to, such as `127.0.0.1:9999` or `[::1]:9999`. */
  to: string;
  /**
   * Packets a system call, 1 to 1024.
   *
   * @default {64 with a rate, 256 without}
   */
  batch?: number;
  /**
   * Number of the first packet, a multiple of `segments`.
   *
   * @default {0}
   */
  first?: number;
  /**
   * Packets a message, a power of two up to 64, together at most 65507 bytes of payload (UDP_SEGMENT): a third of the CPU time, for a
   * device that is told to cut them apart with `ip link set DEVICE gso_max_segs 1`. Not for loopback, whose TCP would be cut as well.
   *
   * @default {1}
   */
  segments?: number;
  /**
   * A file whose bytes the payloads hold behind their numbers, in place of the pattern, so that they compress as it does. 256 payloads long, it is repeated.
   *
   * @default {undefined} The pattern.
   */
  content?: string;
}

/** What a flood sent. */
export interface FloodReport {
  /** Packets sent, numbered from `first` on. */
  packets: number;
  /** How long it took, in milliseconds. */
  milliseconds: number;
  /** CPU time it took, in milliseconds; on loopback most of it is the kernel logging the packets. */
  cpuMilliseconds: number;
}

const WORDS_PER_MESSAGE = 8; // struct mmsghdr: 64 bytes on a 64-bit machine
const MESSAGE_VECTORS = 2; // its msg_iov
const MESSAGE_VECTOR_COUNT = 3; // its msg_iovlen
const WORDS_PER_VECTOR = 2; // struct iovec: iov_base, iov_len
const LARGEST_BATCH = 1024;
/** Sleeps shorter than this, in milliseconds, would only be late. */
const SHORTEST_PAUSE = 0.05;

/** Messages that are sent over and over, each time with new numbers. */
interface Ring {
  socket: FloodSocket;
  messages: BigUint64Array<ArrayBuffer>;
  /** All payloads, one after the other. */
  payloads: DataView<ArrayBuffer>;
  /** Bytes of a payload. */
  size: number;
  /** Number of payloads, a multiple of the pattern's period. */
  slots: number;
  /** Payloads a message. */
  segments: number;
  /** What C reads besides; being here keeps it alive. */
  vectors: BigUint64Array<ArrayBuffer>;
}

/**
 * Sends numbered packets and returns when the last one is out.
 *
 * @param options What to send, how fast and where to.
 * @returns What was sent.
 * @throws {RangeError} If an option is out of its range.
 * @throws {ErrnoError} If the kernel refuses.
 */
export function runFlood(options: FloodOptions): FloodReport {
  const target = parseFloodTarget(options.to);
  const payloadSize = options.size - HEADERS_SIZE[target.version];
  if (payloadSize < NUMBER_SIZE || options.size > 65535) {
    throw new RangeError(`Cannot send packets of ${options.size} bytes`);
  }
  const { first = 0, rate = 0, count } = options;
  if (!(count >= 1 && first + count - 1 <= LARGEST_NUMBER)) {
    throw new RangeError(`Cannot number ${count} packets from ${first} on`);
  }
  const { segments = 1, batch = rate > 0 ? 64 : 256 } = options;
  if (!(batch >= segments && batch <= LARGEST_BATCH)) {
    throw new RangeError(`Cannot send ${batch} packets a call`);
  }
  if (first % segments !== 0 || PATTERN_PERIOD % segments !== 0) {
    throw new RangeError(`Cannot begin at ${first} with ${segments} segments`);
  }
  using socket = new FloodSocket(target, segments > 1 ? payloadSize : 0);
  const { content } = options;
  const ring = makeRing(socket, {
    ...{ size: payloadSize, batch, segments },
    content: content === undefined ? undefined : Deno.readFileSync(content),
  });
  return sendAll(ring, { first, rate, count, batch });
}

function sendAll(
  ring: Ring,
  job: { first: number; rate: number; count: number; batch: number },
): FloodReport {
  const { socket, slots } = ring;
  const perPacket = job.rate > 0 ? 1000 / job.rate : 0;
  const cpuBefore = socket.cpuMilliseconds;
  const start = performance.now();
  for (let sent = 0; sent < job.count;) {
    const early = perPacket * sent - (performance.now() - start);
    if (early > SHORTEST_PAUSE) socket.pause(early);
    const number = job.first + sent;
    const left = Math.min(job.count - sent, slots - number % slots);
    sent += sendSome(ring, { number, wanted: Math.min(job.batch, left) });
  }
  return {
    packets: job.count,
    milliseconds: performance.now() - start,
    cpuMilliseconds: socket.cpuMilliseconds - cpuBefore,
  };
}

/** Sends `wanted` packets from `number` on, and returns how many went. */
function sendSome(
  ring: Ring,
  { number, wanted }: { number: number; wanted: number },
): number {
  const { size, slots, segments, vectors } = ring;
  const slot = number % slots;
  for (let index = 0; index < wanted; index++) {
    ring.payloads.setUint32((slot + index) * size, number + index);
  }
  const message = slot / segments;
  const count = Math.ceil(wanted / segments);
  const last = (message + count - 1) * WORDS_PER_VECTOR + 1;
  const inLast = wanted - (count - 1) * segments;
  vectors[last] = BigInt(inLast * size);
  const messages = ring.messages.subarray(message * WORDS_PER_MESSAGE);
  const sent = ring.socket.send(messages, count);
  vectors[last] = BigInt(segments * size);
  return sent === count ? wanted : sent * segments;
}

/** How a ring is made. */
interface RingOptions {
  size: number;
  batch: number;
  segments: number;
  content: Uint8Array | undefined;
}

function makeRing(
  socket: FloodSocket,
  { size, batch, segments, content }: RingOptions,
): Ring {
  const slots = Math.ceil(batch / PATTERN_PERIOD) * PATTERN_PERIOD;
  const bytes = new Uint8Array(slots * size);
  for (let slot = 0; slot < slots; slot++) {
    fillPayload(bytes.subarray(slot * size, (slot + 1) * size), slot);
  }
  // Numbers are put over it as packets are sent.
  for (let at = 0; content !== undefined && at < bytes.length;) {
    const part = content.subarray(0, bytes.length - at);
    bytes.set(part, at);
    at += Math.max(part.length, 1);
  }
  const count = slots / segments;
  const vectors = new BigUint64Array(count * WORDS_PER_VECTOR);
  const messages = new BigUint64Array(count * WORDS_PER_MESSAGE);
  const bytesAddress = addressOf(bytes);
  const vectorsAddress = addressOf(vectors);
  for (let index = 0; index < count; index++) {
    const vector = index * WORDS_PER_VECTOR;
    vectors[vector] = bytesAddress + BigInt(index * segments * size);
    vectors[vector + 1] = BigInt(segments * size);
    const message = index * WORDS_PER_MESSAGE; // no msg_name: the socket is connected
    messages[message + MESSAGE_VECTORS] = vectorsAddress + BigInt(vector * 8);
    messages[message + MESSAGE_VECTOR_COUNT] = 1n;
  }
  const payloads = new DataView(bytes.buffer);
  return { socket, messages, payloads, size, slots, segments, vectors };
}

function addressOf(
  array: Uint8Array<ArrayBuffer> | BigUint64Array<ArrayBuffer>,
): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(array));
}

function parseFlood(args: string[]): FloodOptions {
  const { values } = parseArgs({
    args,
    options: {
      count: { type: "string" },
      rate: { type: "string", default: "0" },
      size: { type: "string", default: "100" },
      to: { type: "string", default: "127.0.0.1:9999" },
      batch: { type: "string" },
      first: { type: "string", default: "0" },
      segments: { type: "string", default: "1" },
      content: { type: "string" },
    },
  });
  return {
    count: Number(values.count),
    rate: Number(values.rate),
    size: Number(values.size),
    to: values.to,
    first: Number(values.first),
    segments: Number(values.segments),
    ...(values.batch === undefined ? {} : { batch: Number(values.batch) }),
    ...(values.content === undefined ? {} : { content: values.content }),
  };
}

if (import.meta.main) {
  const report = JSON.stringify(runFlood(parseFlood(Deno.args)));
  Deno.stdout.writeSync(new TextEncoder().encode(`${report}\n`));
}
