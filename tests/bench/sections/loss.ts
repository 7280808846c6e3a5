import { measurePipe, type PipeResult } from "../measured_pipe.ts";
import { nflogPipe } from "../nflog_pipe.ts";
import {
  type BenchContext,
  type BenchSection,
  type BenchTable,
  type Cell,
  median,
} from "../section.ts";
import { type Load, TestBed } from "../test_bed.ts";

const PIPE = nflogPipe({ name: "nflog-zmq-send, nflog-pcap-recv" });

/** Ten seconds each, and five or more at the highest rate that the kernel's own flood reaches beside both programs, a million a second at most. */
const LOADS: readonly Load[] = [
  { size: 100, rate: 500_000, count: 5_000_000 },
  { size: 1400, rate: 300_000, count: 3_000_000 },
  { size: 100, rate: 0, count: 5_000_000 },
];

/** Packets lost where nothing may be, and whether every one of them is counted. */
export const lossSection: BenchSection = {
  name: "loss",
  title: "packets lost at high rates, and how many of them are counted",
  run,
};

async function run(context: BenchContext): Promise<BenchTable> {
  await using bed = await TestBed.open();
  const rows: Cell[][] = [];
  for (const each of LOADS) {
    const load = context.quick ? { ...each, count: each.count / 5 } : each;
    const results: PipeResult[] = [];
    for (let round = 0; round < context.rounds; round++) {
      context.say(`round ${round + 1}: ${load.size} bytes at ${load.rate}/s`);
      const place = { bed, folder: context.folder };
      results.push(await measurePipe(PIPE, load, place));
    }
    rows.push(rowOf(load, results));
  }
  return {
    columns: [
      ...["IP packet", "offered/s", "reached/s", "sent"],
      ...["lost, median", "lost, worst", "not counted", "sum µs"],
    ],
    rows,
    notes: [
      "Not counted is what was lost and is in no counter of either program, over all rounds; it must be 0.",
    ],
  };
}

function rowOf(load: Load, results: readonly PipeResult[]): Cell[] {
  const lost = results.map(({ sent, delivered }) => sent - delivered);
  const uncounted = results.map(({ lostAsTold }, round) =>
    Math.abs((lost[round] ?? NaN) - (lostAsTold ?? NaN))
  );
  return [
    `${load.size} bytes`,
    load.rate > 0 ? load.rate : "full",
    Math.round(median(results.map(({ rate }) => rate))),
    load.count,
    ...[median(lost), Math.max(...lost)],
    uncounted.reduce((sum, count) => sum + count, 0),
    median(results.map(({ cpu }) => cpu)),
  ];
}
