/**
 * What the options of the programs take: each function makes a parser that turns one argument into a typed value, with sizes in bytes,
 * durations in milliseconds and rates in bytes a second.
 *
 * @module
 */
export { curveKey, parseCurveKey } from "./curve_key.ts";
export {
  formatDuration,
  MAX_DURATION,
  parseDuration,
  SECOND,
  seconds,
} from "./duration.ts";
export { endpoint, type EndpointValueOptions } from "./endpoint.ts";
export {
  type Destination,
  destination,
  type FileOptions,
  filePath,
} from "./file.ts";
export {
  formatHostPort,
  type HostPort,
  hostPort,
  listenAddress,
} from "./host_port.ts";
export { keyword } from "./keyword.ts";
export {
  formatPacketSource,
  type PacketSource,
  packetSource,
  parsePacketSource,
} from "./packet_source.ts";
export { plainText, type PlainTextOptions } from "./plain_text.ts";
export {
  formatPointInTime,
  type PacketTime,
  parsePointInTime,
  type PointInTime,
  pointInTime,
  resolvePointInTime,
} from "./point_in_time.ts";
export { mebibytesPerSecond } from "./rate.ts";
export { bytes, MAX_SIZE, MEBIBYTE, mebibytes, megabytes } from "./size.ts";
export { type StatsdSampling, statsdSampling } from "./statsd_sampling.ts";
export { parseUserName, type UserName, userName } from "./user_name.ts";
export { wholeNumber, type WholeNumberOptions } from "./whole_number.ts";
