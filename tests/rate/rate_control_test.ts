import assert from "node:assert/strict";
import {
  RATE_CONTROL_DEFAULTS,
  type RateControlOptions,
} from "../../lib/rate/rate_control.ts";
import { type Outcome, sentRate, simulate } from "./simulation.ts";

const MIB = 1024 * 1024;

function options(
  changes: Partial<RateControlOptions> = {},
): RateControlOptions {
  return { ...RATE_CONTROL_DEFAULTS, ...changes };
}

/** The states one after the other, "pass" first. */
function states({ changes }: Outcome): string[] {
  return ["pass", ...changes.map(({ to }) => to)];
}

/** Whether every packet offered was sent, shed or dropped. */
function assertConserved({ packets }: Outcome): void {
  assert.equal(
    packets.sent + packets.shed + packets.dropped,
    packets.offered,
  );
}

Deno.test("RateControl leaves alone what is below the low watermark", () => {
  const outcome = simulate(options(), {
    rate: () => 0.9 * MIB,
    ratio: 0.5,
    duration: 10_000,
  });
  assert.deepEqual(states(outcome), ["pass"]);
  assert(outcome.sent.every(({ compressed }) => !compressed));
  assert.equal(outcome.packets.sent, outcome.packets.offered);
});

Deno.test("RateControl compresses from the low watermark on, and stays at it while it works", () => {
  const outcome = simulate(options(), {
    rate: () => 1.2 * MIB,
    ratio: 0.4,
    duration: 20_000,
  });
  assert.deepEqual(states(outcome), ["pass", "compress"]);
  assert.equal(outcome.changes[0]?.now, 1000);
  assert.equal(Math.round((outcome.changes[0]?.offered ?? 0) / MIB * 10), 12);
  assert.equal(outcome.packets.sent, outcome.packets.offered);
  assert(sentRate(outcome, 2000, 20_000) < 0.5 * MIB);
});

Deno.test("RateControl leaves compression within a second of the stream's going quiet", () => {
  const outcome = simulate(options(), {
    rate: (now) => now < 5000 ? 3 * MIB : 1000,
    ratio: 0.5,
    duration: 8000,
  });
  assert.deepEqual(states(outcome), ["pass", "compress", "pass"]);
  const back = outcome.changes[1]?.now ?? 0;
  assert(back > 5000 && back <= 7000, `${back} ms`);
});

Deno.test("RateControl leaves compression when nothing comes at all", () => {
  const outcome = simulate(options(), {
    rate: (now) => now < 5000 ? 3 * MIB : 0,
    ratio: 0.5,
    duration: 8000,
  });
  assert.deepEqual(states(outcome), ["pass", "compress", "pass"]);
});

Deno.test("RateControl looks at the rate as soon as the interval has gone by", () => {
  const outcome = simulate(options({ highWatermark: 0 }), {
    rate: () => 100 * MIB,
    ratio: 0.5,
    duration: 1000,
  });
  const [change] = outcome.changes;
  assert.equal(change?.to, "compress");
  assert(change.now <= 110, `after ${change.now} ms`);
});

Deno.test("RateControl does not drop what fits once it is compressed", () => {
  const outcome = simulate(options(), {
    rate: () => 9 * MIB,
    ratio: 0.5,
    duration: 20_000,
  });
  assert.deepEqual(states(outcome), ["pass", "compress"]);
  assert.equal(outcome.packets.sent, outcome.packets.offered);
});

Deno.test("RateControl lets a burst of one second pass", () => {
  for (const shed of ["tail", "flow"] as const) {
    const outcome = simulate(options({ lowWatermark: 0, shed }), {
      rate: (now) => now >= 3000 && now < 3040 ? 120 * MIB : 1000,
      ratio: 1,
      duration: 6000,
    });
    assert.equal(outcome.packets.sent, outcome.packets.offered, shed);
    assert.equal(outcome.control.state, "pass");
  }
});

for (const shed of ["tail", "flow"] as const) {
  Deno.test(`RateControl keeps to the high watermark by ${shed}, and drops no more than that`, () => {
    for (const [factor, ratio] of [[3, 0.6], [10, 0.5], [40, 0.9]] as const) {
      const outcome = simulate(options({ shed }), {
        rate: () => factor * 5 * MIB,
        ratio,
        duration: 30_000,
      });
      assertConserved(outcome);
      const rate = sentRate(outcome, 10_000, 30_000) / MIB;
      assert(rate > 3.8 && rate < 5.1, `${factor} ${ratio}: ${rate} MiB/s`);
      assert.equal(outcome.control.state, "shed");
      // At 200 MiB/s the burst is gone before the rate is looked at for the first time.
      const between = factor === 40 ? [] : ["compress"];
      assert.deepEqual(states(outcome), ["pass", ...between, "shed"]);
    }
  });

  Deno.test(`RateControl comes back from dropping by ${shed}`, () => {
    const outcome = simulate(options({ shed }), {
      rate: (now) => now < 10_000 ? 50 * MIB : now < 20_000 ? 3 * MIB : 1000,
      ratio: 0.6,
      duration: 30_000,
    });
    assert.deepEqual(states(outcome), [
      "pass",
      "compress",
      "shed",
      "compress",
      "pass",
    ]);
    const [, , , back, quiet] = [undefined, ...outcome.changes];
    assert((back?.now ?? 0) <= 12_000, `${back?.now} ms`);
    assert((quiet?.now ?? 0) <= 22_000, `${quiet?.now} ms`);
  });

  Deno.test(`RateControl sends no more than its rate, a burst and a frame by ${shed}`, () => {
    const rate = (now: number): number =>
      now % 4000 < 700 ? 200 * MIB : 2 * MIB;
    const outcome = simulate(options({ shed }), {
      rate,
      ratio: 0.8,
      duration: 20_000,
      delay: 50,
    });
    assertConserved(outcome);
    const largest = Math.max(...outcome.sent.map(({ size }) => size));
    for (const { now: from } of outcome.sent.filter((_, at) => at % 50 === 0)) {
      let sum = 0;
      for (const { now, size } of outcome.sent) {
        if (now < from) continue;
        sum += size;
        const most = 5 * MIB * ((now - from) / 1000 + 1) + largest;
        assert(sum <= most, `${from} to ${now} ms: ${sum} of ${most}`);
      }
    }
  });
}

Deno.test("RateControl keeps flows whole where tail tears them", () => {
  const traffic = { rate: () => 40 * MIB, ratio: 0.8, duration: 20_000 };
  const whole = (shed: "flow" | "tail"): number => {
    const { flows } = simulate(options({ shed }), traffic);
    return [...flows.values()].filter(({ offered, passed }) =>
      passed > 0.98 * offered
    ).length;
  };
  assert.equal(whole("tail"), 0);
  const kept = whole("flow");
  assert(kept > 30, `${kept} of 500 flows are whole`);
});

Deno.test("RateControl passes the same flows each time it is asked", () => {
  const run = (): Outcome =>
    simulate(options(), {
      rate: () => 40 * MIB,
      ratio: 0.8,
      duration: 5000,
    });
  assert.deepEqual(run().flows, run().flows);
});

Deno.test("RateControl never compresses with a low watermark of 0", () => {
  const outcome = simulate(options({ lowWatermark: 0 }), {
    rate: () => 20 * MIB,
    ratio: 0.5,
    duration: 10_000,
  });
  assert.deepEqual(states(outcome), ["pass", "shed"]);
  assert(outcome.sent.every(({ compressed }) => !compressed));
  const rate = sentRate(outcome, 5000, 10_000) / MIB;
  assert(rate > 3.8 && rate < 5.1, `${rate} MiB/s`);
});

Deno.test("RateControl never drops with a high watermark of 0", () => {
  const outcome = simulate(options({ highWatermark: 0 }), {
    rate: () => 300 * MIB,
    ratio: 0.9,
    duration: 3000,
  });
  assert.deepEqual(states(outcome), ["pass", "compress"]);
  assert.equal(outcome.packets.sent, outcome.packets.offered);
});

Deno.test("RateControl keeps to a rate that is less than a frame", () => {
  for (const shed of ["tail", "flow"] as const) {
    const outcome = simulate(
      options({ lowWatermark: 0, highWatermark: 5000, shed }),
      { rate: () => 5 * MIB, ratio: 1, duration: 120_000 },
    );
    assertConserved(outcome);
    const rate = sentRate(outcome, 20_000, 120_000);
    assert(rate > 2000 && rate < 6000, `${shed}: ${rate} bytes/s`);
  }
});

Deno.test("RateControl accounts for every packet, whatever the settings", () => {
  const rates: Record<string, (now: number) => number> = {
    steady: () => 12 * MIB,
    rising: (now) => now * 4000,
    saw: (now) => (now % 3000) * 10_000,
    bursts: (now) => now % 500 < 20 ? 300 * MIB : 10_000,
  };
  for (const lowWatermark of [0, 1000, MIB]) {
    for (const highWatermark of [0, MIB, 5 * MIB]) {
      for (const watermarkInterval of [0, 10_000, 10 * MIB]) {
        for (const shed of ["tail", "flow"] as const) {
          for (const [name, rate] of Object.entries(rates)) {
            const outcome = simulate(
              { lowWatermark, highWatermark, watermarkInterval, shed },
              { rate, ratio: 0.6, duration: 4000, flows: 100 },
            );
            assertConserved(outcome);
            const { shed: flows, dropped } = outcome.packets;
            if (highWatermark === 0) assert.equal(flows + dropped, 0, name);
            if (shed === "tail") assert.equal(flows, 0, name);
          }
        }
      }
    }
  }
});
