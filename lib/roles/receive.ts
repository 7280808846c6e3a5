import type { ReceiverLedger } from "../metrics/receiver_ledger.ts";
import type { SensorLedger } from "../metrics/sensor_ledger.ts";
import type { PacketBatch } from "../packet.ts";
import { FrameError } from "../wire/frame_error.ts";
import {
  type DecodedMessage,
  MessageDecoder,
} from "../wire/message_decoder.ts";
import type { CaptureEncoder } from "./capture_encoder.ts";
import type { Chunk } from "./chunk.ts";
import { LegacyGatherer } from "./legacy_gatherer.ts";
import type { Logger } from "./logger.ts";
import type { IncomingMessage } from "./message_source.ts";
import type { OffloadStage } from "./offload_stage.ts";
import { NO_PARTS } from "./part_counts.ts";
import type { Patience } from "./patience.ts";
import { TIMERS, type Timers } from "./timers.ts";

/** What a receiver works on. */
export interface ReceiveDependencies {
  /** The messages of senders. */
  messages: ReadableStream<IncomingMessage>;
  /** Makes of batches what is to be written. */
  encoder: Pick<CaptureEncoder, "encode">;
  /** Does to batches what network cards were to do. @default {undefined} Nothing. */
  offload?: OffloadStage;
  /** Takes what is to be written; it never waits. */
  output: { offer(chunk: Chunk): void };
  /**
   * Keeps each message that has packets, as it arrived; what it is given is borrowed for the call.
   *
   * @default {undefined} Nothing is kept.
   */
  record?: ((message: Uint8Array, decoded: DecodedMessage) => void) | undefined;
  /** Where to book. */
  ledger: ReceiverLedger;
  /** Says what was refused; called at every refusal, so limit it. */
  logger: Logger;
  /** Waits a moment for the output after each message. @default {undefined} It is never waited for. */
  patience?: Pick<Patience, "wait">;
  /** The time in milliseconds, of a clock that nobody sets. */
  monotonic: () => number;
  /** Does things later. @default {TIMERS} The runtime's own. */
  timers?: Timers;
}

/**
 * Writes the packets of all senders, until the messages end.
 *
 * @param dependencies What it works on.
 */
export function runReceive(dependencies: ReceiveDependencies): Promise<void> {
  const receiver = new Receiver(dependencies);
  return dependencies.messages.pipeTo(
    new WritableStream({
      write(message): Promise<void> | undefined {
        receiver.take(message);
        return dependencies.patience?.wait();
      },
      close: () => receiver.finish(),
      abort: () => receiver.cancel(),
    }),
  );
}

/** Packets that came one a message and are held to be written together. */
interface SinglePackets {
  readonly sensor: SensorLedger;
  readonly gatherer: LegacyGatherer;
}

class Receiver {
  readonly #dependencies: ReceiveDependencies;
  readonly #decoder = new MessageDecoder();
  /** What gathers packets that come singly, by whom they are booked under. */
  readonly #singly = new Map<string, SinglePackets>();

  constructor(dependencies: ReceiveDependencies) {
    this.#dependencies = dependencies;
  }

  take(message: IncomingMessage): void {
    const decoded = this.#decode(message);
    if (decoded === undefined) {
      message[Symbol.dispose]();
      return;
    }
    const { ledger, monotonic, record } = this.#dependencies;
    const size = message.bytes.byteLength;
    if (decoded.batch.packets > 0) record?.(message.bytes, decoded);
    if (decoded.kind === "legacy") {
      message[Symbol.dispose]();
      const arrival = { now: monotonic(), sender: message.sender };
      const sensor = ledger.bookUnnumbered(decoded.batch, size, arrival);
      this.#gatherer(sensor).add(decoded.batch);
      return;
    }
    const sensor = ledger.book(decoded, size, monotonic());
    if (decoded.batch.packets === 0) {
      message[Symbol.dispose]();
      return;
    }
    this.finish();
    this.#write(decoded.batch, { sensor, message });
  }

  /** Writes what is held. */
  finish(): void {
    for (const { gatherer } of this.#singly.values()) gatherer.flush();
  }

  cancel(): void {
    for (const { gatherer } of this.#singly.values()) gatherer.cancel();
  }

  #gatherer(sensor: SensorLedger): LegacyGatherer {
    const known = this.#singly.get(sensor.sensor);
    if (known?.sensor === sensor) return known.gatherer;
    // The ledger had forgotten this sender, and begins anew.
    known?.gatherer.flush();
    const { timers = TIMERS } = this.#dependencies;
    const write = (batch: PacketBatch): void => this.#write(batch, { sensor });
    const gatherer = new LegacyGatherer(timers, write);
    this.#singly.set(sensor.sensor, { sensor, gatherer });
    return gatherer;
  }

  /** Hands a batch on; the message that it came in is given back when nothing borrows from it any more. */
  #write(
    batch: PacketBatch,
    { sensor, message }: { sensor: SensorLedger; message?: IncomingMessage },
  ): void {
    const { encoder, offload, output } = this.#dependencies;
    const { batch: made, parts } = offload?.apply(batch) ??
      { batch, parts: NO_PARTS };
    let borrowed = false;
    const chunk = encoder.encode(made, {
      sensor: sensor.sensor,
      parts,
      room: message && roomBefore(made.records, message),
      release(dropped): void {
        sensor.bookOutcome(batch, dropped);
        if (borrowed) message?.[Symbol.dispose]();
      },
    });
    // Records written as they came, or where they came, borrow from the message; others are copies.
    borrowed = chunk.bytes.buffer === message?.bytes.buffer;
    if (!borrowed) message?.[Symbol.dispose]();
    output.offer(chunk);
  }

  #decode(message: IncomingMessage): DecodedMessage | undefined {
    const { ledger, logger } = this.#dependencies;
    try {
      return this.#decoder.decode(message.bytes);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      ledger.rejectedFrames++;
      logger.warn(error.message, {
        kind: error.kind,
        rejected_frames: ledger.rejectedFrames,
      });
      return undefined;
    }
  }
}

/** Bytes before records that may be written over; undefined where the records are not the message's own, or it is not ours to write to. */
function roomBefore(
  records: Uint8Array,
  { bytes, room }: IncomingMessage,
): number | undefined {
  return room === undefined || records.buffer !== bytes.buffer
    ? undefined
    : room + records.byteOffset - bytes.byteOffset;
}
