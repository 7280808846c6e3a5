import { RUN } from "../packet.ts";
import { FrameError } from "./frame_error.ts";

/** Most bytes that a run can take: three numbers of up to 32 bits, seven bits a byte. */
export const MAX_RUN_SIZE = 15;

/** Least bytes that a run can take: three numbers below 128. */
export const MIN_RUN_SIZE = 3;

/** What the seven bits of the fifth byte of a number stand for; there is no sixth. */
const MAX_FACTOR = 2 ** 28;

/**
 * Writes runs as numbers of seven bits a byte, lowest first, the top bit of a byte saying that another follows (as LEB128 of DWARF): three bytes a run,
 * mostly.
 *
 * @param runs The runs, `RUN.WORDS` numbers each.
 * @param target Where to; 15 bytes a run are always enough.
 * @param offset Where in it, in bytes.
 * @returns The offset after them.
 */
export function encodeRunsInto(
  runs: Uint32Array,
  target: Uint8Array,
  offset: number,
): number {
  let at = offset;
  for (let index = 0; index < runs.length; index++) {
    let value = runs[index] as number;
    while (value > 0x7f) {
      target[at++] = value & 0x7f | 0x80;
      value >>>= 7;
    }
    target[at++] = value;
  }
  return at;
}

/** Runs that were read, and where what follows them begins. */
export interface DecodedRuns {
  /** The runs, `RUN.WORDS` numbers each; a copy. */
  runs: Uint32Array;
  /** The offset after them, in bytes. */
  nextOffset: number;
}

/**
 * Reads runs.
 *
 * @param source Where from.
 * @param offset Where in it, in bytes.
 * @param count How many runs there are.
 * @returns The runs.
 * @throws {FrameError} If bytes are missing, or a number has more than 32 bits.
 */
export function decodeRuns(
  source: Uint8Array,
  offset: number,
  count: number,
): DecodedRuns {
  const runs = new Uint32Array(count * RUN.WORDS);
  let at = offset;
  for (let index = 0; index < runs.length; index++) {
    let value = 0;
    let factor = 1;
    let byte: number;
    do {
      byte = source[at++] ?? 0x80;
      value += (byte & 0x7f) * factor;
      factor *= 128;
    } while (byte > 0x7f && factor <= MAX_FACTOR && at <= source.byteLength);
    if (byte > 0x7f || value > 0xffffffff || at > source.byteLength) {
      throw new FrameError(
        "Cannot read a frame: its runs are cut short or beyond 32 bits",
        "content",
        { offset: at - 1 },
      );
    }
    runs[index] = value;
  }
  return { runs, nextOffset: at };
}
