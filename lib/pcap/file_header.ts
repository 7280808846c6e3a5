import {
  FILE_HEADER,
  LINK_TYPE,
  MAGIC,
  MAX_SNAPLEN,
  VERSION,
} from "./constants.ts";
import { PcapError } from "./pcap_error.ts";

/** Unit of the fraction of a second in a classic pcap file. */
export type Precision = "microseconds" | "nanoseconds";

/** How the records of a classic pcap file are laid out. */
export interface RecordFormat {
  /** Whether numbers have their lowest byte first. */
  readonly littleEndian: boolean;
  /** Unit of the fraction of a second. */
  readonly precision: Precision;
}

/** What the header of a classic pcap file says. */
export interface PcapFileHeader extends RecordFormat {
  /** Largest captured length in bytes that the writer announces, 1 to 4294967295; 0 in some files, for "no limit". */
  readonly snaplen: number;
  /** What the packets begin with (LINKTYPE_*), 0 to 65535. */
  readonly linkType: number;
}

/** The header of the streams written here: microseconds, {@linkcode MAX_SNAPLEN}, packets that begin with their IP header. */
export const PCAP_FILE_DEFAULTS: PcapFileHeader = {
  littleEndian: true,
  precision: "microseconds",
  snaplen: MAX_SNAPLEN,
  linkType: LINK_TYPE.RAW,
};

/** The link type is the low half of its word; the high half tells of a frame check sequence. */
const LINK_TYPE_MASK = 0xffff;

/**
 * Writes the header of a classic pcap file.
 *
 * @param header What differs from {@linkcode PCAP_FILE_DEFAULTS}.
 * @returns The header's 24 bytes, newly made.
 *
 * @example A header of raw IP packets
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeFileHeader } from "./mod.ts";
 *
 * const header = encodeFileHeader();
 * assert.equal(header.length, 24);
 * assert.deepEqual([...header.subarray(0, 4)], [0xd4, 0xc3, 0xb2, 0xa1]);
 * ```
 */
export function encodeFileHeader(
  header: Partial<PcapFileHeader> = {},
): Uint8Array<ArrayBuffer> {
  const { littleEndian, precision, snaplen, linkType } = {
    ...PCAP_FILE_DEFAULTS,
    ...header,
  };
  const bytes = new Uint8Array(FILE_HEADER.SIZE);
  const view = new DataView(bytes.buffer);
  const magic = precision === "nanoseconds"
    ? MAGIC.NANOSECONDS
    : MAGIC.MICROSECONDS;
  view.setUint32(FILE_HEADER.MAGIC, magic, littleEndian);
  view.setUint16(FILE_HEADER.VERSION_MAJOR, VERSION.MAJOR, littleEndian);
  view.setUint16(FILE_HEADER.VERSION_MINOR, VERSION.MINOR, littleEndian);
  // The time zone and the accuracy between them stay 0, as every program writes them.
  view.setUint32(FILE_HEADER.SNAPLEN, snaplen, littleEndian);
  view.setUint32(FILE_HEADER.LINK_TYPE, linkType, littleEndian);
  return bytes;
}

/**
 * Reads the header of a classic pcap file.
 *
 * @param bytes The file's first 24 bytes; more are left unread.
 * @returns What the header says.
 * @throws {PcapError} When there are fewer bytes, the file has another format, or another version than 2.4.
 *
 * @example The byte order and precision of a file
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeFileHeader, encodeFileHeader } from "./mod.ts";
 *
 * const bytes = encodeFileHeader({ littleEndian: false, linkType: 1 });
 * const header = decodeFileHeader(bytes);
 * assert.equal(header.littleEndian, false);
 * assert.equal(header.linkType, 1);
 * ```
 */
export function decodeFileHeader(bytes: Uint8Array): PcapFileHeader {
  if (bytes.byteLength < FILE_HEADER.SIZE) {
    throw new PcapError(
      `Cannot read the pcap header: ${bytes.byteLength} of its ${FILE_HEADER.SIZE} bytes are there`,
      bytes.byteLength,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, FILE_HEADER.SIZE);
  const format = decodeMagic(view);
  const { littleEndian } = format;
  const major = view.getUint16(FILE_HEADER.VERSION_MAJOR, littleEndian);
  const minor = view.getUint16(FILE_HEADER.VERSION_MINOR, littleEndian);
  if (major !== VERSION.MAJOR || minor !== VERSION.MINOR) {
    throw new PcapError(
      `Cannot read the pcap header: it is version ${major}.${minor}, not ${VERSION.MAJOR}.${VERSION.MINOR}`,
      FILE_HEADER.VERSION_MAJOR,
    );
  }
  return {
    ...format,
    snaplen: view.getUint32(FILE_HEADER.SNAPLEN, littleEndian),
    linkType: view.getUint32(FILE_HEADER.LINK_TYPE, littleEndian) &
      LINK_TYPE_MASK,
  };
}

/** Tells byte order and precision, which the first word holds together. */
function decodeMagic(view: DataView): RecordFormat {
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(FILE_HEADER.MAGIC, littleEndian);
    if (magic === MAGIC.MICROSECONDS) {
      return { littleEndian, precision: "microseconds" };
    }
    if (magic === MAGIC.NANOSECONDS) {
      return { littleEndian, precision: "nanoseconds" };
    }
  }
  const magic = view.getUint32(FILE_HEADER.MAGIC, false);
  throw new PcapError(
    `Cannot read the pcap header: ${describeMagic(magic)}`,
    FILE_HEADER.MAGIC,
  );
}

/** Says what a file that is not a classic pcap file is likely to be. */
function describeMagic(magic: number): string {
  const hex = magic.toString(16).padStart(8, "0");
  if (magic === 0x0a0d0d0a) {
    return `it is a pcapng file; convert it with "editcap -F pcap"`;
  }
  if (magic === 0xa1b2cd34 || magic === 0x34cdb2a1) {
    return `it has the modified magic number ${hex}; convert it with "editcap -F pcap"`;
  }
  if (magic >>> 16 === 0x1f8b) return "it is compressed with gzip";
  if (magic === 0x28b52ffd) return "it is compressed with zstd";
  return `its magic number is ${hex}, which is not that of a pcap file`;
}
