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
export { type BatchPacket, batchPackets } from "./lib/batch_packets.ts";
export { copyBatch } from "./lib/copy_batch.ts";
export {
  dissect,
  type DissectedPacket,
  formatSummary,
  formatTcpFlags,
  type Fragment,
  type IcmpHeader,
  IP_PROTOCOL,
  type IpHeader,
  type IpPacket,
  type OtherPacket,
  TCP_FLAG,
  type TcpHeader,
  type TcpOption,
  type TransportHeader,
  type UdpHeader,
} from "./lib/dissect/mod.ts";
export {
  type MessageInfo,
  MessageWindow,
  type ReadLimit,
  type WindowLoan,
  WindowReader,
  type WindowState,
} from "./lib/history/mod.ts";
export { BindError } from "./lib/nflog/bind_error.ts";
export type { CaptureOptions } from "./lib/nflog/capture_options.ts";
export type { MessageLayout } from "./lib/nflog/message_layout.ts";
export type { CaptureFaults } from "./lib/nflog/nflog_capture.ts";
export {
  type NflogInterface,
  type NflogMessage,
  NflogPacket,
  type NflogVlan,
} from "./lib/nflog/nflog_packet.ts";
export type { SocketBuffer } from "./lib/nflog/nflog_socket.ts";
export {
  Nflog,
  NFLOG_DEFAULTS,
  type NflogGroupStats,
  type NflogOptions,
  type NflogStats,
  openNflog,
} from "./lib/nflog/open_nflog.ts";
export {
  NflogOverflowError,
  type OverflowMode,
} from "./lib/nflog/overflow_watch.ts";
export {
  type GroupTotals,
  type PacketBatch,
  type PacketContext,
  RUN,
  type TimeSource,
} from "./lib/packet.ts";
export {
  completeChecksums,
  cutRecords,
  decodePcap,
  encodeFileHeader,
  encodeNflogRecords,
  type FilePacket,
  type NetworkPacket,
  type NflogEncodeOptions,
  PacketStripper,
  PCAP_FILE_DEFAULTS,
  PcapDecoderStream,
  type PcapEncoderOptions,
  PcapEncoderStream,
  PcapError,
  type PcapFileHeader,
  type Precision,
  type RecordFormat,
  segmentBatch,
  type SegmentedBatch,
  type TimeSpan,
  validateRecords,
} from "./lib/pcap/mod.ts";
export {
  decodePcapng,
  formatComment,
  type InterfaceMode,
  PcapngDecoderStream,
  PcapngEncoder,
  type PcapngEncoderOptions,
  PcapngEncoderStream,
  type PcapngInterface,
  type PcapngPacket,
  type PcapngStreamOptions,
  type PcapngTime,
  type SectionInfo,
  type SensorLedger,
} from "./lib/pcapng/mod.ts";
export { type FlowRates, FlowShare } from "./lib/rate/flow_share.ts";
export {
  RATE_CONTROL_DEFAULTS,
  type RateChange,
  RateControl,
  type RateControlOptions,
  type RateState,
  type ShedPolicy,
} from "./lib/rate/rate_control.ts";
export { sliceBatch } from "./lib/slice_batch.ts";
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
export type {
  CurveClientOptions,
  CurveKeyPair,
  CurveOptions,
  CurveServerOptions,
} from "./lib/zmq/curve.ts";
export type { PullOptions } from "./lib/zmq/pull_socket.ts";
export { PullStream, type PullStreamOptions } from "./lib/zmq/pull_stream.ts";
export type { PushOptions } from "./lib/zmq/push_socket.ts";
export { PushStream, type PushStreamOptions } from "./lib/zmq/push_stream.ts";
export type {
  ReceiveOptions,
  SendOptions,
  SocketOptions,
} from "./lib/zmq/socket_options.ts";
export type { StreamEndpoints } from "./lib/zmq/stream_socket.ts";
