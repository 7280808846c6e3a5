// Batches, contexts and frames for the tests of the wire format, generated from a seed.
import { BatchBuilder } from "../../lib/batch_builder.ts";
import type { PacketInput } from "../../lib/batch_builder.ts";
import {
  type GroupTotals,
  type PacketBatch,
  type PacketContext,
  RUN,
} from "../../lib/packet.ts";
import { decodeRecord } from "../../lib/pcap/record.ts";
import type { Codec } from "../../lib/wire/constants.ts";
import { compressBody } from "../../lib/wire/compression.ts";
import type { FrameDetails } from "../../lib/wire/frame.ts";
import { encodeFrameHeader } from "../../lib/wire/frame_header.ts";
import { decodeFrameHeader } from "../../lib/wire/frame_header_decoder.ts";
import { concatenate, makeRandom } from "../pcap/packets.ts";

type Random = (below: number) => number;

export const DETAILS: FrameDetails = {
  sensor: "gate",
  instance: 0x0123_4567_89ab_cdefn,
  number: 0,
  lane: 0,
  totals: {
    sent: 0,
    captured: 0,
    own_dropped: 0,
    kernel_dropped: 0,
    rate_dropped: 0,
    queue_dropped: 0,
  },
  relay: { relay: 0n, relay_rate_dropped: 0, relay_queue_dropped: 0 },
  madeAt: 1_700_000_000_000_000,
  last: false,
};

/** Any number that a count can hold, small ones more often. */
export function anyCount(random: Random): number {
  return random(4) === 0
    ? 2 ** 53 - 1 - random(1000)
    : random(2 ** 20) * random(2 ** random(32));
}

function anyText(random: Random, longest: number): string {
  const letters = "abcäß🦀 -:%\u0000\n";
  let text = "";
  const length = random(longest);
  while (text.length < length) {
    text += [...letters][random([...letters].length)];
  }
  return text;
}

export function anyContext(random: Random): PacketContext {
  const maybe = (): number | undefined =>
    random(2) === 0 ? undefined : random(2 ** 32);
  const sources = ["kernel", "clock", "file"] as const;
  return {
    group: random(65536),
    family: random(256),
    hook: random(256),
    protocol: random(65536),
    mark: maybe(),
    uid: maybe(),
    gid: maybe(),
    inputInterface: anyText(random, 16),
    outputInterface: anyText(random, 16),
    physicalInputInterface: anyText(random, 16),
    physicalOutputInterface: anyText(random, 16),
    prefix: anyText(random, 80),
    timeSource: sources[random(3)] ?? "kernel",
  };
}

function anyTotals(random: Random): GroupTotals {
  return {
    captured: anyCount(random),
    captured_bytes: anyCount(random),
    own_dropped: anyCount(random),
    kernel_dropped: anyCount(random),
    rate_dropped: anyCount(random),
    queue_dropped: anyCount(random),
    sent: anyCount(random),
  };
}

export function anyGroups(random: Random): Map<number, GroupTotals> {
  const count = random(4);
  return new Map(
    Array.from({ length: count }, () => [random(65536), anyTotals(random)]),
  );
}

export function anyDetails(random: Random): FrameDetails {
  return {
    ...DETAILS,
    sensor: ["g", "gate-1", "ä".repeat(32), "n".repeat(64)][random(4)] ?? "",
    instance: BigInt(random(2 ** 32)) << 32n | BigInt(random(2 ** 32)),
    number: anyCount(random),
    lane: random(256),
    totals: {
      sent: anyCount(random),
      captured: anyCount(random),
      own_dropped: anyCount(random),
      kernel_dropped: anyCount(random),
      rate_dropped: anyCount(random),
      queue_dropped: anyCount(random),
    },
    relay: {
      relay: BigInt(random(2 ** 32)),
      relay_rate_dropped: anyCount(random),
      relay_queue_dropped: anyCount(random),
    },
    madeAt: anyCount(random),
    last: random(2) === 0,
  };
}

/** A packet of a batch with all that the batch says about it. */
export interface SeenPacket extends PacketInput {
  context: PacketContext;
  /** Packets lost just before it; 0 but for the first of a run. */
  lostBefore: number;
}

export function anyPackets(seed: number, most = 30): SeenPacket[] {
  const random = makeRandom(seed);
  const contexts = Array.from(
    { length: 1 + random(4) },
    () => anyContext(random),
  );
  let context = contexts[0] as PacketContext;
  const fine = random(2) === 0;
  return Array.from({ length: random(most) }, () => {
    if (random(4) === 0) {
      context = contexts[random(contexts.length)] as PacketContext;
    }
    const data = new Uint8Array(random(4) === 0 ? random(3) : random(400));
    for (let at = 0; at < data.length; at++) data[at] = random(256);
    return {
      seconds: random(2 ** 32),
      nanoseconds: fine ? random(1e9) : random(1e6) * 1000,
      originalLength: data.length + (random(3) === 0 ? random(2000) : 0),
      data,
      context,
      lostBefore: random(8) === 0 ? 1 + random(2 ** 32 - 1) : 0,
    };
  });
}

export function makeBuilder(
  packets: readonly SeenPacket[],
  start = 192,
): BatchBuilder {
  const builder = new BatchBuilder(new Uint8Array(256 * 1024), {
    start,
    limit: 192 * 1024,
  });
  for (const packet of packets) {
    if (!builder.add(packet, packet.context, packet.lostBefore)) {
      throw new Error("no room");
    }
  }
  return builder;
}

/** Takes a batch apart again; the data are copies. */
export function readBatch(batch: PacketBatch): SeenPacket[] {
  const { records, nanoseconds, runs, contexts } = batch;
  const view = new DataView(
    records.buffer,
    records.byteOffset,
    records.byteLength,
  );
  const seen: SeenPacket[] = [];
  let at = 0;
  for (let run = 0; run < runs.length; run += RUN.WORDS) {
    const context = contexts[runs[run + RUN.CONTEXT] as number];
    if (context === undefined) throw new Error("no context");
    for (let index = 0; index < (runs[run] as number); index++) {
      const { nextOffset, ...record } = decodeRecord(view, at);
      at = nextOffset;
      seen.push({
        ...record,
        nanoseconds: record.nanoseconds + (nanoseconds?.[seen.length] ?? 0),
        data: record.data.slice(),
        context,
        lostBefore: index === 0 ? runs[run + RUN.LOST_BEFORE] as number : 0,
      });
    }
  }
  return seen;
}

/** Compresses the body of an uncompressed frame, as a relay does. */
export function compressFrame(frame: Uint8Array, codec: Codec): Uint8Array {
  const { header, headerSize } = decodeFrameHeader(frame);
  const start = new Uint8Array(headerSize);
  encodeFrameHeader({ ...header, codec }, start);
  return concatenate([start, compressBody(frame.subarray(headerSize), codec)]);
}
