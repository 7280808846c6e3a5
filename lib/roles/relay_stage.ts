import type { BatchBuilder } from "../batch_builder.ts";
import { flowHash } from "../dissect/flow_hash.ts";
import type { RelayLedger } from "../metrics/relay_ledger.ts";
import { appendBatch, type PacketFilter } from "../rate/append_batch.ts";
import { MAX_HEADER_SIZE } from "../wire/constants.ts";
import { type FrameHeader, frameHeaderSize } from "../wire/frame_header.ts";
import { type BodySpan, sealBody } from "../wire/frame_parts.ts";
import type { FrameMessage } from "../wire/message_decoder.ts";
import type { CompressionMethod } from "./compressor.ts";
import type { RateSurroundings } from "./rate_stage.ts";
import type { RelayMessage } from "./relay_inlet.ts";
import type { RelayedFrame, RelaySender } from "./relay_sender.ts";

/** How a {@linkcode RelayStage} works. */
export interface RelayStageOptions {
  /** How frames are compressed that are not yet. */
  readonly method: CompressionMethod;
  /** Sends what goes out. */
  readonly sender: RelaySender;
  /** Knows the lanes of senders. */
  readonly ledger: RelayLedger;
}

/** A body on its way, in memory of its own. */
interface OwnBody extends BodySpan {
  /** The header of its frame as it goes. */
  readonly header: FrameHeader;
}

/** Takes frames of others through a rate control: sheds flows, compresses, and makes parcels in the order in which they came. */
export class RelayStage {
  readonly #shared: RateSurroundings;
  readonly #options: RelayStageOptions;
  readonly #keep: PacketFilter;

  /**
   * Makes a stage with nothing in it.
   *
   * @param shared What it shares with others.
   * @param options How it works.
   */
  constructor(shared: RateSurroundings, options: RelayStageOptions) {
    this.#shared = shared;
    this.#options = options;
    this.#keep = (bytes, offset, length) =>
      shared.control.keeps(flowHash(bytes, offset, length));
  }

  /**
   * Takes a frame.
   *
   * @param frame What was read.
   * @param message Where it was read from; it is disposed of when it is no longer needed, now or later.
   */
  take(frame: FrameMessage, message: RelayMessage): void {
    const { control, queue, monotonic } = this.#shared;
    const { sender, ledger } = this.#options;
    const { header, batch } = frame;
    const lane = ledger.lane(header);
    const relayed: RelayedFrame = {
      header,
      lane,
      upstream: lane.arrive(header.relay),
    };
    if (header.packets === 0) {
      // Totals cost next to nothing, and whoever waits for them should have them.
      this.#forward(relayed, message, 0);
      return;
    }
    const size = message.bytes.byteLength;
    // What came compressed goes as it came.
    const whole = header.codec === "none" ? control.estimate(size) : size;
    control.offer(size, monotonic(), whole);
    const left = this.#shed(frame);
    const share = (left?.size ?? batch.records.byteLength) /
      batch.records.byteLength;
    const estimate = whole * share;
    control.keep(estimate);
    if (left?.packets === 0 || !control.admit(estimate, monotonic())) {
      queue.push({ send: () => sender.drop(relayed) });
      message[Symbol.dispose]();
    } else if (left !== undefined) {
      message[Symbol.dispose]();
      const { shape, ...span } = sealBody(left, frame.groups);
      const changed = { ...header, ...shape, codec: "none" } as const;
      this.#dispatch(relayed, { ...span, header: changed }, estimate);
    } else if (this.#isToCompress(header)) {
      const body = this.#copyBody(frame);
      message[Symbol.dispose]();
      this.#dispatch(relayed, body, estimate);
    } else this.#forward(relayed, message, estimate);
  }

  /** Leaves out the flows that do not pass now; undefined when all of them do. */
  #shed({ batch, groups }: FrameMessage): BatchBuilder | undefined {
    const { control, buffers } = this.#shared;
    if (control.share === 1) return undefined;
    const builder = buffers.takeFor(batch, groups);
    appendBatch(batch, builder, this.#keep);
    if (builder.packets < batch.packets) return builder;
    buffers.give(builder.bytes.buffer);
    return undefined;
  }

  #isToCompress(header: FrameHeader): boolean {
    return header.codec === "none" && this.#shared.control.compresses;
  }

  #copyBody({ header, body }: FrameMessage): OwnBody {
    const start = MAX_HEADER_SIZE;
    const end = start + body.byteLength;
    const bytes = this.#shared.buffers.takeMemory(end);
    bytes.set(body, start);
    return { bytes, start, end, header };
  }

  /** Sends a frame from the memory that it came in. */
  #forward(frame: RelayedFrame, message: RelayMessage, estimate: number): void {
    const { control, queue, monotonic } = this.#shared;
    const { sender } = this.#options;
    queue.push({
      send(): void {
        const { header } = frame;
        if (header.packets === 0 || control.settle(estimate, monotonic())) {
          control.spend(sender.send(frame, header, bodyOf(frame, message)));
        } else sender.drop(frame);
        message[Symbol.dispose]();
      },
    });
  }

  /** Sends a frame from memory of ours, compressed if it is to be and can be. */
  #dispatch(frame: RelayedFrame, body: OwnBody, estimate: number): void {
    const { control, compressor, queue, buffers, monotonic, onError } =
      this.#shared;
    const { sender, method } = this.#options;
    const { bytes, start, end, header } = body;
    const send = (header: FrameHeader, span: BodySpan): void => {
      if (control.settle(estimate, monotonic())) {
        control.spend(sender.send(frame, header, span));
      } else sender.drop(frame);
      buffers.give(span.bytes.buffer);
    };
    const wasCompressed = frame.header.codec !== "none";
    if (!control.compresses && !wasCompressed) {
      queue.push({ send: () => send(header, body) });
      return;
    }
    const place = queue.begin();
    const task = { buffer: bytes.buffer, start, end, method };
    compressor.compress(task).then(({ buffer, ...result }) => {
      control.learn(end - start, result.end - result.start);
      const span = { ...result, bytes: new Uint8Array(buffer) };
      const { codec } = result;
      place.fill({ send: () => send({ ...header, codec }, span) });
    }).catch(onError);
  }
}

/** Where the body of a message lies. */
function bodyOf({ header }: RelayedFrame, { bytes }: RelayMessage): BodySpan {
  const start = frameHeaderSize(header.sensor);
  return { bytes, start, end: bytes.byteLength };
}
