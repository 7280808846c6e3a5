import type { Frame } from "../wire/frame.ts";
import type { PacketBatch } from "../packet.ts";
import { SensorLedger, type SensorReport } from "./sensor_ledger.ts";

/** Senders that are remembered; beyond that the one not heard of for longest is, in sum only. */
const REMEMBERED_SENSORS = 1024;

/** Name of the senders that send the Python original's messages. */
export const UNNUMBERED = "unnumbered";

/** What a receiver counts of what arrives, in packets unless a name says otherwise. */
export interface ReceiveTotals {
  /** Packets that arrived in frames that were accepted. */
  received: number;
  /** Bytes of those frames. */
  received_bytes: number;
  /** Frames that were accepted. */
  received_frames: number;
  /** Messages that were refused. */
  rejected_frames: number;
  /** Packets that senders sent here and that did not arrive. */
  lost_in_transit: number;
}

/** How many sensors there are, by how it stands with the run of each that was heard last. */
export interface SensorGauges {
  /** Sensors that send. */
  live_sensors: number;
  /** Sensors that fell silent without a word. */
  vanished_sensors: number;
}

/** What a receiver or relay books of the frames that arrive, in sum and per run of a sender. */
export class ReceiverLedger {
  /** Messages that were refused. */
  rejectedFrames = 0;
  #received = 0;
  #receivedBytes = 0;
  #receivedFrames = 0;
  #forgottenLost = 0;
  readonly #sensors = new Map<string, SensorLedger>();

  /** What is known of each run of a sender, by `<sensor name>/<instance>`. */
  get sensors(): ReadonlyMap<string, SensorLedger> {
    return this.#sensors;
  }

  /**
   * Books a frame that was accepted.
   *
   * @param frame The frame.
   * @param messageSize Bytes of the message that it came as.
   * @param now The time, in milliseconds.
   * @returns What is known of its sender.
   */
  book(frame: Frame, messageSize: number, now: number): SensorLedger {
    const { header } = frame;
    this.#received += header.packets;
    this.#receivedBytes += messageSize;
    this.#receivedFrames++;
    const sensor = this.#sensor(header.sensor, header.instance);
    sensor.receivedBytes += messageSize;
    sensor.book(header, now);
    sensor.bookGroups(frame.batch, frame.groups, header);
    return sensor;
  }

  /**
   * Books a message of the Python original that was accepted. All of them that come without a key count as one sender, which has no name and no numbers.
   *
   * @param batch The packets in it.
   * @param messageSize Bytes of the message.
   * @param arrival When it came, in milliseconds, and whose key it came by.
   * @returns What is known of that sender.
   */
  bookUnnumbered(
    batch: PacketBatch,
    messageSize: number,
    { now, sender = UNNUMBERED }: { now: number; sender?: string | undefined },
  ): SensorLedger {
    this.#received += batch.packets;
    this.#receivedBytes += messageSize;
    this.#receivedFrames++;
    const sensor = this.#sensor(sender, 0n);
    sensor.receivedBytes += messageSize;
    sensor.bookUnnumbered(batch.packets, now);
    sensor.bookUnnumberedGroups(batch);
    return sensor;
  }

  #sensor(name: string, instance: bigint): SensorLedger {
    const key = `${name}/${instance.toString(16).padStart(16, "0")}`;
    const known = this.#sensors.get(key);
    if (known !== undefined) return known;
    if (this.#sensors.size >= REMEMBERED_SENSORS) this.#forgetOldest();
    const sensor = new SensorLedger(name, instance);
    this.#sensors.set(key, sensor);
    return sensor;
  }

  #forgetOldest(): void {
    let oldest: [string, SensorLedger] | undefined;
    for (const entry of this.#sensors) {
      if (oldest === undefined || entry[1].lastSeen < oldest[1].lastSeen) {
        oldest = entry;
      }
    }
    if (oldest === undefined) return;
    this.#forgottenLost += oldest[1].totals.lost_in_transit;
    this.#sensors.delete(oldest[0]);
  }

  /**
   * Tells everything that is known of each run of a sender.
   *
   * @param now The time, in milliseconds.
   * @returns The reports, by `<sensor name>/<instance>`.
   */
  reportAt(now: number): Record<string, SensorReport> {
    return Object.fromEntries(
      [...this.#sensors].map(([key, sensor]) => [key, sensor.reportAt(now)]),
    );
  }

  /**
   * Counts sensors by how it stands with them; a sensor that was started anew after it vanished is live.
   *
   * @param now The time, in milliseconds.
   */
  gaugesAt(now: number): SensorGauges {
    const latest = new Map<string, SensorLedger>();
    for (const run of this.#sensors.values()) {
      const known = latest.get(run.sensor);
      if (known === undefined || run.lastSeen >= known.lastSeen) {
        latest.set(run.sensor, run);
      }
    }
    const states = [...latest.values()].map((run) => run.stateAt(now));
    return {
      live_sensors: states.filter((state) => state === "live").length,
      vanished_sensors: states.filter((state) => state === "vanished").length,
    };
  }

  /** The sums, as they are now. */
  get totals(): ReceiveTotals {
    let lost = this.#forgottenLost;
    for (const sensor of this.#sensors.values()) {
      lost += sensor.totals.lost_in_transit;
    }
    return {
      received: this.#received,
      received_bytes: this.#receivedBytes,
      received_frames: this.#receivedFrames,
      rejected_frames: this.rejectedFrames,
      lost_in_transit: lost,
    };
  }
}
