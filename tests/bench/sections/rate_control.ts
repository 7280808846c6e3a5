import {
  cpuBetween,
  readProcessUsage,
  threadsBetween,
} from "../../helpers/process_usage.ts";
import { programCommand } from "../../helpers/programs.ts";
import { FifoReader } from "../fifo_reader.ts";
import {
  type BenchContext,
  type BenchSection,
  type BenchTable,
  type Cell,
  median,
} from "../section.ts";
import { GROUP, type Load, TestBed } from "../test_bed.ts";
import { writeContent } from "../traffic_content.ts";

/** How the sender is told to keep its rate. */
interface Variant {
  name: string;
  options: readonly string[];
}

/** What a sender did with the load. */
interface Outcome {
  captured: number;
  kernelDropped: number;
  rateDropped: number;
  queueDropped: number;
  /** Bytes sent by bytes captured. */
  ratio: number;
  /** CPU time of the sender per packet, in microseconds. */
  cpu: number;
  /** That of the threads that did most, in microseconds per packet. */
  threads: [name: string, cpu: number][];
}

/** Compresses everything, and drops nothing. */
const ALL = ["--rate-control", "--lwm=1", "--hwm=0"];
const VARIANTS: readonly Variant[] = [
  { name: "no rate control", options: [] },
  { name: "below lwm", options: ["--rate-control", "--lwm=500", "--hwm=0"] },
  { name: "all, zstd 1", options: [...ALL, "--level=1"] },
  { name: "all, zstd 3", options: ALL },
  { name: "all, deflate 1", options: [...ALL, "--codec=deflate", "--level=1"] },
  { name: "all, deflate 6", options: [...ALL, "--codec=deflate"] },
  { name: "1 to 5 MiB/s, by flow", options: ["--rate-control"] },
  { name: "1 to 5 MiB/s, by tail", options: ["--rate-control", "--shed=tail"] },
];
/** What must be captured without loss. */
const LOAD: Load = { size: 1000, rate: 100_000, count: 1_000_000 };
const ENDPOINT = "tcp://127.0.0.1:7102";
const STOP_TIMEOUT = 30_000;
let runs = 0;

/** What rate control costs the sender, and whether the kernel has to drop for it. */
export const rateControlSection: BenchSection = {
  name: "rate-control",
  title:
    "capture at 100,000 packets/s of 1000 bytes while frames are compressed",
  run,
};

async function run(context: BenchContext): Promise<BenchTable> {
  await using bed = await TestBed.open();
  const content = `${context.folder}/content`;
  const source = await writeContent(content);
  const count = context.quick ? LOAD.count / 5 : LOAD.count;
  const load = { ...LOAD, count, content };
  const outcomes = VARIANTS.map((): Outcome[] => []);
  for (let round = 0; round < context.rounds; round++) {
    for (const [index, variant] of VARIANTS.entries()) {
      context.say(`round ${round + 1}: ${variant.name}`);
      const place = { bed, folder: context.folder };
      outcomes[index]?.push(await measure(variant, load, place));
    }
  }
  return {
    columns: [
      ...["rate control", "captured", "kernel dropped", "rate dropped"],
      ...["queue dropped", "sent / captured", "send µs", "threads"],
    ],
    rows: VARIANTS.map((variant, index) =>
      rowOf(variant, outcomes[index] ?? [])
    ),
    notes: [
      `The packets carry ${source}. Counts are sums over all rounds; µs are CPU time of the sender per packet, with all its threads.`,
      "No row may have kernel drops. What a codec has no time for (deflate 6 does half of this) goes out uncompressed.",
    ],
  };
}

async function measure(
  { options }: Variant,
  load: Load,
  { bed, folder }: { bed: TestBed; folder: string },
): Promise<Outcome> {
  const number = runs++;
  const stats = `${folder}/rate${number}.json`;
  await using reader = await FifoReader.open(`${folder}/rate${number}`);
  await using receive = bed.spawn(
    programCommand("recv", [ENDPOINT, reader.path]),
  );
  await using send = bed.spawn(
    programCommand("send", [
      ...["--stats-json", stats, ...options, String(GROUP), ENDPOINT],
    ]),
  );
  await bed.waitForOwner(send);
  await bed.flood({ ...load, count: load.count / 10 });
  const before = readProcessUsage(send.pid);
  await bed.flood(load);
  await reader.waitForQuiet();
  const after = readProcessUsage(send.pid);
  for (const program of [send, receive]) {
    const { code, stderr } = await program.stop("SIGTERM", {
      timeout: STOP_TIMEOUT,
    });
    if (code !== 0) throw new Error(`Cannot measure: ${stderr}`);
  }
  const each = (milliseconds: number): number =>
    milliseconds * 1000 / load.count;
  const threads = [...threadsBetween(before, after)].slice(0, 3);
  return {
    ...countsOf(await Deno.readTextFile(stats)),
    cpu: each(cpuBetween(before, after)),
    threads: threads.map(([name, spent]) => [name, each(spent)]),
  };
}

function countsOf(stats: string): Omit<Outcome, "cpu" | "threads"> {
  const { totals } = JSON.parse(stats);
  return {
    captured: totals.captured,
    kernelDropped: totals.kernel_dropped,
    rateDropped: totals.rate_dropped,
    queueDropped: totals.queue_dropped,
    ratio: totals.sent_bytes / totals.captured_bytes,
  };
}

function rowOf({ name }: Variant, outcomes: readonly Outcome[]): Cell[] {
  const sum = (pick: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, outcome) => total + pick(outcome), 0);
  const threads = outcomes[0]?.threads ?? [];
  return [
    name,
    sum(({ captured }) => captured),
    sum(({ kernelDropped }) => kernelDropped),
    sum(({ rateDropped }) => rateDropped),
    sum(({ queueDropped }) => queueDropped),
    median(outcomes.map(({ ratio }) => ratio)),
    median(outcomes.map(({ cpu }) => cpu)),
    threads.map(([name, cpu]) => `${name} ${cpu.toFixed(2)}`).join(", "),
  ];
}
