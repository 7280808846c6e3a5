/**
 * Classic pcap files: what a receiver writes and what can be replayed.
 *
 * @module
 */
export {
  ETHER_TYPE,
  FAMILY,
  FILE_HEADER,
  LINK_TYPE,
  MAGIC,
  MAX_SNAPLEN,
  NFLOG_HEADER,
  NFLOG_TLV,
  NFLOG_TYPE,
  RECORD,
  VERSION,
} from "./constants.ts";
export {
  decodeFileHeader,
  encodeFileHeader,
  PCAP_FILE_DEFAULTS,
  type PcapFileHeader,
  type Precision,
  type RecordFormat,
} from "./file_header.ts";
export {
  findNetworkLayer,
  hasNetworkLayer,
  lengthOnWire,
  type NetworkLayer,
} from "./network_layer.ts";
export {
  decodeNflogRecord,
  type NflogDecodeOptions,
  type NflogRecord,
} from "./nflog_decoder.ts";
export { encodeNflogRecords, type NflogEncodeOptions } from "./nflog_record.ts";
export { type NetworkPacket, PacketStripper } from "./packet_stripper.ts";
export { completeChecksums } from "./checksums.ts";
export { cutRecords } from "./cut_records.ts";
export { MIN_MTU, segmentBatch, type SegmentedBatch } from "./segment.ts";
export { decodePcap, PcapDecoderStream } from "./pcap_decoder_stream.ts";
export {
  type PcapEncoderOptions,
  PcapEncoderStream,
  recordsForPrecision,
} from "./pcap_encoder_stream.ts";
export { PcapError } from "./pcap_error.ts";
export { type FilePacket, PcapParser } from "./pcap_parser.ts";
export {
  checkRecord,
  type DecodedRecord,
  decodeRecord,
  encodeRecord,
  validateRecords,
} from "./record.ts";
export type { TimeSpan } from "./time_span.ts";
