// Packets and batches for the tests of the file formats: some by hand, some generated from a seed.
import { BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import type { PacketInput } from "../../lib/batch_builder.ts";
import type { PacketBatch, PacketContext } from "../../lib/packet.ts";

/** Numbers that look random and are the same in every run (xorshift32). */
export function makeRandom(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

export function generatePackets(count: number, seed = 1): PacketInput[] {
  const random = makeRandom(seed);
  return Array.from({ length: count }, () => {
    const data = new Uint8Array(random(8) === 0 ? 0 : random(300));
    for (let at = 0; at < data.length; at++) data[at] = random(256);
    if (data.length > 0) data[0] = random(2) === 0 ? 0x45 : 0x60;
    const originalLength = data.length + (random(3) === 0 ? random(2000) : 0);
    return {
      seconds: 0xffff_ffff - random(0x7fff_ffff),
      nanoseconds: random(1_000_000_000),
      originalLength,
      data,
    };
  });
}

export function makeBatch(
  packets: readonly PacketInput[],
  context: PacketContext = plainContext(5, "kernel"),
): PacketBatch {
  const size = packets.reduce((sum, { data }) => sum + 16 + data.length, 0);
  const builder = new BatchBuilder(new Uint8Array(size));
  for (const packet of packets) {
    if (!builder.add(packet, context)) throw new Error("no room");
  }
  return builder.build();
}

export function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

export function streamOf(
  ...chunks: readonly Uint8Array[]
): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks);
}

/** Reads a stream to its end or its fault, whichever comes first. */
export async function collect<T>(
  source: AsyncIterable<T>,
): Promise<{ items: T[]; error: unknown }> {
  const items: T[] = [];
  try {
    for await (const item of source) items.push(item);
  } catch (error) {
    return { items, error };
  }
  return { items, error: undefined };
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}
