// Files of a dump, by size and by time, on outputs, a clock and timers that do as a test says.
import assert from "node:assert/strict";
import { BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import type { PacketBatch } from "../../lib/packet.ts";
import { CaptureParser } from "../../lib/pcapng/mod.ts";
import {
  type CaptureFormat,
  makeCaptureEncoder,
} from "../../lib/roles/capture_encoder.ts";
import { CaptureFile } from "../../lib/roles/capture_file.ts";
import {
  DumpWriter,
  type RotationOptions,
} from "../../lib/roles/dump_writer.ts";
import { PcapDestination } from "../../lib/roles/pcap_destination.ts";
import type { Timers } from "../../lib/roles/timers.ts";
import { FakeOutput } from "./fake_output.ts";
import { LogRecorder } from "./log_recorder.ts";

const CONTEXT = plainContext(5, "kernel", { inputInterface: "eth0" });

class Setting {
  time = new Date(2026, 4, 1, 12, 40).getTime();
  timer: { after: number; run: () => void } | undefined;
  readonly outputs: FakeOutput[] = [];
  readonly opened: Date[] = [];
  readonly logger = new LogRecorder();
  fault: Error | undefined;
  released = 0;
  packets = 0;
  readonly #format: CaptureFormat;

  constructor(format: CaptureFormat = "pcap") {
    this.#format = format;
  }

  open(rotation?: Partial<RotationOptions>): DumpWriter {
    const timers: Timers = {
      after: (after, run) => {
        this.timer = { after, run };
        return () => this.timer = undefined;
      },
      every: () => assert.fail("nothing is done every so often"),
    };
    return new DumpWriter({
      open: (date) => this.#openFile(date),
      rotation: rotation &&
        { maxSize: undefined, maxAge: undefined, ...rotation },
      now: () => new Date(this.time),
      timers,
      logger: this.logger,
    });
  }

  /** Lets so much time pass, as the timer was told to. */
  fire(early = 0): void {
    const { timer } = this;
    assert(timer !== undefined);
    this.time += timer.after - early;
    this.timer = undefined;
    timer.run();
  }

  write(writer: DumpWriter, ...sizes: number[]): void {
    writer.write(this.batch(...sizes), () => this.released++);
  }

  batch(...sizes: number[]): PacketBatch {
    const builder = new BatchBuilder(new Uint8Array(100_000));
    for (const size of sizes) {
      const data = new Uint8Array(size).fill(0x45);
      new DataView(data.buffer).setUint16(size - 2, this.packets++);
      const packet = { seconds: 1, nanoseconds: 0, originalLength: size, data };
      assert(builder.add(packet, CONTEXT));
    }
    return builder.build();
  }

  /** Numbers of the packets in each file. */
  async numbers(): Promise<number[][]> {
    const files = this.outputs.map(({ streams }) => streams.at(-1));
    return await Promise.all(files.map((file) => numbersOf(file)));
  }

  #openFile(date: Date): CaptureFile {
    if (this.fault !== undefined) throw this.fault;
    this.opened.push(date);
    const output = new FakeOutput();
    this.outputs.push(output);
    const encoder = makeCaptureEncoder(this.#format);
    return new CaptureFile({
      encoder,
      output: new PcapDestination(output.opened, {
        header: () => encoder.begin(),
        before: (chunk) => encoder.before(chunk),
        logger: this.logger,
      }),
    }, { sensor: "here", ledger: () => [] });
  }
}

// deno-lint-ignore require-await -- what is wrong with a file is told by a promise
async function numbersOf(file: Uint8Array | undefined): Promise<number[]> {
  const parser = new CaptureParser();
  parser.push(file ?? new Uint8Array(0));
  const numbers: number[] = [];
  for (let packet = parser.next(); packet; packet = parser.next()) {
    const [high = 0, low = 0] = packet.data.subarray(-2);
    numbers.push(high * 256 + low);
  }
  parser.end();
  return numbers;
}

Deno.test("DumpWriter writes everything to one file when nothing is said", async () => {
  const setting = new Setting();
  const writer = setting.open();
  setting.write(writer, 100, 200);
  setting.write(writer, 50);
  assert.equal(setting.released, 2);
  await writer.end();
  assert.equal(setting.timer, undefined);
  assert.deepEqual(await setting.numbers(), [[0, 1, 2]]);
  const { written, written_bytes, stalled_dropped } = writer.counters;
  assert.deepEqual([written, written_bytes, stalled_dropped], [3, 398, 0]);
});

Deno.test("DumpWriter begins a new file before the packet that would make one too large, in the middle of a batch", async () => {
  for (const format of ["pcap", "pcapng", "nflog"] as const) {
    const setting = new Setting(format);
    const writer = setting.open({ maxSize: 1000 });
    setting.write(writer, ...Array<number>(40).fill(84));
    assert.equal(setting.released, 1);
    await writer.end();
    const numbers = await setting.numbers();
    assert.deepEqual(numbers.flat(), Array.from({ length: 40 }, (_, n) => n));
    assert(numbers.length > 3 && numbers.length < 10, format);
    assert(
      new Set(numbers.slice(0, -1).map(({ length }) => length)).size === 1,
    );
    assert.equal(writer.counters.written, 40);
  }
});

Deno.test("DumpWriter fills files by size exactly, in classic pcap", async () => {
  const setting = new Setting();
  const writer = setting.open({ maxSize: 1000 });
  setting.write(writer, ...Array<number>(25).fill(84));
  await writer.end();
  const lengths = (await setting.numbers()).map(({ length }) => length);
  assert.deepEqual(lengths, [10, 10, 5]);
});

Deno.test("DumpWriter puts a packet that is larger than a file into one of its own", async () => {
  const setting = new Setting();
  const writer = setting.open({ maxSize: 1000 });
  setting.write(writer, 5000, 84, 5000, 84);
  await writer.end();
  assert.deepEqual(await setting.numbers(), [[0], [1], [2], [3]]);
});

Deno.test("DumpWriter begins a new file at each full hour, packets or none", async () => {
  const setting = new Setting();
  const writer = setting.open({ maxAge: 3600_000 });
  assert.equal(setting.timer?.after, 20 * 60_000);
  setting.write(writer, 100);
  setting.fire();
  assert.equal(setting.timer?.after, 3600_000);
  setting.fire();
  setting.write(writer, 100);
  setting.fire();
  await writer.end();
  assert.deepEqual(setting.opened.map((date) => date.getHours()), [
    ...[12, 13, 14, 15],
  ]);
  assert.deepEqual(await setting.numbers(), [[0], [], [1], []]);
});

Deno.test("DumpWriter waits on when its timer comes early or the clock is set back", async () => {
  const setting = new Setting();
  const writer = setting.open({ maxAge: 60_000 });
  setting.fire(5);
  assert.equal(setting.timer?.after, 5);
  assert.equal(setting.outputs.length, 1);
  setting.time -= 3600_000;
  setting.fire();
  assert.equal(setting.outputs.length, 1);
  setting.fire();
  assert.equal(setting.outputs.length, 2);
  await writer.end();
});

Deno.test("DumpWriter goes on in the last file when no new one can be begun, and tries again", async () => {
  const setting = new Setting();
  const writer = setting.open({ maxSize: 1000 });
  setting.write(writer, ...Array<number>(10).fill(84));
  setting.fault = new Error("Cannot write x: no");
  setting.write(writer, 84, 84);
  assert(
    setting.logger.count(/Cannot begin a new file: Cannot write x: no/) > 0,
  );
  assert.equal(setting.outputs.length, 1);
  setting.fault = undefined;
  setting.write(writer, 84);
  await writer.end();
  assert.deepEqual((await setting.numbers()).map(({ length }) => length), [
    ...[12, 1],
  ]);
  assert.equal(setting.released, 3);
});

Deno.test("DumpWriter fails at once when the first file cannot be begun", () => {
  const setting = new Setting();
  setting.fault = new Error("Cannot write x: no");
  assert.throws(() => setting.open(), setting.fault);
});

Deno.test("DumpWriter gives up an output that nobody reads, and lets go of what waits for it", async () => {
  const setting = new Setting();
  const writer = setting.open();
  const [output] = setting.outputs;
  assert(output !== undefined);
  output.room = 0;
  output.state = "waiting for a reader";
  setting.write(writer, 100);
  assert.equal(setting.released, 0);
  await writer.giveUp(60_000);
  assert.equal(setting.released, 1);
  setting.write(writer, 100);
  assert.equal(setting.released, 2);
  assert.equal(writer.counters.stalled_dropped, 2);
  await writer.end();
});

Deno.test("each pcapng file of a series describes its interfaces and ends with statistics", async () => {
  const setting = new Setting("pcapng");
  const writer = setting.open({ maxSize: 500 });
  for (let round = 0; round < 5; round++) setting.write(writer, 100, 100);
  await writer.end();
  assert(setting.outputs.length > 1);
  for (const { streams } of setting.outputs) {
    const file = streams.at(-1) ?? new Uint8Array(0);
    const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    const types: number[] = [];
    for (let at = 0; at < file.length; at += view.getUint32(at + 4, true)) {
      types.push(view.getUint32(at, true));
    }
    assert.deepEqual(types.slice(0, 2), [0x0a0d0d0a, 1]);
    assert.equal(types.at(-1), 5);
  }
});
