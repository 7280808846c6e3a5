// Windows full of known packets, and what answers about them must be, found the plain way.
import { BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import { MessageWindow } from "../../lib/history/mod.ts";
import type { PacketContext } from "../../lib/packet.ts";
import { encodeFileHeader, encodeRecord } from "../../lib/pcap/mod.ts";
import { WindowQueries } from "../../lib/roles/window_queries.ts";
import type { WindowQueriesOptions } from "../../lib/roles/window_queries.ts";
import { recordMessage } from "../../lib/roles/window_recorder.ts";
import { pause } from "../../lib/roles/pause.ts";
import type { Codec } from "../../lib/wire/constants.ts";
import { encodeFrame } from "../../lib/wire/frame.ts";
import { MessageDecoder } from "../../lib/wire/message_decoder.ts";
import { FilterCompiler } from "../../lib/libpcap/filter_compiler.ts";
import { packetsOfAllKinds } from "../libpcap/ip_packets.ts";
import { concatenate, makeRandom } from "../pcap/packets.ts";
import { compressFrame, DETAILS } from "../wire/frames.ts";

/** A packet, and where it is from. */
export interface KnownPacket {
  sensor: string;
  context: PacketContext;
  /** Microseconds since 1970. */
  time: number;
  /** Nanoseconds below the microsecond. */
  rest: number;
  originalLength: number;
  data: Uint8Array;
}

/** When the packets of {@linkcode fillWindow} begin, in microseconds since 1970. */
export const START = 1_700_000_000_000_000;

const KINDS = packetsOfAllKinds();
const CONTEXTS = [
  plainContext(5, "kernel", { prefix: "web" }),
  plainContext(5, "kernel", { prefix: "dns" }),
  plainContext(7, "clock"),
];

/** A frame of packets of one sensor. */
export function frameOf(
  packets: readonly KnownPacket[],
  codec: Codec = "none",
): Uint8Array<ArrayBuffer> {
  const size = packets.reduce((sum, { data }) => sum + 16 + data.length, 0);
  const builder = new BatchBuilder(new Uint8Array(size));
  for (const packet of packets) {
    const { time, rest } = packet;
    const seconds = Math.floor(time / 1e6);
    const nanoseconds = (time - seconds * 1e6) * 1000 + rest;
    const input = { ...packet, seconds, nanoseconds };
    if (!builder.add(input, packet.context)) throw new Error("no room");
  }
  const sensor = packets[0]?.sensor ?? "none";
  const frame = encodeFrame(builder.build(), { ...DETAILS, sensor });
  return codec === "none" ? frame : new Uint8Array(compressFrame(frame, codec));
}

/** Packets of all kinds, a millisecond from one to the next, of three contexts. */
export function makePackets(
  count: number,
  { sensor = "gw1", start = START, size = 0, seed = 1 } = {},
): KnownPacket[] {
  const random = makeRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const kind = KINDS[random(KINDS.length)];
    const data = new Uint8Array(Math.max(size, kind?.data.length ?? 0));
    data.set(kind?.data ?? []);
    return {
      sensor,
      context: CONTEXTS[random(8) === 0 ? random(3) : 0] ??
        plainContext(1, "clock"),
      time: start + index * 1000,
      rest: random(2) * random(1000),
      originalLength: Math.max(kind?.originalLength ?? 0, data.length),
      data,
    };
  });
}

/** Puts a message into a window as the receiver does. */
export function record(window: MessageWindow, message: Uint8Array): void {
  recordMessage(window, message, new MessageDecoder().decode(message));
}

/** What {@linkcode fillWindow} made. */
export interface FilledWindow {
  window: MessageWindow;
  /** All packets, in the order in which they arrived. */
  packets: KnownPacket[];
}

/** A window with frames of all sizes and codecs, of two sensors, some of them late. */
export function fillWindow(codecs: readonly Codec[]): FilledWindow {
  const window = new MessageWindow(64 * 1024 * 1024);
  const packets: KnownPacket[] = [];
  const random = makeRandom(9);
  let start = START;
  for (let index = 0; index < 120; index++) {
    const count = [1, 3, 40, 600][index % 4] ?? 1;
    const sensor = index % 3 === 0 ? "gw2" : "gw1";
    const late = index % 10 === 9 ? 2_000_000 : 0;
    const size = random(200);
    const made = makePackets(count, {
      sensor,
      start: start - late,
      size,
      seed: index + 1,
    });
    const codec = codecs[random(codecs.length)] ?? "none";
    record(window, frameOf(made, codec));
    packets.push(...made);
    start += count * 1000;
  }
  return { window, packets };
}

/** The pcap file that an answer of these packets is. */
export function pcapOf(
  packets: readonly KnownPacket[],
  precision: "microseconds" | "nanoseconds" = "microseconds",
): Uint8Array {
  const format = { littleEndian: true, precision };
  return concatenate([
    encodeFileHeader({ precision }),
    ...packets.map(({ time, rest, originalLength, data }) => {
      const seconds = Math.floor(time / 1e6);
      const nanoseconds = (time - seconds * 1e6) * 1000 + rest;
      return encodeRecord(
        { seconds, nanoseconds, originalLength, data },
        format,
      );
    }),
  ]);
}

/** Answers questions about a window, with the real libpcap. */
export function openQueries(
  window: MessageWindow,
  options: Partial<WindowQueriesOptions> = {},
): { queries: WindowQueries; compiler: FilterCompiler } {
  const compiler = new FilterCompiler();
  const queries = new WindowQueries(window, {
    compile: (expression) => compiler.compile(expression),
    report: () => ({
      program: "nflog-pcap-recv",
      version: "0",
      instance: "0",
      started: "",
      totals: { received: 1 },
    }),
    now: () => START / 1000,
    monotonic: () => performance.now(),
    pause,
    ...options,
  });
  return { queries, compiler };
}
