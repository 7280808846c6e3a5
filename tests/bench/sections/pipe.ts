import {
  measurePipe,
  type Pipe,
  type PipeResult,
  type ProcessCost,
} from "../measured_pipe.ts";
import { nflogPipe } from "../nflog_pipe.ts";
import {
  type BenchContext,
  type BenchSection,
  type BenchTable,
  type Cell,
  median,
} from "../section.ts";
import { TCPDUMP_PIPE } from "../tcpdump_pipe.ts";
import { type Load, TestBed } from "../test_bed.ts";

const OURS = nflogPipe({ name: "nflog-zmq-send, nflog-pcap-recv" });
const THEIRS = TCPDUMP_PIPE;
const MIB = 1024 * 1024;
/** CPU time of the Python original's sender and receiver per packet, in microseconds, on such a machine. */
const PYTHON_CPU = 17 + 24;

const LOADS: readonly Load[] = [
  { size: 100, rate: 200_000, count: 1_000_000 },
  { size: 1400, rate: 200_000, count: 1_000_000 },
  { size: 100, rate: 0, count: 2_000_000 },
  { size: 1400, rate: 0, count: 1_000_000 },
];

/** CPU time, loss and memory beside the leanest pipe that C programs make. */
export const pipeSection: BenchSection = {
  name: "pipe",
  title: "send + recv beside tcpdump | socat -> socat, on the same load",
  run,
};

/** Both pipes' results with one load, round by round. */
interface Comparison {
  load: Load;
  ours: PipeResult[];
  theirs: PipeResult[];
}

async function run(context: BenchContext): Promise<BenchTable> {
  await using bed = await TestBed.open();
  // In a user namespace tcpdump ends at once: it insists on becoming the user tcpdump, who is not there.
  const comparable = Deno.uid() === 0;
  const comparisons: Comparison[] = LOADS.map((load) => ({
    load: context.quick ? { ...load, count: load.count / 5 } : load,
    ours: [],
    theirs: [],
  }));
  for (let round = 0; round < context.rounds; round++) {
    for (const { load, ours, theirs } of comparisons) {
      // Side by side in time, and each first in turn: the machine is shared.
      const turn: [Pipe, PipeResult[]][] = [[OURS, ours]];
      if (comparable) turn.push([THEIRS, theirs]);
      if (round % 2 === 1) turn.reverse();
      for (const [pipe, results] of turn) {
        context.say(`round ${round + 1}: ${describe(load)}: ${pipe.name}`);
        const place = { bed, folder: context.folder };
        results.push(await measurePipe(pipe, load, place));
      }
    }
  }
  return {
    columns: [
      ...["IP packet", "packets/s", "send µs", "recv µs", "sum µs"],
      ...["lost", "as told", "send MiB", "recv MiB"],
      ...["tcpdump µs", "socats µs", "sum µs", "lost", "ratio", "Python/ours"],
    ],
    rows: comparisons.map(rowOf),
    notes: [
      "CPU time is user + system of all threads, in µs per packet that came out of the FIFO; MiB is the peak of resident memory.",
      `Medians of ${context.rounds} round(s); the ratio is ours to theirs in the same round. Lost counts what did not come out of the FIFO, as told what the programs' own counters say.`,
      "Where packets are lost the CPU time of both is that of a machine at its limit: compare the loss too.",
      ...comparable ? [] : ["tcpdump was left out: it runs for root only."],
      ...comparisons.flatMap(threadNotes),
    ],
  };
}

function rowOf({ load, ours, theirs }: Comparison): Cell[] {
  const [send, receive] = processesOf(ours);
  const [tcpdump, ...socats] = processesOf(theirs);
  const cpu = (costs: readonly ProcessCost[] = []) =>
    median(costs.map((cost) => cost.cpu));
  const peak = (costs: readonly ProcessCost[] = []) =>
    Math.round(median(costs.map((cost) => cost.peakBytes)) / MIB);
  const lost = (results: readonly PipeResult[]) =>
    median(results.map(({ sent, delivered }) => sent - delivered));
  const sum = (results: readonly PipeResult[]) =>
    median(results.map((result) => result.cpu));
  const ratios = ours.map((result, round) =>
    result.cpu / (theirs[round]?.cpu ?? NaN)
  );
  return [
    ...[`${load.size} bytes`, offered(load, ours)],
    ...[cpu(send), cpu(receive), sum(ours)],
    ...[lost(ours), median(ours.map((result) => result.lostAsTold ?? NaN))],
    ...[peak(send), peak(receive)],
    ...[cpu(tcpdump), socats.reduce((total, costs) => total + cpu(costs), 0)],
    ...[sum(theirs), lost(theirs), median(ratios), PYTHON_CPU / sum(ours)],
  ];
}

/** The costs of each process, round by round. */
function processesOf(results: readonly PipeResult[]): ProcessCost[][] {
  const [first] = results;
  return (first?.processes ?? []).map((_, index) =>
    results.flatMap(({ processes }) => processes[index] ?? [])
  );
}

function offered(load: Load, results: readonly PipeResult[]): string {
  if (load.rate > 0) return String(load.rate);
  return `full: ${Math.round(median(results.map(({ rate }) => rate)))}`;
}

function describe({ size, rate }: Load): string {
  return `${size} bytes at ${rate > 0 ? `${rate}/s` : "full rate"}`;
}

/** Where the time went, by thread: compilation that never ends shows as `V8 DefaultWorke`. */
function threadNotes({ load, ours }: Comparison): string[] {
  return (ours.at(-1)?.processes ?? []).map(({ name, threads }) => {
    const shares = Object.entries(threads).slice(0, 4).map(([thread, cpu]) =>
      `${thread} ${cpu.toFixed(2)}`
    );
    return `Threads of ${name}, ${describe(load)}: ${shares.join(", ")} µs.`;
  });
}
