// A chain of relays without sockets: senders' messages go in, and a receiver's ledger comes out.
import { ReceiverLedger } from "../../lib/metrics/receiver_ledger.ts";
import { RelayLedger } from "../../lib/metrics/relay_ledger.ts";
import { SenderLedger } from "../../lib/metrics/sender_ledger.ts";
import {
  RATE_CONTROL_DEFAULTS,
  type RateControlOptions,
} from "../../lib/rate/rate_control.ts";
import { COMPRESS_DEFAULTS, runCompress } from "../../lib/roles/compress.ts";
import type { Compressor } from "../../lib/roles/compressor.ts";
import { runDecompress } from "../../lib/roles/decompress.ts";
import { countRelay, type RelayCounts } from "../../lib/roles/relay_counts.ts";
import type { RelayMessage } from "../../lib/roles/relay_inlet.ts";
import { MessageDecoder } from "../../lib/wire/message_decoder.ts";
import type { PacketBatch } from "../../lib/packet.ts";
import { FakeLogger } from "./fakes.ts";
import {
  ManualCompressor,
  ManualTimers,
  RecordingOutlet,
  settle,
} from "./rate_fakes.ts";

/** A message whose memory is overwritten when it is given back, as libzmq may. */
class LentMessage implements RelayMessage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  disposed = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = new Uint8Array(bytes);
  }

  [Symbol.dispose](): void {
    this.disposed++;
    this.bytes.fill(0xee);
  }
}

/** How a {@linkcode RelayBench} is set. */
export interface RelayBenchOptions {
  kind: "compress" | "decompress";
  wire?: "frames" | "legacy";
  rate?: Partial<RateControlOptions>;
  compressor?: Compressor;
  instance?: bigint;
  timers?: ManualTimers;
}

/** A relay with everything around it. */
export class RelayBench {
  readonly timers: ManualTimers;
  readonly outlet = new RecordingOutlet();
  readonly logger = new FakeLogger();
  readonly received = new ReceiverLedger();
  readonly own = new SenderLedger();
  readonly relayed: RelayLedger;
  readonly messages: LentMessage[] = [];
  readonly #stream = new TransformStream<RelayMessage, RelayMessage>();
  readonly #writer = this.#stream.writable.getWriter();
  readonly #done: Promise<void>;
  #taken = 0;

  constructor(options: RelayBenchOptions) {
    const { instance = 99n, wire = "frames" } = options;
    this.timers = options.timers ?? new ManualTimers();
    this.relayed = new RelayLedger(instance);
    const { outlet, logger, received, relayed, own, timers } = this;
    const dependencies = {
      messages: this.#stream.readable,
      outlet,
      ledgers: { received, relayed, own },
      logger,
      refusals: logger,
      monotonic: timers.now,
      pause: (milliseconds: number) => {
        timers.advance(milliseconds);
        return Promise.resolve();
      },
    };
    this.#done = options.kind === "decompress"
      ? runDecompress(dependencies)
      : runCompress({ ...COMPRESS_DEFAULTS, wire }, {
        ...dependencies,
        instance,
        now: () => 0,
        rate: { ...RATE_CONTROL_DEFAULTS, ...options.rate },
        method: wire === "legacy"
          ? { kind: "legacy", level: 6 }
          : { kind: "frame", codec: "deflate", level: undefined },
        flushTimeout: 200,
        compressor: options.compressor ??
          new ManualCompressor({ automatic: true }),
        timers,
      });
    this.#done.catch(() => {});
  }

  get counts(): RelayCounts {
    return countRelay(this);
  }

  /** What ledgers are part of the counts. */
  get ledgers(): RelayBench {
    return this;
  }

  async take(...messages: Uint8Array[]): Promise<void> {
    for (const bytes of messages) {
      const message = new LentMessage(bytes);
      this.messages.push(message);
      await this.#writer.write(message);
      await settle();
    }
  }

  /** What went out since the last call. */
  drain(): Uint8Array<ArrayBuffer>[] {
    const { messages } = this.outlet;
    const fresh = messages.slice(this.#taken);
    this.#taken = messages.length;
    return fresh;
  }

  async end(): Promise<void> {
    // What is wrong with the relay itself says more than that it takes no more.
    await Promise.allSettled([this.#writer.close()]);
    await this.#done;
  }
}

/** A receiver: what it books, and the packets. */
export class ReceivingEnd {
  readonly ledger = new ReceiverLedger();
  readonly batches: PacketBatch[] = [];
  readonly #decoder = new MessageDecoder();

  take(messages: readonly Uint8Array[]): void {
    for (const message of messages) {
      const decoded = this.#decoder.decode(message);
      this.batches.push(decoded.batch);
      if (decoded.kind === "frame") {
        this.ledger.book(decoded, message.byteLength, 0);
      } else {this.ledger.bookUnnumbered(decoded.batch, message.byteLength, {
          now: 0,
        });}
    }
  }
}
