import assert from "node:assert/strict";
import { plainContext } from "../../lib/batch_builder.ts";
import { decodeFrameHeader } from "../../lib/wire/frame_header_decoder.ts";
import { makeFrameBuilder } from "../../lib/roles/builder_pool.ts";
import { isMissing } from "../wire/codecs.ts";
import {
  ManualCompressor,
  RateBench,
  type RateBenchOptions,
  settle,
} from "./rate_fakes.ts";
import { numbersOf, packetsOf, Traffic } from "./traffic.ts";

const CONTEXT = plainContext(5, "kernel");

/** Compression begins at once: any rate is above the watermark, and it is looked at after any byte. */
const AT_ONCE = { lowWatermark: 1, highWatermark: 0, watermarkInterval: 1 };

/** Numbers from 0 up to and without one. */
function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Takes builders as a capture fills them, and brings compression about. */
function startCompressing(bench: RateBench, traffic: Traffic): void {
  bench.stage.takeBuilder(traffic.builder(2), () => {});
  bench.timers.advance(2);
  bench.control.look(bench.timers.time);
  assert(bench.control.compresses);
}

function codecsOf(bench: RateBench): string[] {
  return bench.outlet.messages.map((message) =>
    decodeFrameHeader(message).header.codec
  );
}

Deno.test("RateStage sends below the low watermark as it comes, at once and from its own memory", () => {
  const bench = new RateBench();
  const traffic = new Traffic();
  let released = 0;
  for (let batch = 0; batch < 5; batch++) {
    bench.stage.takeBuilder(traffic.builder(3), () => released++);
    assert.equal(bench.outlet.messages.length, batch + 1);
    assert.equal(released, batch + 1);
    bench.timers.advance(10);
  }
  assert.deepEqual(codecsOf(bench), Array(5).fill("none"));
  assert.deepEqual(numbersOf(bench.outlet.batches), upTo(15));
  assert.equal(bench.ledger.totals.sent, 15);
  assert.equal(bench.timers.running, 0);
});

for (const codec of ["zstd", "deflate"] as const) {
  Deno.test({
    name:
      `RateStage gathers and compresses by ${codec} from the low watermark on`,
    ignore: isMissing(codec),
  }, async () => {
    const bench = new RateBench({ rate: AT_ONCE, codec });
    const traffic = new Traffic();
    startCompressing(bench, traffic);
    for (let batch = 0; batch < 200; batch++) {
      bench.stage.takeBuilder(traffic.builder(10), () => {});
      bench.timers.advance(1);
      await settle();
    }
    bench.stage.flush();
    await settle();
    assert.deepEqual(numbersOf(bench.outlet.batches), upTo(traffic.packets));
    const [first, ...rest] = codecsOf(bench);
    assert.equal(first, "none");
    assert(rest.every((name) => name === codec));
    assert(rest.length < 15, `${rest.length} frames of ${traffic.packets}`);
    const { sent, sent_bytes } = bench.ledger.totals;
    assert.equal(sent, traffic.packets);
    assert.equal(sent_bytes, bench.outlet.bytes);
    const groups = bench.ledger.groups;
    assert.equal(groups.get(5)?.sent, sent - (groups.get(6)?.sent ?? 0));
  });
}

Deno.test("RateStage holds packets no longer than the flush timeout", async () => {
  const bench = new RateBench({ rate: AT_ONCE, flushTimeout: 70 });
  const traffic = new Traffic();
  startCompressing(bench, traffic);
  bench.stage.takeBuilder(traffic.builder(1), () => {});
  bench.timers.advance(40);
  bench.stage.takeBuilder(traffic.builder(1), () => {});
  bench.timers.advance(29);
  await settle();
  assert.equal(bench.outlet.messages.length, 1);
  bench.timers.advance(1);
  await settle();
  assert.equal(bench.outlet.messages.length, 2);
  assert.deepEqual(numbersOf(bench.outlet.batches), upTo(4));
  assert.equal(bench.timers.running, 0);
});

Deno.test("RateStage keeps the order, whichever frame is compressed first", async () => {
  const compressor = new ManualCompressor();
  const bench = new RateBench({ rate: AT_ONCE, compressor });
  const traffic = new Traffic();
  startCompressing(bench, traffic);
  for (let frame = 0; frame < 6; frame++) {
    // The fourth finds the compressor busy and goes uncompressed.
    compressor.isBusy = frame === 3;
    bench.stage.takeBuilder(traffic.builder(20), () => {});
    bench.stage.flush();
  }
  compressor.isBusy = false;
  assert.equal(compressor.tasks.length, 5);
  for (const index of [4, 2, 1]) {
    compressor.tasks[index]?.();
    await settle();
    assert.equal(bench.outlet.messages.length, 1);
  }
  compressor.tasks[0]?.();
  await settle();
  assert.equal(bench.outlet.messages.length, 5);
  compressor.tasks[3]?.();
  await settle();
  assert.deepEqual(numbersOf(bench.outlet.batches), upTo(traffic.packets));
  assert.deepEqual(codecsOf(bench).map((codec) => codec === "none"), [
    true,
    false,
    false,
    false,
    true,
    false,
    false,
  ]);
  const numbers = bench.outlet.messages.map((message) =>
    decodeFrameHeader(message).header
  );
  assert.deepEqual(numbers.map(({ number }) => number), upTo(7));
  let sent = 0;
  for (const { totals, packets } of numbers) {
    assert.equal(totals.sent, sent);
    sent += packets;
  }
});

Deno.test("RateStage waits for the compressor where packets can wait", async () => {
  const compressor = new ManualCompressor();
  compressor.isBusy = true;
  const bench = new RateBench({ rate: AT_ONCE, compressor, patient: true });
  const traffic = new Traffic();
  startCompressing(bench, traffic);
  bench.stage.takeBuilder(traffic.builder(20), () => {});
  bench.stage.flush();
  assert.equal(compressor.tasks.length, 1);
  compressor.tasks[0]?.();
  await settle();
  assert.equal(codecsOf(bench)[1], "deflate");
});

Deno.test("RateStage goes back to sending as it comes, in order", async () => {
  const compressor = new ManualCompressor();
  const rate = { ...AT_ONCE, lowWatermark: 10_000, watermarkInterval: 0 };
  const bench = new RateBench({ rate, compressor });
  const traffic = new Traffic();
  let released = 0;
  const take = (packets: number): void =>
    bench.stage.takeBuilder(traffic.builder(packets), () => released++);
  take(150);
  bench.timers.advance(950);
  take(2);
  bench.timers.advance(50);
  take(5);
  assert(bench.control.compresses);
  bench.stage.flush();
  bench.timers.advance(900);
  take(5);
  bench.timers.advance(100);
  assert.equal(released, 4);
  assert.equal(compressor.tasks.length, 1);
  // What was gathered goes first, and what comes now waits for its turn.
  take(5);
  assert(!bench.control.compresses);
  assert.equal(released, 4);
  assert.equal(bench.outlet.messages.length, 2);
  compressor.tasks[0]?.();
  await settle();
  assert.equal(released, 5);
  assert.deepEqual(numbersOf(bench.outlet.batches), upTo(167));
  assert.deepEqual(codecsOf(bench), [
    "none",
    "none",
    "deflate",
    "none",
    "none",
  ]);
});

Deno.test("RateStage takes a batch as full as a sender's builder gets", async () => {
  const bench = new RateBench({ rate: AT_ONCE });
  const traffic = new Traffic();
  startCompressing(bench, traffic);
  const full = makeFrameBuilder();
  while (full.limit - full.end > 1300) {
    const data = traffic.packet();
    full.add(
      { seconds: 1, nanoseconds: 1, originalLength: data.length, data },
      CONTEXT,
    );
  }
  bench.stage.takeBuilder(traffic.builder(1), () => {});
  bench.stage.takeBuilder(full, () => {});
  bench.stage.flush();
  await settle();
  assert.equal(bench.ledger.totals.sent, traffic.packets);
});

Deno.test("RateStage sends what compression does not make smaller as it is", async () => {
  const bench = new RateBench({ rate: AT_ONCE });
  startCompressing(bench, new Traffic());
  const builder = makeFrameBuilder();
  const data = crypto.getRandomValues(new Uint8Array(60_000));
  builder.add(
    { seconds: 9, nanoseconds: 0, originalLength: 60_000, data },
    CONTEXT,
  );
  bench.stage.takeBuilder(builder, () => {});
  bench.stage.flush();
  await settle();
  assert.deepEqual(codecsOf(bench), ["none", "none"]);
  assert.equal(bench.outlet.batches[1]?.packets, 1);
});

Deno.test("RateStage tells when compression fails", async () => {
  const compressor = new ManualCompressor();
  compressor.compress = () => Promise.reject(new Error("worker is gone"));
  const bench = new RateBench({ rate: AT_ONCE, compressor });
  const traffic = new Traffic();
  startCompressing(bench, traffic);
  bench.stage.takeBuilder(traffic.builder(5), () => {});
  bench.stage.flush();
  await settle();
  assert.match(String(bench.errors[0]), /worker is gone/);
});

Deno.test("RateStage gathers packets that come singly, for as long as it is told", async () => {
  const bench = new RateBench({ gatherTimeout: 20 });
  const traffic = new Traffic();
  for (let packet = 0; packet < 10; packet++) {
    bench.stage.takeBatch(traffic.builder(1).build());
    bench.timers.advance(1);
  }
  assert.equal(bench.outlet.messages.length, 0);
  bench.timers.advance(10);
  await settle();
  assert.equal(bench.outlet.messages.length, 1);
  assert.deepEqual(numbersOf(bench.outlet.batches), upTo(10));
});

for (const wire of ["frames", "legacy"] as const) {
  Deno.test(`RateStage sheds whole flows, in ${wire}`, async () => {
    const rate = {
      lowWatermark: 20_000,
      highWatermark: 200_000,
      watermarkInterval: 0,
    };
    const bench = new RateBench({ rate, wire });
    const traffic = new Traffic({ flows: 200 });
    bench.timers.every(1000, () => bench.control.look(bench.timers.time));
    for (let step = 0; step < 1500; step++) {
      const builder = traffic.builder(20);
      bench.ledger.bookReplayed(builder.build());
      bench.stage.takeBuilder(builder, () => {});
      bench.timers.advance(10);
      await settle();
    }
    assert.equal(bench.control.state, "shed");
    bench.stage.flush();
    await settle();
    const { captured, sent, rate_dropped, queue_dropped } = bench.ledger.totals;
    assert.equal(captured, 30_000);
    assert.equal(sent + rate_dropped + queue_dropped, captured);
    assert(rate_dropped > 20_000);
    const seconds = bench.timers.time / 1000;
    assert(bench.outlet.bytes < 200_000 * (seconds + 1) + 200_000);
    assert(bench.outlet.bytes > 200_000 * seconds * 0.7);
    // In the second half only the same flows pass, each whole.
    const late = packetsOf(bench.outlet.batches)
      .filter(({ number }) => number > 15_000);
    const flows = new Set(late.map(({ flow }) => flow));
    assert(flows.size < 80, `${flows.size} of 200 flows pass`);
  });
}

function settings(): RateBenchOptions[] {
  const all: RateBenchOptions[] = [];
  for (const wire of ["frames", "legacy"] as const) {
    for (const shed of ["tail", "flow"] as const) {
      for (const lowWatermark of [0, 20_000]) {
        for (const highWatermark of [0, 50_000, 400_000]) {
          for (const patient of [false, true]) {
            const rate = {
              lowWatermark,
              highWatermark,
              shed,
              watermarkInterval: 50_000,
            };
            all.push({ rate, wire, patient });
          }
        }
      }
    }
  }
  return all;
}

Deno.test("captured = sent + rate_dropped + queue_dropped, whatever the settings", async () => {
  for (const options of settings()) {
    const bench = new RateBench(options);
    const traffic = new Traffic();
    for (let step = 0; step < 120; step++) {
      // Full queues in the middle, and a compressor that is busy at times.
      bench.outlet.room = step % 40 > 30 ? 0 : Infinity;
      bench.compressor.isBusy = step % 7 === 0;
      const builder = traffic.builder(step % 50 < 25 ? 60 : 1);
      bench.ledger.bookReplayed(builder.build());
      bench.stage.takeBuilder(builder, () => {});
      bench.timers.advance(step % 3 === 0 ? 150 : 10);
      await settle();
    }
    bench.stage.flush();
    await settle();
    const { totals, groups } = bench.ledger;
    const where = JSON.stringify(options);
    assert.equal(totals.captured, traffic.packets);
    assert.equal(
      totals.sent + totals.rate_dropped + totals.queue_dropped,
      totals.captured,
      where,
    );
    for (const group of groups.values()) {
      const { captured, sent, rate_dropped, queue_dropped } = group;
      assert.equal(sent + rate_dropped + queue_dropped, captured, where);
    }
    const numbers = numbersOf(bench.outlet.batches);
    assert.equal(numbers.length, totals.sent);
    assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b), where);
    assert.equal(totals.sent_bytes, bench.outlet.bytes);
    assert.equal(bench.timers.running, 0);
  }
});
