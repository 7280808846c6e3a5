import { BLOCK } from "./constants.ts";
import { encodeOptions, type PcapngOption } from "./option.ts";

/** A block to be written. */
export interface BlockParts {
  /** What it is ({@linkcode BLOCK_TYPE}). */
  type: number;
  /** Where its options begin: bytes of everything before them, the type and length among them. */
  optionsOffset: number;
  /** Its options. */
  options: readonly PcapngOption[];
}

/**
 * Makes a block with type, both lengths and options, all little-endian; the fields between them are zero and left to the caller.
 *
 * @param parts What the block is made of.
 * @returns The block, newly made, and a view of it.
 */
export function makeBlock(
  parts: BlockParts,
): { bytes: Uint8Array<ArrayBuffer>; view: DataView } {
  const options = encodeOptions(parts.options);
  const size = parts.optionsOffset + options.length + BLOCK.TRAILER;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(BLOCK.TYPE, parts.type, true);
  view.setUint32(BLOCK.LENGTH, size, true);
  bytes.set(options, parts.optionsOffset);
  view.setUint32(size - BLOCK.TRAILER, size, true);
  return { bytes, view };
}
