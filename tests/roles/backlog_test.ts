// Whatever happens, and in whatever order: nothing is lost uncounted, nothing comes twice, and every reader gets whole packets.
import assert from "node:assert/strict";
import { PcapDestination } from "../../lib/roles/pcap_destination.ts";
import { FakeOutput } from "./fake_output.ts";
import { LogRecorder } from "./log_recorder.ts";
import { HEADER, NumberedChunks, readStream } from "./numbered_chunks.ts";

const RUNS = 300;
const STEPS = 60;

/** Numbers from 0 up to, not including, `end`, always the same for a seed. */
function makeRandom(seed: number): (end: number) => number {
  let state = seed * 2 + 1;
  return (end) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    state = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    state ^= state >>> 15;
    return (state >>> 0) % end;
  };
}

class Run {
  readonly output = new FakeOutput();
  readonly chunks = new NumberedChunks();
  readonly destination: PcapDestination;
  readonly #random: (end: number) => number;
  readonly #known: boolean;

  constructor(seed: number) {
    this.#random = makeRandom(seed);
    this.#known = seed % 2 === 0;
    this.output.room = this.#random(50);
    if (seed % 4 < 2) {
      this.output.pipe = { capacity: 100 + this.#random(3000), unread: 0 };
    }
    this.destination = new PcapDestination(this.output.opened, {
      header: () => HEADER,
      logger: new LogRecorder(),
      outputBuffer: this.#random(20_000),
    });
  }

  step(): void {
    const random = this.#random;
    const choice = random(10);
    if (choice < 5) {
      const bounds = !this.#known && random(4) === 0 ? "unknown" : "known";
      const shape = { size: 4 + random(300), bounds } as const;
      this.destination.offer(this.chunks.make(1 + random(6), shape));
    } else if (choice < 8) {
      this.output.read(random(3000));
      this.output.makeRoom(random(3000));
    } else if (choice === 8) this.output.cut();
    else this.output.broken = true;
    this.check();
  }

  check(): void {
    const { written, stalled_dropped, queued } = this.destination.counters;
    assert.equal(written + stalled_dropped + queued, this.chunks.packets);
  }

  /** Ends the run and compares the count with what the readers got. */
  async finish(): Promise<void> {
    await this.destination.close();
    this.check();
    assert.equal(this.destination.counters.queued, 0);
    assert.equal(this.chunks.held, 0);
    const numbers = this.output.streams.flatMap((stream) =>
      readStream(stream).numbers
    );
    assert.deepEqual(numbers, [...numbers].sort((one, other) => one - other));
    assert.equal(new Set(numbers).size, numbers.length);
    const { written } = this.destination.counters;
    // Packets of a chunk without bounds may have been received and yet count as dropped: nobody could know.
    if (this.#known) assert.equal(written, numbers.length);
    else assert.ok(written <= numbers.length);
  }
}

Deno.test("PcapDestination conserves packets whatever the output does", async () => {
  for (let seed = 0; seed < RUNS; seed++) {
    const run = new Run(seed);
    for (let step = 0; step < STEPS; step++) run.step();
    await run.finish();
  }
});
