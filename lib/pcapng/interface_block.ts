import { MAX_SNAPLEN } from "../pcap/constants.ts";
import { makeBlock } from "./block.ts";
import {
  BLOCK_TYPE,
  DEFAULT_RESOLUTION,
  INTERFACE,
  INTERFACE_OPTION,
  NANOSECOND_RESOLUTION,
} from "./constants.ts";
import {
  decodeOptions,
  type OptionRange,
  type PcapngOption,
  textOption,
} from "./option.ts";

/** What an interface description says. */
export interface PcapngInterface {
  /** What its packets begin with (LINKTYPE_*). */
  readonly linkType: number;
  /** Bytes of a packet that are kept at most; 0 for no limit. */
  readonly snaplen: number;
  /** Its name; empty when it has none. */
  readonly name: string;
  /** What a user may want to know of it; empty when nothing is told. */
  readonly description: string;
  /** Unit of its times: 9 for nanoseconds; a power of two where bit 7 is set. */
  readonly resolution: number;
  /** Seconds to be added to its times. */
  readonly timeOffset: number;
}

/**
 * Writes the description of an interface whose times are in nanoseconds and whose packets are cut at 262144 bytes, little-endian.
 *
 * @param linkType What its packets begin with (LINKTYPE_*).
 * @param name Its name; sanitized.
 * @param description What a user may want to know of it; sanitized.
 * @returns The block, newly made.
 */
export function encodeInterface(
  linkType: number,
  name: string,
  description: string,
): Uint8Array<ArrayBuffer> {
  const resolution: PcapngOption = {
    code: INTERFACE_OPTION.RESOLUTION,
    value: Uint8Array.of(NANOSECOND_RESOLUTION),
  };
  const { bytes, view } = makeBlock({
    type: BLOCK_TYPE.INTERFACE,
    optionsOffset: INTERFACE.OPTIONS,
    options: [
      textOption(INTERFACE_OPTION.NAME, name),
      textOption(INTERFACE_OPTION.DESCRIPTION, description),
      resolution,
    ],
  });
  view.setUint16(INTERFACE.LINK_TYPE, linkType, true);
  view.setUint32(INTERFACE.SNAPLEN, MAX_SNAPLEN, true);
  return bytes;
}

const TEXT = new TextDecoder();

/**
 * Reads an interface description.
 *
 * @param view The block.
 * @param range Where its options are.
 * @returns What it says.
 */
export function decodeInterface(
  view: DataView,
  range: OptionRange,
): PcapngInterface {
  const { littleEndian } = range;
  const start = range.start - INTERFACE.OPTIONS;
  let name = "";
  let description = "";
  let resolution: number = DEFAULT_RESOLUTION;
  let timeOffset = 0;
  for (const { code, value } of decodeOptions(view, range)) {
    if (code === INTERFACE_OPTION.NAME) name = TEXT.decode(value);
    if (code === INTERFACE_OPTION.DESCRIPTION) description = TEXT.decode(value);
    if (code === INTERFACE_OPTION.RESOLUTION) {
      resolution = value[0] ?? DEFAULT_RESOLUTION;
    }
    if (code === INTERFACE_OPTION.TIME_OFFSET && value.length === 8) {
      const inside = new DataView(value.buffer, value.byteOffset);
      timeOffset = Number(inside.getBigInt64(0, littleEndian));
    }
  }
  return {
    linkType: view.getUint16(start + INTERFACE.LINK_TYPE, littleEndian),
    snaplen: view.getUint32(start + INTERFACE.SNAPLEN, littleEndian),
    name,
    description,
    resolution,
    timeOffset,
  };
}
