import type { PacketBatch } from "../packet.ts";
import { MAX_HEADER_SIZE } from "../wire/constants.ts";
import { frameHeaderSize } from "../wire/frame_header.ts";
import type { BodySpan } from "../wire/frame_parts.ts";
import type { FrameMessage } from "../wire/message_decoder.ts";
import type { FrameOutlet } from "./frame_sender.ts";
import { LegacySender } from "./legacy_sender.ts";
import type { Logger } from "./logger.ts";
import type { Pause } from "./pause.ts";
import type { RelayLedgers } from "./relay_counts.ts";
import { RelayInlet, type RelayMessage } from "./relay_inlet.ts";
import { RelaySender } from "./relay_sender.ts";

/** What a decompressing relay works on. */
export interface DecompressDependencies {
  /** The messages of senders. */
  messages: ReadableStream<RelayMessage>;
  /** Where to send. */
  outlet: FrameOutlet;
  /** Where to book. */
  ledgers: RelayLedgers;
  /** Says what was refused; called at every refusal, so limit it. */
  refusals: Logger;
  /** The time in milliseconds, of a clock that nobody sets. */
  monotonic: () => number;
  /** Waits for a time. */
  pause: Pause;
}

/** How long the packets of one of the original's messages may wait for room, in milliseconds: there are hundreds in one, and each becomes a message. */
const PATIENCE = 1000;

/** How long they wait before they try again, in milliseconds. */
const RETRY_PAUSE = 5;

/** A message that is ready to go out when its turn comes, in a time. */
interface SlowParcel {
  send(): Promise<void>;
}

/**
 * Hands messages on uncompressed, until they end.
 *
 * Frames keep their sender, numbers and totals. The Python original's messages stay what they are: one bare message a packet, as its own relay sent them.
 *
 * @param dependencies What it works on.
 */
export function runDecompress(
  dependencies: DecompressDependencies,
): Promise<void> {
  return dependencies.messages
    .pipeThrough(new DecompressRelayStream(dependencies))
    .pipeTo(new WritableStream({ write: (parcel) => parcel.send() }));
}

/** Makes a parcel of each message. */
class DecompressRelayStream extends TransformStream<RelayMessage, SlowParcel> {
  constructor(dependencies: DecompressDependencies) {
    const relay = new DecompressRelay(dependencies);
    super({
      transform(message, controller): void {
        const parcel = relay.take(message);
        if (parcel !== undefined) controller.enqueue(parcel);
      },
    });
  }
}

class DecompressRelay {
  readonly #inlet: RelayInlet;
  readonly #frames: RelaySender;
  readonly #packets: LegacySender;
  readonly #ledgers: RelayLedgers;
  readonly #pause: Pause;
  /** Whether nothing was taken for as long as packets may wait: what comes next does not wait. */
  #isStuck = false;

  constructor(dependencies: DecompressDependencies) {
    const { ledgers, outlet, refusals: logger, pause } = dependencies;
    this.#ledgers = ledgers;
    this.#pause = pause;
    this.#inlet = new RelayInlet({
      ...dependencies,
      ledger: ledgers.received,
      logger,
    });
    this.#frames = new RelaySender(outlet, ledgers.relayed);
    this.#packets = new LegacySender([outlet], {
      ledger: ledgers.own,
      marked: false,
      patient: true,
    });
  }

  take(message: RelayMessage): SlowParcel | undefined {
    const decoded = this.#inlet.read(message);
    if (decoded === undefined) return undefined;
    if (decoded.kind === "frame") return this.#takeFrame(decoded, message);
    message[Symbol.dispose]();
    const { batch } = decoded;
    this.#ledgers.own.bookReplayed(batch);
    return { send: () => this.#sendPackets(batch) };
  }

  async #sendPackets(batch: PacketBatch): Promise<void> {
    const packets = this.#packets;
    packets.sendBatch(batch);
    let left = this.#isStuck ? 0 : PATIENCE;
    for (; !packets.isCaughtUp && left > 0; left -= RETRY_PAUSE) {
      await this.#pause(RETRY_PAUSE);
    }
    this.#isStuck = !packets.isCaughtUp;
    packets.giveUp();
  }

  #takeFrame(frame: FrameMessage, message: RelayMessage): SlowParcel {
    const { header } = frame;
    const lane = this.#ledgers.relayed.lane(header);
    const relayed = { header, lane, upstream: lane.arrive(header.relay) };
    const compressed = header.codec !== "none";
    const body = compressed ? ownBody(frame) : bodyWithin(frame, message);
    if (compressed) message[Symbol.dispose]();
    return {
      send: () => {
        this.#frames.send(relayed, { ...header, codec: "none" }, body);
        if (!compressed) message[Symbol.dispose]();
        return Promise.resolve();
      },
    };
  }
}

/** The body where it came, behind its header. */
function bodyWithin(
  { header }: FrameMessage,
  { bytes }: RelayMessage,
): BodySpan {
  return {
    bytes,
    start: frameHeaderSize(header.sensor),
    end: bytes.byteLength,
  };
}

/** The decompressed body, with room for a header before it. */
function ownBody({ body }: FrameMessage): BodySpan {
  const bytes = new Uint8Array(MAX_HEADER_SIZE + body.byteLength);
  bytes.set(body, MAX_HEADER_SIZE);
  return { bytes, start: MAX_HEADER_SIZE, end: bytes.byteLength };
}
