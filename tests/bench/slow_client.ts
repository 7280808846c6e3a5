#!/usr/bin/env -S deno run -A
// A REQ client that asks `q` and reads the answer at a rate, which those of libzmq can not: they read ahead all that there is.
//
//   deno run -A tests/bench/slow_client.ts PORT RATE
//
// RATE is in bytes a second. Prints how many bytes came.

import { connectStuckClient } from "../zmq/plain_sockets.ts";
import { pause } from "../../lib/roles/pause.ts";

/** After so many milliseconds without a byte the answer has ended. */
const QUIET = 1000;

/** Asks for everything at a port of this host, and reads it slowly; gives the bytes that came. */
async function readSlowly(port: number, rate: number): Promise<number> {
  using connection = await connectStuckClient(port);
  const buffer = new Uint8Array(256 * 1024);
  const started = performance.now();
  for (let bytes = 0;;) {
    const timer = setTimeout(() => connection.close(), QUIET);
    let read: number | null;
    try {
      read = await connection.read(buffer);
    } catch (error) {
      if (
        !(error instanceof Deno.errors.BadResource) &&
        !(error instanceof Deno.errors.Interrupted)
      ) throw error;
      return bytes;
    } finally {
      clearTimeout(timer);
    }
    if (read === null) return bytes;
    bytes += read;
    const early = bytes / rate * 1000 - (performance.now() - started);
    if (early > 1) await pause(early);
  }
}

const [port = "", rate = ""] = Deno.args;
const bytes = await readSlowly(Number(port), Number(rate));
Deno.stdout.writeSync(new TextEncoder().encode(`${bytes}\n`));
