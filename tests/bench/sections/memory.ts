import { FifoReader } from "../fifo_reader.ts";
import { usageOf } from "../measured_pipe.ts";
import { nflogPipe } from "../nflog_pipe.ts";
import type {
  BenchContext,
  BenchSection,
  BenchTable,
  Cell,
} from "../section.ts";
import { type Load, TestBed } from "../test_bed.ts";

const MIB = 1024 * 1024;
/** One reading of the memory after each of these. */
const STEP: Load = { size: 100, rate: 400_000, count: 2_000_000 };
const STEPS_A_ROUND = 5;

/** Resident memory while packets go through, which must stay flat. */
export const memorySection: BenchSection = {
  name: "memory",
  title: "resident memory of both programs after millions of packets",
  run,
};

async function run(context: BenchContext): Promise<BenchTable> {
  await using bed = await TestBed.open();
  await using reader = await FifoReader.open(`${context.folder}/memory`);
  const pipe = nflogPipe({ name: "memory" });
  await using running = await pipe.start({
    bed,
    folder: context.folder,
    fifo: reader.path,
  });
  const load = context.quick ? { ...STEP, count: STEP.count / 5 } : STEP;
  const rows: Cell[][] = [];
  for (let step = 0; step <= STEPS_A_ROUND * context.rounds; step++) {
    const packets = step * load.count;
    context.say(`${packets / 1e6} million packets`);
    if (step > 0) await bed.flood(load);
    const usages = usageOf(running);
    rows.push([
      packets / 1e6,
      ...usages.flatMap(({ residentBytes, peakBytes }) => [
        Math.round(residentBytes / MIB),
        Math.round(peakBytes / MIB),
      ]),
    ]);
  }
  await running.stop();
  return {
    columns: [
      ...["million packets", "send MiB", "send peak MiB"],
      ...["recv MiB", "recv peak MiB"],
    ],
    rows,
    notes: [
      `Packets of ${load.size} bytes at ${load.rate}/s, ${STEPS_A_ROUND} steps a round: --rounds 10 is a hundred million.`,
    ],
  };
}
