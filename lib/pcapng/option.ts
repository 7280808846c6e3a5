import { COMMON_OPTION, OPTION } from "./constants.ts";

/** An option of a block. */
export interface PcapngOption {
  /** What it is; the meaning depends on the type of the block. */
  code: number;
  /** Its value; borrowed where it was read. */
  value: Uint8Array;
}

const ENCODER = new TextEncoder();
/** What a length of 16 bits can say, cut to whole words. */
const MAX_VALUE = 65532;
/** Characters that would act on a terminal or hide text: controls, direction marks and other formats, line separators, half surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Takes what could act on a terminal out of a text that came over the network; Wireshark's programs print names and comments as they are.
 *
 * @param text The text.
 * @returns The text with a question mark for each such character.
 *
 * @example A name that would change a terminal's colour
 * ```ts
 * import assert from "node:assert/strict";
 * import { sanitizeText } from "./mod.ts";
 *
 * assert.equal(sanitizeText("gw\u001b[31m"), "gw?[31m");
 * ```
 */
export function sanitizeText(text: string): string {
  return text.replace(UNSAFE, "?");
}

/**
 * Makes an option that holds a text.
 *
 * @param code What it is.
 * @param text The text; it is sanitized, and cut to what an option can hold.
 * @returns The option.
 */
export function textOption(code: number, text: string): PcapngOption {
  const value = ENCODER.encode(sanitizeText(text));
  if (value.length <= MAX_VALUE) return { code, value };
  let end = MAX_VALUE;
  // Not within a character: bytes after the first of one begin with the bits 10.
  while (end > 0 && ((value[end] ?? 0) & 0xc0) === 0x80) end--;
  return { code, value: value.subarray(0, end) };
}

/**
 * Makes an option that holds a number of 32 bits.
 *
 * @param code What it is.
 * @param number 0 to 4294967295.
 * @returns The option.
 */
export function uint32Option(code: number, number: number): PcapngOption {
  const value = new Uint8Array(4);
  new DataView(value.buffer).setUint32(0, number, true);
  return { code, value };
}

/**
 * Makes an option that holds a number of 64 bits.
 *
 * @param code What it is.
 * @param number 0 to 2^53 - 1.
 * @returns The option.
 */
export function uint64Option(code: number, number: number): PcapngOption {
  const value = new Uint8Array(8);
  new DataView(value.buffer).setBigUint64(0, BigInt(number), true);
  return { code, value };
}

/**
 * Writes options one after another, little-endian, and what ends them.
 *
 * @param options The options.
 * @returns Their bytes, a multiple of four; none when there are no options.
 */
export function encodeOptions(
  options: readonly PcapngOption[],
): Uint8Array<ArrayBuffer> {
  if (options.length === 0) return new Uint8Array(0);
  let size: number = OPTION.VALUE;
  for (const { value } of options) size += OPTION.VALUE + align(value.length);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { code, value } of options) {
    view.setUint16(at + OPTION.CODE, code, true);
    view.setUint16(at + OPTION.LENGTH, value.length, true);
    bytes.set(value, at + OPTION.VALUE);
    at += OPTION.VALUE + align(value.length);
  }
  // What is left is the end of options: a code and a length of 0.
  return bytes;
}

/** Where options are to be read. */
export interface OptionRange {
  /** Where they begin. */
  start: number;
  /** Where they end at the latest. */
  end: number;
  /** Byte order of the section. */
  littleEndian: boolean;
}

/**
 * Reads options up to their end, or to the first that does not fit.
 *
 * @param view The block.
 * @param range Where they are.
 * @returns The options, whose values are borrowed.
 */
export function decodeOptions(
  view: DataView,
  range: OptionRange,
): PcapngOption[] {
  const { start, end, littleEndian } = range;
  const options: PcapngOption[] = [];
  let at = start;
  while (at + OPTION.VALUE <= end) {
    const code = view.getUint16(at + OPTION.CODE, littleEndian);
    const length = view.getUint16(at + OPTION.LENGTH, littleEndian);
    at += OPTION.VALUE;
    if (code === COMMON_OPTION.END || at + length > end) break;
    const value = new Uint8Array(view.buffer, view.byteOffset + at, length);
    options.push({ code, value });
    at += align(length);
  }
  return options;
}

/**
 * Gives the next multiple of four: all parts of a block begin at one.
 *
 * @param length A length in bytes.
 * @returns The length with padding.
 */
export function align(length: number): number {
  return length + 3 & ~3;
}
