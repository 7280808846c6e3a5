import { TCP_FLAG } from "./constants.ts";
import type { TcpOption } from "./tcp_options.ts";
import type { TcpHeader } from "./transport.ts";

/** The letters of tcpdump, in its order. */
const FLAG_LETTERS: readonly (readonly [number, string])[] = [
  [TCP_FLAG.FIN, "F"],
  [TCP_FLAG.SYN, "S"],
  [TCP_FLAG.RST, "R"],
  [TCP_FLAG.PSH, "P"],
  [TCP_FLAG.ACK, "."],
  [TCP_FLAG.URG, "U"],
  [TCP_FLAG.ECE, "E"],
  [TCP_FLAG.CWR, "W"],
  [TCP_FLAG.AE, "e"],
];

/**
 * Writes the flags of a TCP header as tcpdump does.
 *
 * @param flags The flags ({@linkcode TCP_FLAG}).
 * @returns A letter each, such as `S.` for SYN and ACK; `none` when there are none.
 *
 * @example An answer to a SYN
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatTcpFlags, TCP_FLAG } from "./mod.ts";
 *
 * assert.equal(formatTcpFlags(TCP_FLAG.SYN | TCP_FLAG.ACK), "S.");
 * ```
 */
export function formatTcpFlags(flags: number): string {
  const letters = FLAG_LETTERS.filter(([bit]) => (flags & bit) !== 0);
  if (letters.length === 0) return "none";
  return letters.map(([, letter]) => letter).join("");
}

/**
 * Writes what a TCP header says as tcpdump does, with absolute sequence numbers (its option -S).
 *
 * @param header The header.
 * @param length Bytes of data behind it.
 * @returns Such as `Flags [S], seq 1, win 64240, options [mss 1460], length 0`.
 */
export function formatTcp(header: TcpHeader, length: number): string {
  const { flags, sequence } = header;
  const parts = [`Flags [${formatTcpFlags(flags)}]`];
  const isMarked = (flags & (TCP_FLAG.SYN | TCP_FLAG.FIN | TCP_FLAG.RST)) !== 0;
  if (length > 0) {
    parts.push(`seq ${sequence}:${sequence + length >>> 0}`);
  } else if (isMarked) {
    parts.push(`seq ${sequence}`);
  }
  if ((flags & TCP_FLAG.ACK) !== 0) {
    parts.push(`ack ${header.acknowledgement}`);
  }
  parts.push(`win ${header.window}`);
  if ((flags & TCP_FLAG.URG) !== 0) parts.push(`urg ${header.urgent}`);
  if (header.options.length > 0) {
    parts.push(`options [${header.options.map(formatOption).join(",")}]`);
  }
  parts.push(`length ${length}`);
  return parts.join(", ");
}

function formatOption(option: TcpOption): string {
  switch (option.kind) {
    case "end":
      return "eol";
    case "nop":
      return "nop";
    case "sackPermitted":
      return "sackOK";
    case "maximumSegmentSize":
      return `mss ${option.size}`;
    case "windowScale":
      return `wscale ${option.shift}`;
    case "timestamps":
      return `TS val ${option.value} ecr ${option.echo}`;
    case "sack": {
      const blocks = option.blocks.map(([first, end]) => `{${first}:${end}}`);
      return `sack ${blocks.length} ${blocks.join("")}`;
    }
    case "other":
      return `unknown-${option.number} 0x${option.value}`;
  }
}
