import assert from "node:assert/strict";
import { SenderLedger } from "../../lib/metrics/sender_ledger.ts";
import { BuilderPool } from "../../lib/roles/builder_pool.ts";
import { FrameSender } from "../../lib/roles/frame_sender.ts";
import {
  FRAMES_IN_HAND,
  RateControlStream,
} from "../../lib/roles/rate_control_stream.ts";
import { runSend, SEND_DEFAULTS } from "../../lib/roles/send.ts";
import { FakeLogger } from "./fakes.ts";
import {
  ManualCompressor,
  ManualTimers,
  RecordingOutlet,
  settle,
} from "./rate_fakes.ts";
import { numbersOf, Traffic } from "./traffic.ts";

const RATE = {
  lowWatermark: 1,
  highWatermark: 0,
  watermarkInterval: 1,
  shed: "flow",
} as const;

class Setting {
  readonly timers = new ManualTimers();
  readonly outlet = new RecordingOutlet();
  readonly ledger = new SenderLedger();
  readonly logger = new FakeLogger();
  readonly sender = new FrameSender([this.outlet], {
    ledger: this.ledger,
    identity: { sensor: "gate", instance: 1n },
    now: () => 0,
  });
  readonly compressor: ManualCompressor;
  readonly stream: RateControlStream;

  constructor(compressor: ManualCompressor, patient = false) {
    this.compressor = compressor;
    this.stream = new RateControlStream({
      rate: RATE,
      method: { kind: "frame", codec: "deflate", level: undefined },
      flushTimeout: 200,
      compressor,
      timers: this.timers,
      monotonic: this.timers.now,
      logger: this.logger,
      sender: this.sender,
      ledger: this.ledger,
      pool: new BuilderPool(1),
      patient,
    });
  }
}

Deno.test("RateControlStream is a stage of runSend(), which waits for what is being compressed", async () => {
  const setting = new Setting(new ManualCompressor({ automatic: true }));
  const traffic = new Traffic();
  const source = new ReadableStream({
    pull(controller): void {
      if (traffic.packets >= 2000) controller.close();
      else controller.enqueue(traffic.builder(20));
    },
  }, { highWaterMark: 0 });
  await runSend(SEND_DEFAULTS, {
    source,
    pool: new BuilderPool(1),
    sender: setting.sender,
    rateControl: setting.stream,
    pause: () => Promise.resolve(),
    signal: new AbortController().signal,
  });
  assert.equal(setting.ledger.totals.sent, 2000);
  const numbers = numbersOf(setting.outlet.batches);
  assert.deepEqual(numbers, numbers.map((_, index) => index));
  assert.equal(numbers.length, 2000);
  assert.equal(setting.timers.running, 0);
});

Deno.test("RateControlStream says once when its state changes", async () => {
  const setting = new Setting(new ManualCompressor({ automatic: true }));
  const traffic = new Traffic();
  const done = setting.stream.readable.pipeTo(
    new WritableStream({ write: (parcel) => parcel.send() }),
  );
  const writer = setting.stream.writable.getWriter();
  for (let batch = 0; batch < 50; batch++) {
    await writer.write(traffic.builder(5));
    setting.timers.advance(1);
  }
  setting.timers.advance(3000);
  await writer.close();
  await done;
  assert.deepEqual(
    setting.logger.lines.map(({ level, message }) => `${level}: ${message}`),
    [
      "info: Rate control: frames are compressed",
      "info: Rate control: frames pass as they are",
    ],
  );
  const { from, to } = setting.logger.lines[0]?.properties ?? {};
  assert.deepEqual([from, to], ["pass", "compress"]);
});

Deno.test("RateControlStream takes no more while it has its fill in hand", async () => {
  const compressor = new ManualCompressor();
  const setting = new Setting(compressor, true);
  const traffic = new Traffic();
  const done = setting.stream.readable.pipeTo(
    new WritableStream({ write: (parcel) => parcel.send() }),
  );
  const writer = setting.stream.writable.getWriter();
  await writer.write(traffic.builder(5));
  setting.timers.advance(5);
  let taken = 0;
  for (let batch = 0; batch < 3 * FRAMES_IN_HAND; batch++) {
    void writer.write(traffic.builder(5)).then(() => taken++);
    await settle();
    setting.timers.advance(250);
  }
  assert.equal(compressor.tasks.length, FRAMES_IN_HAND);
  assert.equal(taken, FRAMES_IN_HAND);
  const closed = writer.close();
  while (taken < 3 * FRAMES_IN_HAND || compressor.tasks.length > 0) {
    compressor.tasks.shift()?.();
    await settle();
    setting.timers.advance(250);
  }
  compressor.tasks.shift()?.();
  await closed;
  await done;
  assert.equal(setting.ledger.totals.sent, traffic.packets);
});

Deno.test("RateControlStream fails when compression does", async () => {
  const compressor = new ManualCompressor();
  compressor.compress = () => Promise.reject(new Error("worker is gone"));
  const setting = new Setting(compressor);
  const traffic = new Traffic();
  const done = setting.stream.readable.pipeTo(
    new WritableStream({ write: (parcel) => parcel.send() }),
  );
  const writer = setting.stream.writable.getWriter();
  await writer.write(traffic.builder(5));
  setting.timers.advance(5);
  await writer.write(traffic.builder(5));
  setting.timers.advance(250);
  await assert.rejects(done, /worker is gone/);
  await assert.rejects(writer.closed);
  assert.equal(setting.timers.running, 0);
});
