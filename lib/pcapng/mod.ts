/**
 * pcapng files: several hosts and groups in one file, with what the firewall knew of each packet.
 *
 * @module
 */
export { CaptureParser } from "./capture_parser.ts";
export { DIRECTION } from "./constants.ts";
export type { InterfaceMode } from "./interface_table.ts";
export type { PcapngInterface } from "./interface_block.ts";
export type { SensorLedger } from "./ledger_rows.ts";
export { sanitizeText } from "./option.ts";
export type { PcapngPacket } from "./packet_block.ts";
export { formatComment } from "./packet_options.ts";
export { decodePcapng, PcapngDecoderStream } from "./pcapng_decoder_stream.ts";
export {
  type PcapngChunk,
  PcapngChunkEncoder,
} from "./pcapng_chunk_encoder.ts";
export { PcapngEncoder, type PcapngEncoderOptions } from "./pcapng_encoder.ts";
export {
  PcapngEncoderStream,
  type PcapngStreamOptions,
} from "./pcapng_encoder_stream.ts";
export { PcapngParser } from "./pcapng_parser.ts";
export { encodeSectionHeader, type SectionInfo } from "./section_header.ts";
export type { PcapngTime } from "./statistics_block.ts";
