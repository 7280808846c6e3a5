import { makeBlock } from "./block.ts";
import {
  BLOCK_TYPE,
  COMMON_OPTION,
  STATISTICS,
  STATISTICS_OPTION,
} from "./constants.ts";
import { type PcapngOption, textOption, uint64Option } from "./option.ts";

/** A time as seconds since 1970 and nanoseconds within the second. */
export interface PcapngTime {
  /** Seconds since 1970, 0 to 4294967295. */
  seconds: number;
  /** Nanoseconds within the second, 0 to 999,999,999. */
  nanoseconds: number;
}

/** What interface statistics say. */
export interface InterfaceStatistics {
  /** Number of the interface. */
  interfaceId: number;
  /** When the statistics were made. */
  time: PcapngTime;
  /** Time of the first packet, or undefined when there was none. */
  startTime: PcapngTime | undefined;
  /** Time of the last packet, or undefined when there was none. */
  endTime: PcapngTime | undefined;
  /** Packets that the firewall logged: those delivered and those lost. */
  received: number;
  /** Packets lost. */
  dropped: number;
  /** Packets in this file. */
  delivered: number;
  /** What else is to be told; empty for nothing. */
  comment: string;
}

/**
 * Writes interface statistics, little-endian, for an interface whose times are in nanoseconds.
 *
 * @param statistics What they say.
 * @returns The block, newly made.
 */
export function encodeStatistics(
  statistics: InterfaceStatistics,
): Uint8Array<ArrayBuffer> {
  const { startTime, endTime, comment } = statistics;
  const options: PcapngOption[] = [];
  if (comment !== "") options.push(textOption(COMMON_OPTION.COMMENT, comment));
  if (startTime !== undefined) {
    options.push(timeOption(STATISTICS_OPTION.START_TIME, startTime));
  }
  if (endTime !== undefined) {
    options.push(timeOption(STATISTICS_OPTION.END_TIME, endTime));
  }
  options.push(
    uint64Option(STATISTICS_OPTION.RECEIVED, statistics.received),
    uint64Option(STATISTICS_OPTION.DROPPED, statistics.dropped),
    uint64Option(STATISTICS_OPTION.DELIVERED, statistics.delivered),
  );
  const { bytes, view } = makeBlock({
    type: BLOCK_TYPE.STATISTICS,
    optionsOffset: STATISTICS.OPTIONS,
    options,
  });
  view.setUint32(STATISTICS.INTERFACE, statistics.interfaceId, true);
  setTime(view, STATISTICS.TIME_HIGH, statistics.time);
  return bytes;
}

/** Writes a time as two words, the high one first whatever the byte order. */
function setTime(view: DataView, at: number, time: PcapngTime): void {
  const ticks = BigInt(time.seconds) * 1_000_000_000n +
    BigInt(time.nanoseconds);
  view.setUint32(at, Number(ticks >> 32n), true);
  view.setUint32(at + 4, Number(ticks & 0xffff_ffffn), true);
}

function timeOption(code: number, time: PcapngTime): PcapngOption {
  const value = new Uint8Array(8);
  setTime(new DataView(value.buffer), 0, time);
  return { code, value };
}
