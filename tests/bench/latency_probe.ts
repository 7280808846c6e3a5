// Sends lone packets and waits for each at the other end of the pipe, by one clock. Runs where the packets are logged.
//
//   deno run -A tests/bench/latency_probe.ts FIFO PORT COUNT
//
// Prints the milliseconds that each packet took, as one array of JSON; the first one, which waits for connections, is left out.

import { createSocket } from "node:dgram";

const [path = "", port = "", count = ""] = Deno.args;
const FILE_HEADER_SIZE = 24;
const PAYLOAD = new Uint8Array(72);
const RECORD_SIZE = 16 + 28 + PAYLOAD.length;
/** Milliseconds between packets: more than any flush timeout, and never in step with it. */
const SHORTEST_PAUSE = 20;
const LONGEST_PAUSE = 45;

const socket = createSocket("udp4");
using fifo = await Deno.open(path);
const buffer = new Uint8Array(64 * 1024);

/** Reads so many bytes of the FIFO. */
async function expectBytes(wanted: number): Promise<void> {
  for (let seen = 0; seen < wanted;) {
    const read = await fifo.read(buffer);
    if (read === null) throw new RangeError("Cannot go on: the FIFO ended");
    seen += read;
    if (seen > wanted) throw new RangeError("Cannot go on: too many bytes");
  }
}

function send(): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(PAYLOAD, Number(port), "127.0.0.1", (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

await expectBytes(FILE_HEADER_SIZE);
const taken: number[] = [];
for (let sent = 0; sent <= Number(count); sent++) {
  const start = performance.now();
  await send();
  await expectBytes(RECORD_SIZE);
  if (sent > 0) taken.push(performance.now() - start);
  const rest = Math.random() * (LONGEST_PAUSE - SHORTEST_PAUSE);
  await new Promise((done) => setTimeout(done, SHORTEST_PAUSE + rest));
}
socket.close();
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(taken)));
