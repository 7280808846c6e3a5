import type { PacketBatch } from "../packet.ts";
import type { TotalsByGroup } from "../wire/frame_body.ts";
import type { FrameHeader, SenderTotals } from "../wire/frame_header.ts";
import { SensorGroups, type SensorGroupTotals } from "./sensor_groups.ts";

/** What a receiver knows of one run of one sender; counts are packets. */
export interface SensorTotals extends SenderTotals {
  /** Packets the sender had sent here before its first frame that arrived. */
  sent_before: number;
  /** Packets that arrived. */
  received: number;
  /** Bytes of the messages that they came in. */
  received_bytes: number;
  /** Packets that the sender sent here and that did not arrive, nor were dropped by a relay that said so. */
  lost_in_transit: number;
  /** Packets that relays on the way dropped to keep to a rate. */
  relay_rate_dropped: number;
  /** Packets that relays on the way dropped at their high-water mark. */
  relay_queue_dropped: number;
  /** Packets that were written. */
  written: number;
  /** Packets dropped because nobody read, or not fast enough. */
  stalled_dropped: number;
}

/** How it stands with a sender: it sends, it said that it ends, or it has been silent for too long. */
export type SensorState = "live" | "ended" | "vanished";

/** Everything that is shown of one run of one sender. */
export interface SensorReport extends SensorTotals {
  /** How it stands with it. */
  state: SensorState;
  /** Its groups, by number. */
  groups: Record<string, SensorGroupTotals>;
}

/** Least silence after which a sender counts as vanished, in milliseconds: three of the heartbeats that senders have by default. */
const VANISHED_AFTER = 15_000;

/** Silences of the length that a sender has had before, after which it counts as vanished. */
const VANISHED_SILENCES = 3;

/** What is known of one lane: the frames of a sender that it sent to one endpoint. */
interface Lane {
  /** Packets sent before the first frame that arrived. */
  before: number;
  /** Packets sent up to and with the latest frame that arrived. */
  sent: number;
  /** Packets that arrived. */
  received: number;
  /** The last relay on the way, and its totals as last told. */
  relay: bigint;
  relayRateDropped: number;
  relayQueueDropped: number;
}

const EMPTY_LANE: Readonly<Lane> = {
  before: 0,
  sent: 0,
  received: 0,
  relay: 0n,
  relayRateDropped: 0,
  relayQueueDropped: 0,
};

const NOTHING_TOLD: SenderTotals = {
  sent: 0,
  captured: 0,
  own_dropped: 0,
  kernel_dropped: 0,
  rate_dropped: 0,
  queue_dropped: 0,
};

/** Of two frames' totals the latest of each: they only grow, and frames can come out of order. */
function latest(known: SenderTotals, told: SenderTotals): SenderTotals {
  return {
    sent: Math.max(known.sent, told.sent),
    captured: Math.max(known.captured, told.captured),
    own_dropped: Math.max(known.own_dropped, told.own_dropped),
    kernel_dropped: Math.max(known.kernel_dropped, told.kernel_dropped),
    rate_dropped: Math.max(known.rate_dropped, told.rate_dropped),
    queue_dropped: Math.max(known.queue_dropped, told.queue_dropped),
  };
}

/**
 * What a receiver books of one run of one sender: `sent = sent_before + received + lost_in_transit`, less what relays say they dropped.
 *
 * Every frame says how many packets were sent before it on its lane, so what is missing between two frames shows in packets, whether or not the
 * frames that carried them are known. A frame that comes late, by a connection that was replaced, is taken back out of the loss.
 */
export class SensorLedger {
  /** The sensor's name. */
  readonly sensor: string;
  /** The run of the sender, as 16 hexadecimal digits. */
  readonly instance: string;
  /** When its last frame came, in milliseconds of the caller's clock. */
  lastSeen = 0;
  /** Whether the sender said that it ends. */
  finished = false;
  /** Bytes of its messages. */
  receivedBytes = 0;
  #seen = false;
  #longestSilence = 0;
  #written = 0;
  #dropped = 0;
  readonly #groups = new SensorGroups();
  #told: SenderTotals = NOTHING_TOLD;
  readonly #lanes = new Map<number, Lane>();
  #relayRateDropped = 0;
  #relayQueueDropped = 0;

  /**
   * @param sensor The sensor's name.
   * @param instance The number of the sender's run.
   */
  constructor(sensor: string, instance: bigint) {
    this.sensor = sensor;
    this.instance = instance.toString(16).padStart(16, "0");
  }

  /**
   * Books a frame that was read and found good.
   *
   * @param header Its header.
   * @param now The time, in milliseconds.
   */
  book(header: FrameHeader, now: number): void {
    this.#see(now);
    if (header.last) this.finished = true;
    this.#told = latest(this.#told, header.totals);
    const before = header.totals.sent;
    const lane = this.#lane(header, before);
    lane.received += header.packets;
    lane.before = Math.min(lane.before, before);
    lane.sent = Math.max(lane.sent, before + header.packets);
    this.#bookRelays(lane, header);
  }

  /**
   * Books packets of a sender that tells no numbers: what arrived is all that is known to have been sent.
   *
   * @param packets How many.
   * @param now The time, in milliseconds.
   */
  bookUnnumbered(packets: number, now: number): void {
    this.#see(now);
    let lane = this.#lanes.get(0);
    if (lane === undefined) {
      lane = { ...EMPTY_LANE };
      this.#lanes.set(0, lane);
    }
    lane.received += packets;
    lane.sent += packets;
  }

  /**
   * Books the groups of a frame that {@linkcode book} has booked.
   *
   * @param batch Its packets.
   * @param told What it tells of the sender's groups.
   * @param header Its header.
   */
  bookGroups(
    batch: PacketBatch,
    told: TotalsByGroup,
    header: FrameHeader,
  ): void {
    this.#groups.bookArrival(batch);
    if (told.size === 0) return;
    let sent = 0;
    for (const totals of told.values()) sent += totals.sent;
    const before = this.#lanes.get(header.lane)?.before ?? 0;
    this.#groups.bookTold(told, {
      alone: sent === header.totals.sent + header.packets,
      fromStart: before === 0,
    });
  }

  /**
   * Books packets of a sender that tells no numbers, by group.
   *
   * @param batch The packets.
   */
  bookUnnumberedGroups(batch: PacketBatch): void {
    this.#groups.bookArrival(batch);
  }

  /**
   * Books what became of packets that had arrived.
   *
   * @param batch The packets.
   * @param dropped How many of them were dropped: the last ones. The others were written.
   */
  bookOutcome(batch: PacketBatch, dropped: number): void {
    this.#dropped += dropped;
    this.#written += batch.packets - dropped;
    this.#groups.bookOutcome(batch, dropped);
  }

  #see(now: number): void {
    if (this.#seen) {
      this.#longestSilence = Math.max(
        this.#longestSilence,
        now - this.lastSeen,
      );
    }
    this.#seen = true;
    this.lastSeen = now;
  }

  #lane(header: FrameHeader, before: number): Lane {
    let lane = this.#lanes.get(header.lane);
    if (lane === undefined) {
      const { relay } = header;
      lane = {
        before,
        sent: before,
        received: 0,
        relay: relay.relay,
        relayRateDropped: relay.relay_rate_dropped,
        relayQueueDropped: relay.relay_queue_dropped,
      };
      this.#lanes.set(header.lane, lane);
    }
    return lane;
  }

  /** Books what relays dropped since the last frame; a relay that was started anew begins a new count. */
  #bookRelays(lane: Lane, { relay }: FrameHeader): void {
    const rate = relay.relay_rate_dropped - lane.relayRateDropped;
    const queue = relay.relay_queue_dropped - lane.relayQueueDropped;
    if (relay.relay === lane.relay) {
      // A frame that comes late tells less than is known already.
      if (rate < 0 || queue < 0) return;
      this.#relayRateDropped += rate;
      this.#relayQueueDropped += queue;
    }
    lane.relay = relay.relay;
    lane.relayRateDropped = relay.relay_rate_dropped;
    lane.relayQueueDropped = relay.relay_queue_dropped;
  }

  /** The totals, as they are now. */
  get totals(): SensorTotals {
    let before = 0;
    let sent = 0;
    let received = 0;
    for (const lane of this.#lanes.values()) {
      before += lane.before;
      sent += lane.sent;
      received += lane.received;
    }
    const dropped = this.#relayRateDropped + this.#relayQueueDropped;
    return {
      ...this.#told,
      sent,
      sent_before: before,
      received,
      received_bytes: this.receivedBytes,
      lost_in_transit: Math.max(sent - before - received - dropped, 0),
      relay_rate_dropped: this.#relayRateDropped,
      relay_queue_dropped: this.#relayQueueDropped,
      written: this.#written,
      stalled_dropped: this.#dropped,
    };
  }

  /**
   * Tells how it stands with the sender.
   *
   * @param now The time, in milliseconds.
   */
  stateAt(now: number): SensorState {
    if (this.finished) return "ended";
    const patience = Math.max(
      VANISHED_AFTER,
      VANISHED_SILENCES * this.#longestSilence,
    );
    return now - this.lastSeen > patience ? "vanished" : "live";
  }

  /**
   * Tells everything that is known.
   *
   * @param now The time, in milliseconds.
   */
  reportAt(now: number): SensorReport {
    return {
      ...this.totals,
      state: this.stateAt(now),
      groups: this.#groups.totals,
    };
  }
}
