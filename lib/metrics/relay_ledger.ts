import type { FrameHeader, RelayTotals } from "../wire/frame_header.ts";

/** Lanes of senders that are remembered; beyond that the one not heard of for longest is forgotten, and begins anew when it is heard of again. */
const REMEMBERED_LANES = 4096;

/** Why a relay dropped packets: to keep to a rate, or at its high-water mark. */
export type RelayDrop = "rate" | "queue";

/** Packets that relays dropped, by why. */
export type RelayDrops = Readonly<Record<RelayDrop, number>>;

/** What a relay knows of one lane of one run of a sender. */
export class RelayLane {
  readonly #own: Record<RelayDrop, number> = { rate: 0, queue: 0 };
  readonly #relay: bigint;
  /** What relays before this one dropped since the first frame that came. */
  #upstream: RelayDrops = { rate: 0, queue: 0 };
  #told: RelayTotals | undefined;

  /**
   * Made by {@linkcode RelayLedger}.
   *
   * @param relay Number of this relay's run.
   */
  constructor(relay: bigint) {
    this.#relay = relay;
  }

  /**
   * Notes what relays before this one say, as a frame arrives.
   *
   * @param told What the frame's header says.
   * @returns What they dropped before this frame, since the first one that came.
   */
  arrive(told: RelayTotals): RelayDrops {
    const last = this.#told;
    const rate = told.relay_rate_dropped - (last?.relay_rate_dropped ?? 0);
    const queue = told.relay_queue_dropped - (last?.relay_queue_dropped ?? 0);
    if (last?.relay === told.relay) {
      // A frame that comes late tells less than is known already.
      if (rate < 0 || queue < 0) return this.#upstream;
      this.#upstream = {
        rate: this.#upstream.rate + rate,
        queue: this.#upstream.queue + queue,
      };
    }
    this.#told = told;
    return this.#upstream;
  }

  /**
   * Books packets that this relay dropped.
   *
   * @param why Why.
   * @param packets How many.
   */
  drop(why: RelayDrop, packets: number): void {
    this.#own[why] += packets;
  }

  /**
   * Tells what the header of the next frame says.
   *
   * @param upstream What {@linkcode arrive} returned when that frame came.
   * @returns What relays dropped before it: this one and those before.
   */
  totals(upstream: RelayDrops): RelayTotals {
    return {
      relay: this.#relay,
      relay_rate_dropped: upstream.rate + this.#own.rate,
      relay_queue_dropped: upstream.queue + this.#own.queue,
    };
  }
}

/** What a relay books of the frames it hands on, so that the receiver's ledger adds up: drops of each lane of each run of a sender. */
export class RelayLedger {
  /** Packets handed on. */
  sent = 0;
  /** Bytes of their frames. */
  sentBytes = 0;
  /** Frames handed on. */
  sentFrames = 0;
  /** Packets dropped, over all senders. */
  readonly dropped: Record<RelayDrop, number> = { rate: 0, queue: 0 };
  readonly #relay: bigint;
  /** The one heard of last comes last. */
  readonly #lanes = new Map<string, RelayLane>();

  /**
   * Starts with nothing booked.
   *
   * @param relay Random number of this relay's run, not 0.
   */
  constructor(relay: bigint) {
    this.#relay = relay;
  }

  /**
   * Gives what is known of the lane that a frame came on.
   *
   * @param header The frame's header.
   * @returns The lane.
   */
  lane(header: FrameHeader): RelayLane {
    const key = `${header.instance}/${header.lane}/${header.sensor}`;
    const lane = this.#lanes.get(key) ?? new RelayLane(this.#relay);
    this.#lanes.delete(key);
    this.#lanes.set(key, lane);
    if (this.#lanes.size > REMEMBERED_LANES) {
      const [oldest = key] = this.#lanes.keys();
      this.#lanes.delete(oldest);
    }
    return lane;
  }

  /**
   * Books packets that were dropped.
   *
   * @param lane Their lane.
   * @param why Why.
   * @param packets How many.
   */
  bookDrop(lane: RelayLane, why: RelayDrop, packets: number): void {
    lane.drop(why, packets);
    this.dropped[why] += packets;
  }

  /**
   * Books a frame that was handed on.
   *
   * @param packets Packets in it.
   * @param bytes Bytes of its message.
   */
  bookSent(packets: number, bytes: number): void {
    this.sent += packets;
    this.sentBytes += bytes;
    this.sentFrames++;
  }
}
