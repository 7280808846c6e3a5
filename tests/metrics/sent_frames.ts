// What frames of a sender say, for the tests of the ledgers: only headers, made as a sender makes them.
import type { Frame } from "../../lib/wire/frame.ts";
import type { FrameHeader } from "../../lib/wire/frame_header.ts";
import { DETAILS } from "../wire/frames.ts";

/** Makes a header whose counts are 0 but for those given. */
export function headerOf(
  { sent = 0, packets = 0, lane = 0, ...rest }:
    & Partial<FrameHeader>
    & { sent?: number },
): FrameHeader {
  return {
    ...DETAILS,
    codec: "none",
    hasNanoseconds: false,
    packets,
    recordsSize: packets * 16,
    runs: packets > 0 ? 1 : 0,
    contexts: packets > 0 ? 1 : 0,
    groups: 0,
    bodySize: 0,
    lane,
    ...rest,
    totals: { ...DETAILS.totals, sent, ...rest.totals },
  };
}

/** Makes a frame of which only the header matters. */
export function frameOf(header: FrameHeader): Frame {
  const batch = {
    packets: header.packets,
    records: new Uint8Array(0),
    nanoseconds: undefined,
    runs: new Uint32Array(0),
    contexts: [],
  };
  const span = { first: Infinity, last: -Infinity };
  return { header, batch, span, groups: new Map() };
}

/** A sender's lanes, as its own counters see them. */
export class ModelSender {
  readonly #lanes: { frames: number; sent: number }[];
  #captured = 0;

  constructor(lanes: number) {
    this.#lanes = Array.from({ length: lanes }, () => ({ frames: 0, sent: 0 }));
  }

  /** Sends a frame on a lane. */
  send(
    lane: number,
    packets: number,
    rest: Partial<FrameHeader> = {},
  ): FrameHeader {
    const state = this.#lanes[lane];
    if (state === undefined) throw new RangeError(`no lane ${lane}`);
    this.#captured += packets;
    const header = headerOf({
      lane,
      packets,
      number: state.frames++,
      ...rest,
      totals: {
        ...DETAILS.totals,
        captured: this.#captured,
        sent: state.sent,
      },
    });
    state.sent += packets;
    return header;
  }

  /** Packets sent on a lane, or on all. */
  sent(lane?: number): number {
    return lane === undefined
      ? this.#lanes.reduce((sum, { sent }) => sum + sent, 0)
      : this.#lanes[lane]?.sent ?? 0;
  }
}
