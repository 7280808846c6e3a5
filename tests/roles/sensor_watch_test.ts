import assert from "node:assert/strict";
import { ReceiverLedger } from "../../lib/metrics/receiver_ledger.ts";
import { SensorWatch } from "../../lib/roles/sensor_watch.ts";
import { frameOf, headerOf } from "../metrics/sent_frames.ts";
import { FakeLogger } from "./fakes.ts";
import { ManualTimers } from "./rate_fakes.ts";

class Setting {
  readonly ledger = new ReceiverLedger();
  readonly logger = new FakeLogger();
  readonly timers = new ManualTimers();
  readonly watch = new SensorWatch({
    ledger: this.ledger,
    logger: this.logger,
    monotonic: this.timers.now,
  });

  hear(instance: bigint, last = false): void {
    const header = headerOf({ sensor: "gate", instance, last });
    this.ledger.book(frameOf(header), 1, this.timers.time);
  }

  lookAt(time: number): void {
    this.timers.time = time;
    this.watch.look();
  }

  get said(): [string, string, unknown][] {
    return this.logger.lines.map(({ level, message, properties }) => [
      level,
      message.replace(/ without.*/, ""),
      properties["sensors"],
    ]);
  }
}

const SILENT = "Sensors have fallen silent";
const BACK = "Sensors are heard of again";

Deno.test("SensorWatch says once that a sensor fell silent, and once that it is back", () => {
  const setting = new Setting();
  setting.hear(1n);
  for (const time of [10_000, 15_000]) setting.lookAt(time);
  assert.deepEqual(setting.said, []);
  for (const time of [15_001, 20_000, 30_000]) setting.lookAt(time);
  const key = "gate/0000000000000001";
  assert.deepEqual(setting.said, [["warn", SILENT, key]]);
  setting.hear(1n);
  for (const time of [30_001, 40_000]) setting.lookAt(time);
  assert.deepEqual(setting.said.slice(1), [["info", BACK, key]]);
});

Deno.test("SensorWatch says nothing of a sensor that said that it ends", () => {
  const setting = new Setting();
  setting.hear(1n, true);
  setting.lookAt(1_000_000);
  assert.deepEqual(setting.said, []);
});

Deno.test("SensorWatch says nothing of the Python original's senders, which are silent when there is nothing to send", () => {
  const setting = new Setting();
  const { batch } = frameOf(headerOf({}));
  setting.ledger.bookUnnumbered(batch, 1, { now: 0 });
  setting.lookAt(1_000_000);
  assert.deepEqual(setting.said, []);
});

Deno.test("SensorWatch says it of a thousand sensors in one line", () => {
  const setting = new Setting();
  for (let run = 1n; run <= 1000n; run++) setting.hear(run);
  setting.lookAt(20_000);
  const [line, ...others] = setting.logger.lines;
  assert.deepEqual(others, []);
  const { sensors, more } = line?.properties ?? {};
  assert.equal(`${sensors}`.split(", ").length, 8);
  assert.equal(more, 992);
});

Deno.test("SensorWatch looks every ten seconds until it is ended", () => {
  const setting = new Setting();
  setting.hear(1n);
  const end = setting.watch.start(setting.timers);
  setting.timers.advance(20_000);
  assert.equal(setting.said.length, 1);
  end();
  assert.equal(setting.timers.running, 0);
});
