#!/usr/bin/env -S deno run -A
// Sends frames of packets to a receiver, each packet with the time at which its frame was sent and the number of its phase in the second byte.
//
//   deno run -A tests/bench/frame_load.ts ENDPOINT SIZE PHASE:COUNT:RATE ...
//
// SIZE is that of a packet in bytes, RATE in packets a second, 0 for as fast as it goes. Phases follow each other; with each line on standard input the
// next one begins. Prints a line at the end of each.

import { BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import { RECORD } from "../../lib/pcap/constants.ts";
import { pause } from "../../lib/roles/pause.ts";
import { encodeFrame } from "../../lib/wire/frame.ts";
import { ZmqContext } from "../../lib/zmq/context.ts";
import { PushSocket } from "../../lib/zmq/push_socket.ts";

/** Milliseconds between two frames. */
const STEP = 10;
const MOST_IN_FRAME = 2000;

const [endpoint = "", size = "", ...phases] = Deno.args;
const data = new Uint8Array(Number(size));
data.set([0x45, 0, data.length >> 8, data.length & 0xff, 0, 0, 0, 0, 64, 17]);
data.set([0, 0, 192, 0, 2, 1, 192, 0, 2, 7, 0x30, 0x39, 0x01, 0xbb], 10);

const totals = {
  sent: 0,
  captured: 0,
  own_dropped: 0,
  kernel_dropped: 0,
  rate_dropped: 0,
  queue_dropped: 0,
};
let number = 0;

/** Makes a frame of the next packets. */
function makeFrame(count: number, phase: number): Uint8Array<ArrayBuffer> {
  const room = count * (RECORD.SIZE + data.length);
  const builder = new BatchBuilder(new Uint8Array(room));
  const now = Date.now();
  const seconds = Math.floor(now / 1000);
  const nanoseconds = now % 1000 * 1e6;
  data[1] = phase;
  const context = plainContext(5, "clock", { prefix: "bench" });
  for (let index = 0; index < count; index++) {
    const packet = { seconds, nanoseconds, originalLength: data.length, data };
    builder.add(packet, context);
  }
  const frame = encodeFrame(builder.build(), {
    ...{ sensor: "bench", instance: 1n, number: number++, lane: 0, totals },
    relay: { relay: 0n, relay_rate_dropped: 0, relay_queue_dropped: 0 },
    madeAt: now * 1000,
    last: false,
  });
  totals.sent += count;
  totals.captured += count;
  return frame;
}

async function send(
  socket: PushSocket,
  { phase, count, rate }: { phase: number; count: number; rate: number },
): Promise<void> {
  const started = performance.now();
  let sent = 0;
  while (sent < count) {
    const due = rate === 0
      ? count
      : Math.floor((performance.now() - started) / 1000 * rate);
    const next = Math.min(due - sent, count - sent, MOST_IN_FRAME);
    if (
      next > 0 && (rate === 0 || next >= rate * STEP / 1000 || due >= count)
    ) {
      const frame = makeFrame(next, phase);
      while (!socket.trySend(frame)) await pause(1);
      sent += next;
    } else await pause(1);
  }
}

await using context = ZmqContext.open();
const socket = PushSocket.open(context, { sendHighWaterMark: 256 });
socket.connect(endpoint);
const input = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
  .getReader();
for (const text of phases) {
  const [phase = 0, count = 0, rate = 0] = text.split(":").map(Number);
  await send(socket, { phase, count, rate });
  Deno.stdout.writeSync(new TextEncoder().encode(`sent ${phase}\n`));
  await input.read();
}
await input.cancel();
