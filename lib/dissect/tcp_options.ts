import { TCP_OPTION } from "./constants.ts";

/** An option in a TCP header. */
export type TcpOption =
  | { readonly kind: "end" | "nop" | "sackPermitted" }
  | { readonly kind: "maximumSegmentSize"; readonly size: number }
  | { readonly kind: "windowScale"; readonly shift: number }
  | {
    readonly kind: "sack";
    /** First sequence number of each block, and the one after its last. */
    readonly blocks: readonly (readonly [number, number])[];
  }
  | {
    readonly kind: "timestamps";
    readonly value: number;
    readonly echo: number;
  }
  | {
    readonly kind: "other";
    /** The option's number. */
    readonly number: number;
    /** Its bytes behind kind and length, as hexadecimal digits. */
    readonly value: string;
  };

const BLOCK_SIZE = 8;

/**
 * Reads the options of a TCP header.
 *
 * @param view The packet.
 * @param start Where the options begin.
 * @param end Where they end, at most the end of the view.
 * @returns The options up to the end or to the first that makes no sense.
 */
export function readTcpOptions(
  view: DataView,
  start: number,
  end: number,
): TcpOption[] {
  const options: TcpOption[] = [];
  let at = start;
  while (at < end) {
    const number = view.getUint8(at);
    if (number === TCP_OPTION.END) {
      options.push({ kind: "end" });
      break;
    }
    if (number === TCP_OPTION.NOP) {
      options.push({ kind: "nop" });
      at++;
      continue;
    }
    const length = at + 1 < end ? view.getUint8(at + 1) : 0;
    if (length < 2 || at + length > end) break;
    options.push(readOption(view, at, length));
    at += length;
  }
  return options;
}

function readOption(view: DataView, at: number, length: number): TcpOption {
  const number = view.getUint8(at);
  const value = at + 2;
  if (number === TCP_OPTION.MAXIMUM_SEGMENT_SIZE && length === 4) {
    return { kind: "maximumSegmentSize", size: view.getUint16(value, false) };
  }
  if (number === TCP_OPTION.WINDOW_SCALE && length === 3) {
    return { kind: "windowScale", shift: view.getUint8(value) };
  }
  if (number === TCP_OPTION.SACK_PERMITTED && length === 2) {
    return { kind: "sackPermitted" };
  }
  if (number === TCP_OPTION.TIMESTAMPS && length === 10) {
    return {
      kind: "timestamps",
      value: view.getUint32(value, false),
      echo: view.getUint32(value + 4, false),
    };
  }
  if (number === TCP_OPTION.SACK && (length - 2) % BLOCK_SIZE === 0) {
    return { kind: "sack", blocks: readBlocks(view, value, at + length) };
  }
  return { kind: "other", number, value: toHex(view, value, at + length) };
}

function readBlocks(
  view: DataView,
  start: number,
  end: number,
): [number, number][] {
  const blocks: [number, number][] = [];
  for (let at = start; at < end; at += BLOCK_SIZE) {
    blocks.push([view.getUint32(at, false), view.getUint32(at + 4, false)]);
  }
  return blocks;
}

function toHex(view: DataView, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) {
    text += view.getUint8(at).toString(16).padStart(2, "0");
  }
  return text;
}
