/**
 * Packets that firewall rules pick out (NFLOG), in batches, frames and capture files.
 *
 * The programs in `cmd/` are made of these parts; other programs can be too. Nothing here opens anything by being imported.
 *
 * @example A frame of one packet, there and back
 * ```ts
 * import assert from "node:assert/strict";
 * import {
 *   BatchBuilder,
 *   ContextReader,
 *   decodeFrame,
 *   encodeFrame,
 *   plainContext,
 * } from "@nflog/zmq-pcap-pipe";
 *
 * const builder = new BatchBuilder(new Uint8Array(1024));
 * const data = Uint8Array.of(0x45, 0, 0, 4);
 * const packet = { seconds: 1, nanoseconds: 500, originalLength: 4, data };
 * builder.add(packet, plainContext(5, "clock"));
 *
 * const message = encodeFrame(builder.build(), {
 *   sensor: "gateway",
 *   instance: 1n,
 *   number: 0,
 *   lane: 0,
 *   totals: {
 *     sent: 0,
 *     captured: 1,
 *     own_dropped: 0,
 *     kernel_dropped: 0,
 *     rate_dropped: 0,
 *     queue_dropped: 0,
 *   },
 *   relay: { relay: 0n, relay_rate_dropped: 0, relay_queue_dropped: 0 },
 *   madeAt: 0,
 *   last: false,
 * });
 *
 * const { batch } = decodeFrame(message, new ContextReader());
 * assert.equal(batch.packets, 1);
 * assert.equal(batch.contexts[0]?.group, 5);
 * ```
 *
 * @module
 */

export {
  BatchBuilder,
  type BatchRoom,
  type PacketInput,
  plainContext,
} from "./lib/batch_builder.ts";
export {
  type GroupTotals,
  type PacketBatch,
  type PacketContext,
  RUN,
  type TimeSource,
} from "./lib/packet.ts";
export type { Codec } from "./lib/wire/constants.ts";
export { ContextReader, type ReadContext } from "./lib/wire/context_codec.ts";
export {
  type DecodedFrame,
  decodeFrame,
  encodeFrame,
  type Frame,
  type FrameDetails,
} from "./lib/wire/frame.ts";
export type { TotalsByGroup } from "./lib/wire/frame_body.ts";
export {
  FrameError,
  type FrameErrorKind,
  type FrameErrorOptions,
} from "./lib/wire/frame_error.ts";
export type {
  FrameHeader,
  RelayTotals,
  SenderTotals,
} from "./lib/wire/frame_header.ts";
