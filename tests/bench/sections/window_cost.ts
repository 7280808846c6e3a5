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

const MIB = 1024 * 1024;
/** MiB of the window. */
const WINDOW = 256;
/** Bytes that a packet of a window takes besides its own. */
const RECORD = 16;
/** Packets a second while the window fills. */
const FILL_RATE = { 100: 400_000, 1400: 150_000 } as const;

const PLAIN = nflogPipe({ name: "recv" });
const FULL = nflogPipe({
  name: "recv with both",
  receive: [
    ...["--format", "pcapng", "--buffer-window", String(WINDOW)],
    ...["--buffer-interface", "tcp://127.0.0.1:*"],
  ],
  recordOverhead: "varies",
});

const LOADS: readonly (Load & { size: 100 | 1400 })[] = [
  { size: 100, rate: 200_000, count: 1_000_000 },
  { size: 1400, rate: 200_000, count: 1_000_000 },
];

/** What a full window and pcapng cost the receiver. */
export const windowCostSection: BenchSection = {
  name: "window-cost",
  title:
    `recv with a full ${WINDOW} MiB window and pcapng, over recv with neither`,
  run,
};

async function run(context: BenchContext): Promise<BenchTable> {
  await using bed = await TestBed.open();
  const rows: Cell[][] = [];
  for (const each of LOADS) {
    const load = context.quick ? { ...each, count: each.count / 5 } : each;
    rows.push(await compare(load, bed, context));
  }
  return {
    columns: [
      ...["IP packet", "packets/s", "recv µs", "with both µs"],
      ...["recv MiB", "with both MiB", "lost", "ratio"],
    ],
    rows,
    notes: [
      `CPU time of nflog-pcap-recv alone, in µs per packet; MiB is the peak of resident memory. Medians of ${context.rounds} round(s), the two in turn; the ratio is that of the same round.`,
      "Both begin when as many packets as the window holds have gone through.",
    ],
  };
}

async function compare(
  load: Load & { size: 100 | 1400 },
  bed: TestBed,
  { rounds, folder, say }: BenchContext,
): Promise<Cell[]> {
  const count = Math.ceil(WINDOW * MIB / (load.size + RECORD) * 1.02);
  const warmUp = { count, rate: FILL_RATE[load.size] };
  const plain: PipeResult[] = [];
  const full: PipeResult[] = [];
  for (let round = 0; round < rounds; round++) {
    const turn = [[PLAIN, plain], [FULL, full]] as const;
    for (const [pipe, results] of round % 2 === 0 ? turn : turn.toReversed()) {
      say(`round ${round + 1}: ${load.size} bytes: ${pipe.name}`);
      results.push(await measurePipe(pipe, load, { bed, folder, warmUp }));
    }
  }
  const cpu = (results: readonly PipeResult[]): number[] =>
    results.map(({ processes }) => processes[1]?.cpu ?? NaN);
  const peak = (results: readonly PipeResult[]): number =>
    median(results.map(({ processes }) => processes[1]?.peakBytes ?? NaN));
  const lost = [...plain, ...full].map(({ sent, delivered }) =>
    sent - delivered
  );
  const before = cpu(plain);
  const ratios = cpu(full).map((each, round) => each / (before[round] ?? NaN));
  return [
    ...[`${load.size} bytes`, load.rate, median(before), median(cpu(full))],
    ...[Math.round(peak(plain) / MIB), Math.round(peak(full) / MIB)],
    ...[Math.max(...lost), median(ratios)],
  ];
}
