// Counts what is wrong with the packets of a flood as they arrive.

import {
  fillPayload,
  HEADERS_SIZE,
  NUMBER_SIZE,
  PATTERN_PERIOD,
} from "./flood_payload.ts";

/** What was sent. */
export interface FloodExpectation {
  /** Number of packets. */
  count: number;
  /** Size of each IP packet in bytes. */
  size: number;
  /**
   * Number of the first packet.
   *
   * @default {0}
   */
  first?: number;
  /**
   * UDP port that they went to; others are none of the flood's.
   *
   * @default {9999}
   */
  port?: number;
}

/** What arrived; all of them count packets. */
export interface FloodVerdict {
  /** Packets of the flood in the capture. */
  packets: number;
  /** Numbers that never arrived. */
  missing: number;
  /** Packets whose number had arrived before. */
  duplicated: number;
  /** Packets that arrived after one with a higher number. */
  reordered: number;
  /** Packets with a wrong byte, length or number. */
  damaged: number;
  /** Packets that were not part of the flood. */
  foreign: number;
}

const UDP = 17;

/** Takes a flood's packets one by one, as they arrive, and counts what is wrong with them. */
export class FloodJudge {
  readonly #expected: Required<FloodExpectation>;
  readonly #seen: Uint8Array;
  readonly #patterns = new Map<string, Uint8Array>();
  readonly #counts = {
    packets: 0,
    duplicated: 0,
    reordered: 0,
    damaged: 0,
    foreign: 0,
  };
  #distinct = 0;
  #highest = -1;

  /**
   * Starts with nothing arrived.
   *
   * @param expected What was sent.
   */
  constructor(expected: FloodExpectation) {
    this.#expected = { first: 0, port: 9999, ...expected };
    this.#seen = new Uint8Array(expected.count);
  }

  /**
   * Judges one packet.
   *
   * @param packet Its bytes, from the IP header on; borrowed for the call.
   * @param originalLength Its length on the wire in bytes.
   */
  add(packet: Uint8Array, originalLength: number): void {
    const version = packet[0] === 0x45 ? 4 : (packet[0] ?? 0) >> 4;
    if (version !== 4 && version !== 6) return void this.#counts.foreign++;
    const payload = HEADERS_SIZE[version];
    const view = new DataView(packet.buffer, packet.byteOffset);
    const protocol = packet[version === 4 ? 9 : 6];
    const { port, size, first, count } = this.#expected;
    if (
      protocol !== UDP || packet.length < payload + NUMBER_SIZE ||
      view.getUint16(payload - 6) !== port
    ) return void this.#counts.foreign++;
    this.#counts.packets++;
    const number = view.getUint32(payload);
    const index = number - first;
    if (
      packet.length !== size || originalLength !== size ||
      !hasRightHeaders(view, version, size) || index < 0 || index >= count ||
      !this.#hasRightPattern(packet.subarray(payload), number)
    ) return void this.#counts.damaged++;
    if (this.#seen[index] === 1) this.#counts.duplicated++;
    else {
      this.#seen[index] = 1;
      this.#distinct++;
    }
    if (number < this.#highest) this.#counts.reordered++;
    else this.#highest = number;
  }

  /**
   * Says what arrived so far.
   *
   * @returns The counts.
   */
  verdict(): FloodVerdict {
    return {
      ...this.#counts,
      missing: this.#expected.count - this.#distinct,
    };
  }

  /**
   * Says which numbers have not arrived so far.
   *
   * @returns The first number of each gap and the number after its last, in order.
   */
  gaps(): [start: number, end: number][] {
    const { first } = this.#expected;
    const gaps: [number, number][] = [];
    for (let start = this.#seen.indexOf(0); start >= 0;) {
      const next = this.#seen.indexOf(1, start);
      const end = next < 0 ? this.#seen.length : next;
      gaps.push([first + start, first + end]);
      start = next < 0 ? -1 : this.#seen.indexOf(0, end);
    }
    return gaps;
  }

  #hasRightPattern(payload: Uint8Array, number: number): boolean {
    const key = `${number % PATTERN_PERIOD} ${payload.length}`;
    let pattern = this.#patterns.get(key);
    if (pattern === undefined) {
      pattern = new Uint8Array(payload.length);
      fillPayload(pattern, number);
      this.#patterns.set(key, pattern);
    }
    for (let index = NUMBER_SIZE; index < payload.length; index++) {
      if (payload[index] !== pattern[index]) return false;
    }
    return true;
  }
}

/** Lengths of both headers, and the IPv4 header's checksum. */
function hasRightHeaders(
  view: DataView,
  version: 4 | 6,
  size: number,
): boolean {
  const ipSize = HEADERS_SIZE[version] - 8;
  if (view.getUint16(ipSize + 4) !== size - ipSize) return false;
  if (version === 6) return view.getUint16(4) === size - ipSize;
  let sum = 0;
  for (let offset = 0; offset < ipSize; offset += 2) {
    sum += view.getUint16(offset);
  }
  return view.getUint16(2) === size && sum % 0xffff === 0;
}
