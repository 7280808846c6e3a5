import assert from "node:assert/strict";
import { type BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import { SenderLedger } from "../../lib/metrics/sender_ledger.ts";
import { BuilderPool } from "../../lib/roles/builder_pool.ts";
import { FrameSender } from "../../lib/roles/frame_sender.ts";
import type { Parcel } from "../../lib/roles/parcel.ts";
import { runSend, SEND_DEFAULTS } from "../../lib/roles/send.ts";
import type { FrameHeader } from "../../lib/wire/frame_header.ts";
import { decodeFrameHeader } from "../../lib/wire/frame_header_decoder.ts";
import { FakeWaits } from "./fakes.ts";

/** Timers that fire only when a test says so, in place of the global ones while it runs. */
class FakeTimers implements Disposable {
  readonly #setInterval = globalThis.setInterval;
  readonly #clearInterval = globalThis.clearInterval;
  running: { callback: () => void; period: number } | undefined;

  constructor() {
    const setInterval = (callback: () => void, period: number): unknown => {
      this.running = { callback, period };
      return 1;
    };
    globalThis.setInterval = setInterval as typeof globalThis.setInterval;
    globalThis.clearInterval = () => this.running = undefined;
  }

  [Symbol.dispose](): void {
    globalThis.setInterval = this.#setInterval;
    globalThis.clearInterval = this.#clearInterval;
  }
}

/** A sender, what it sent, and room that a test gives it. */
class Setting {
  readonly headers: FrameHeader[] = [];
  readonly ledger = new SenderLedger();
  readonly pool = new BuilderPool(2);
  room = Infinity;
  readonly sender = new FrameSender([this.#outlet()], {
    ledger: this.ledger,
    identity: { sensor: "gate", instance: 1n },
    now: () => 0,
  });

  #outlet(): { trySend(message: Uint8Array): boolean; hasRoom: boolean } {
    const setting = this as Setting;
    return {
      trySend: (message) => {
        if (setting.room <= 0) return false;
        setting.room--;
        setting.headers.push(decodeFrameHeader(message).header);
        return true;
      },
      get hasRoom() {
        return setting.room > 0;
      },
    };
  }

  /** Packets in each frame sent; -1 for the last one. */
  get sent(): number[] {
    return this.headers.map(({ packets, last }) => last ? -1 : packets);
  }

  /** Gives a batch of each size. */
  source(sizes: number[], between = () => {}): ReadableStream<BatchBuilder> {
    return ReadableStream.from(this.#batches(sizes, between));
  }

  async *#batches(
    sizes: number[],
    between: () => void,
  ): AsyncGenerator<BatchBuilder> {
    const context = plainContext(5, "kernel");
    const data = new Uint8Array(4);
    for (const size of sizes) {
      const builder = await this.pool.take();
      for (let left = size; left > 0; left--) {
        const packet = { seconds: 1, nanoseconds: 0, originalLength: 4, data };
        builder.add(packet, context);
      }
      yield builder;
      between();
    }
  }
}

function run(
  setting: Setting,
  source: ReadableStream<BatchBuilder>,
  options: {
    waits?: FakeWaits;
    patient?: boolean;
    signal?: AbortSignal;
    rateControl?: TransformStream<BatchBuilder, Parcel>;
  } = {},
): Promise<void> {
  const { waits = new FakeWaits(), patient = false, rateControl } = options;
  const { sender, pool } = setting;
  const signal = options.signal ?? new AbortController().signal;
  return runSend({ ...SEND_DEFAULTS, patient }, {
    source,
    pool,
    sender,
    ...(rateControl && { rateControl }),
    pause: waits.pause,
    signal,
  });
}

Deno.test("runSend() tells its totals first and last, and sends every batch between", async () => {
  using _timers = new FakeTimers();
  const setting = new Setting();
  await run(setting, setting.source([3, 1, 4, 1, 5]));
  assert.deepEqual(setting.sent, [0, 3, 1, 4, 1, 5, -1]);
  assert.equal(setting.headers.at(-1)?.totals.sent, 14);
});

Deno.test("runSend() gives every builder back", async () => {
  using _timers = new FakeTimers();
  const setting = new Setting();
  // With two builders the source could not go on otherwise.
  await run(setting, setting.source(new Array<number>(50).fill(1)));
  assert.equal(setting.ledger.totals.sent, 50);
  const taken = [await setting.pool.take(), await setting.pool.take()];
  assert(taken.every(({ packets }) => packets === 0));
});

Deno.test("runSend() tells its totals at every heartbeat, packets or none", async () => {
  using timers = new FakeTimers();
  const setting = new Setting();
  const periods: (number | undefined)[] = [];
  const source = setting.source([2, 2], () => {
    periods.push(timers.running?.period);
    timers.running?.callback();
    timers.running?.callback();
  });
  await run(setting, source);
  assert.deepEqual(setting.sent, [0, 2, 0, 0, 2, 0, 0, -1]);
  assert.deepEqual(periods, [5000, 5000]);
  assert.equal(timers.running, undefined);
});

Deno.test("runSend() drops at the high-water mark and goes on", async () => {
  using _timers = new FakeTimers();
  const setting = new Setting();
  setting.room = 3;
  await run(setting, setting.source([1, 2, 4, 8]));
  assert.deepEqual(setting.sent, [0, 1, 2]);
  const { sent, queue_dropped } = setting.ledger.totals;
  assert.deepEqual([sent, queue_dropped], [3, 12]);
});

Deno.test("runSend() waits a moment for room for its last word, which tells of what was dropped", async () => {
  using _timers = new FakeTimers();
  const setting = new Setting();
  setting.room = 2;
  const waits = new FakeWaits((count) => {
    if (count === 3) setting.room = 1;
  });
  await run(setting, setting.source([1, 2, 4]), { waits });
  assert.deepEqual(setting.sent, [0, 1, -1]);
  assert.equal(setting.headers.at(-1)?.totals.queue_dropped, 6);
  assert.deepEqual(waits.waits, new Array<string>(3).fill("5 ms"));
});

Deno.test("runSend() gives its last word up after a second without room", async () => {
  using _timers = new FakeTimers();
  const setting = new Setting();
  setting.room = 2;
  const waits = new FakeWaits();
  await run(setting, setting.source([1, 2]), { waits });
  assert.deepEqual(setting.sent, [0, 1]);
  assert.deepEqual(waits.waits, new Array<string>(200).fill("5 ms"));
});

Deno.test("runSend() waits at the high-water mark where packets can wait, for its last word too", async () => {
  using _timers = new FakeTimers();
  const setting = new Setting();
  setting.room = 2;
  const waits = new FakeWaits((count) => {
    if (count % 3 === 0) setting.room = 1;
  });
  const source = setting.source([1, 2, 4]);
  await run(setting, source, { patient: true, waits });
  assert.deepEqual(setting.sent, [0, 1, 2, 4, -1]);
  assert.equal(setting.ledger.totals.queue_dropped, 0);
  assert.deepEqual(waits.waits, new Array<string>(9).fill("5 ms"));
});

Deno.test("runSend() waits no longer when it is told to end, and counts what it drops", async () => {
  using _timers = new FakeTimers();
  const setting = new Setting();
  setting.room = 2;
  const stop = new AbortController();
  const waits = new FakeWaits((count) => {
    if (count === 4) stop.abort();
  });
  const source = setting.source([1, 2, 4]);
  await run(setting, source, { patient: true, waits, signal: stop.signal });
  const { sent, queue_dropped } = setting.ledger.totals;
  assert.deepEqual([sent, queue_dropped], [1, 6]);
  // After that it only waits the second that its last word gets.
  assert.equal(waits.waits.length, 4 + 200);
});

Deno.test("runSend() fails when its source does, after its last word, and leaves no timer", async () => {
  using timers = new FakeTimers();
  const setting = new Setting();
  const source = setting.source([1], () => {
    throw new Error("Cannot read a record");
  });
  await assert.rejects(run(setting, source), /Cannot read a record/);
  assert.equal(timers.running, undefined);
  assert.deepEqual(setting.sent, [0, 1, -1]);
  assert.equal(setting.headers.at(-1)?.totals.sent, 1);
});

/** A rate control that holds everything back until it is told that nothing more comes. */
function holdingBack(
  { sender, pool }: Setting,
  failure?: Error,
): TransformStream<BatchBuilder, Parcel> {
  const parcels: Parcel[] = [];
  return new TransformStream({
    transform(builder): void {
      const send = (): void => {
        sender.send(builder);
        pool.give(builder);
      };
      parcels.push({ send });
      if (failure !== undefined && parcels.length === 2) throw failure;
    },
    flush(controller): void {
      for (const parcel of parcels) controller.enqueue(parcel);
    },
  });
}

Deno.test("runSend() sends what its rate control holds when the source fails", async () => {
  using _timers = new FakeTimers();
  const setting = new Setting();
  let batches = 0;
  const source = setting.source([1, 2], () => {
    if (++batches === 2) throw new Error("Cannot read a record");
  });
  const rateControl = holdingBack(setting);
  await assert.rejects(
    run(setting, source, { rateControl }),
    /Cannot read a record/,
  );
  assert.deepEqual(setting.sent, [0, 1, 2, -1]);
});

Deno.test("runSend() fails when its rate control does, after its last word", async () => {
  using _timers = new FakeTimers();
  const setting = new Setting();
  const failure = new Error("Cannot compress");
  const rateControl = holdingBack(setting, failure);
  const source = setting.source([1, 2]);
  await assert.rejects(run(setting, source, { rateControl }), failure);
  assert.deepEqual(setting.sent, [0, -1]);
});
