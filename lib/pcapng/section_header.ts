import { PcapError } from "../pcap/pcap_error.ts";
import { makeBlock } from "./block.ts";
import {
  BLOCK_TYPE,
  BYTE_ORDER_MAGIC,
  SECTION,
  SECTION_OPTION,
  VERSION,
} from "./constants.ts";
import { type PcapngOption, textOption } from "./option.ts";

/** What a section header tells of its writer. */
export interface SectionInfo {
  /** The machine. */
  hardware?: string;
  /** The operating system. */
  os?: string;
  /** The program, with its version. */
  application?: string;
}

/**
 * Writes the block that a pcapng file begins with: little-endian, version 1.0, of no stated length, as a stream needs it.
 *
 * @param info What to tell of the writer.
 * @returns The block, newly made.
 *
 * @example The first bytes of a file
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeSectionHeader } from "./mod.ts";
 *
 * const block = encodeSectionHeader({ application: "example" });
 * assert.deepEqual([...block.subarray(0, 4)], [0x0a, 0x0d, 0x0d, 0x0a]);
 * ```
 */
export function encodeSectionHeader(
  info: SectionInfo = {},
): Uint8Array<ArrayBuffer> {
  const options: PcapngOption[] = [];
  if (info.hardware !== undefined) {
    options.push(textOption(SECTION_OPTION.HARDWARE, info.hardware));
  }
  if (info.os !== undefined) {
    options.push(textOption(SECTION_OPTION.OS, info.os));
  }
  if (info.application !== undefined) {
    options.push(textOption(SECTION_OPTION.APPLICATION, info.application));
  }
  const { bytes, view } = makeBlock({
    type: BLOCK_TYPE.SECTION,
    optionsOffset: SECTION.OPTIONS,
    options,
  });
  view.setUint32(SECTION.MAGIC, BYTE_ORDER_MAGIC, true);
  view.setUint16(SECTION.VERSION_MAJOR, VERSION.MAJOR, true);
  view.setUint16(SECTION.VERSION_MINOR, VERSION.MINOR, true);
  view.setBigInt64(SECTION.LENGTH, -1n, true);
  return bytes;
}

/**
 * Tells the byte order of a section.
 *
 * @param view Bytes of the file.
 * @param offset Where the section begins; its first twelve bytes must be there.
 * @returns Whether numbers in it have their lowest byte first.
 * @throws {PcapError} When it does not say, with the offset within `view`.
 */
export function decodeByteOrder(view: DataView, offset: number): boolean {
  const at = offset + SECTION.MAGIC;
  if (view.getUint32(at, true) === BYTE_ORDER_MAGIC) return true;
  if (view.getUint32(at, false) === BYTE_ORDER_MAGIC) return false;
  const magic = view.getUint32(at, false).toString(16).padStart(8, "0");
  throw new PcapError(
    `Cannot read a pcapng section: its byte-order magic is ${magic}`,
    offset,
  );
}
