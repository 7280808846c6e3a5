import {
  cpuBetween,
  type ProcessUsage,
  readProcessUsage,
} from "../../helpers/process_usage.ts";
import type { RunningProcess } from "../../helpers/process.ts";
import { programCommand } from "../../helpers/programs.ts";
import { FifoReader } from "../fifo_reader.ts";
import { readTotals, stopWell } from "../nflog_pipe.ts";
import {
  type BenchContext,
  type BenchSection,
  type BenchTable,
  type Cell,
  median,
} from "../section.ts";
import { GROUP, type Load, TestBed } from "../test_bed.ts";

const MIB = 1024 * 1024;
/** MiB of the window. */
const WINDOW = 256;
/** Bytes that a packet takes in a window, and in a FIFO of classic pcap, besides its own. */
const RECORD = 16;
const FULL = [
  ...["--format", "pcapng", "--buffer-window", String(WINDOW)],
  ...["--buffer-interface", "tcp://127.0.0.1:*"],
];
/** Packets a second, half of which go to each receiver. */
const RATE = 300_000;
const LOADS: readonly Load[] = [
  { size: 100, rate: RATE, count: 2_000_000 },
  { size: 1400, rate: RATE, count: 2_000_000 },
];
/** Large packets after which all that a receiver does was compiled: ten thousand frames for each, for which small ones would take minutes. */
const COMPILING: Load = { size: 1400, rate: RATE, count: 4_000_000 };

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
      ...["IP packet", "packets/s each", "recv µs", "with both µs"],
      ...["recv MiB", "peak MiB", "with both MiB", "peak MiB"],
      ...["lost", "ratio"],
    ],
    rows,
    notes: [
      `CPU time of nflog-pcap-recv alone, in µs per packet, and its resident memory after the packets. Medians of ${context.rounds} round(s).`,
      "Both run at the same time and get the frames of one sender in turn, so what else happens to the machine happens to both. They are measured when the window is full and their code was compiled.",
    ],
  };
}

/** Resident memory after the packets and the most that it was, in MiB. */
interface Memory {
  now: number;
  peak: number;
}

/** What a round found, of the receiver with neither and of the one with both. */
interface Round {
  cpu: { plain: number; full: number };
  plain: Memory;
  full: Memory;
  lost: number;
}

async function compare(
  load: Load,
  bed: TestBed,
  context: BenchContext,
): Promise<Cell[]> {
  const rounds: Round[] = [];
  for (let round = 0; round < context.rounds; round++) {
    context.say(`round ${round + 1}: ${load.size} bytes`);
    await using pair = await ReceiverPair.open(bed, context.folder);
    rounds.push(await pair.measure(load, context.quick));
  }
  const of = (figure: (round: Round) => number): number =>
    median(rounds.map(figure));
  return [
    ...[`${load.size} bytes`, RATE / 2],
    ...[of(({ cpu }) => cpu.plain), of(({ cpu }) => cpu.full)],
    ...[of(({ plain }) => plain.now), of(({ plain }) => plain.peak)],
    ...[of(({ full }) => full.now), of(({ full }) => full.peak)],
    Math.max(...rounds.map(({ lost }) => lost)),
    of(({ cpu }) => cpu.full / cpu.plain),
  ];
}

let pairs = 0;

/** A sender and two receivers that get its frames in turn. */
class ReceiverPair implements AsyncDisposable {
  readonly #owned: AsyncDisposable;
  readonly #bed: TestBed;
  readonly #send: RunningProcess;
  readonly #plain: Receiver;
  readonly #full: Receiver;

  private constructor(
    owned: AsyncDisposable,
    { bed, send, plain, full }: {
      bed: TestBed;
      send: RunningProcess;
      plain: Receiver;
      full: Receiver;
    },
  ) {
    this.#owned = owned;
    this.#bed = bed;
    this.#send = send;
    this.#plain = plain;
    this.#full = full;
  }

  static async open(bed: TestBed, folder: string): Promise<ReceiverPair> {
    await using stack = new AsyncDisposableStack();
    const name = `${folder}/pair${pairs++}`;
    const receivers: Receiver[] = [];
    for (const [port, options] of [[7101, []], [7102, FULL]] as const) {
      const reader = stack.use(await FifoReader.open(`${name}.${port}`));
      const stats = `${name}.${port}.json`;
      const endpoint = `tcp://127.0.0.1:${port}`;
      const args = ["--stats-json", stats, ...options, endpoint, reader.path];
      const process = stack.use(bed.spawn(programCommand("recv", args)));
      receivers.push({ reader, stats, endpoint, process });
    }
    const [plain, full] = receivers as [Receiver, Receiver];
    const send = stack.use(bed.spawn(
      programCommand("send", [`${GROUP}`, plain.endpoint, full.endpoint]),
    ));
    await bed.waitForOwner(send);
    return new ReceiverPair(stack.move(), { bed, send, plain, full });
  }

  async measure(load: Load, quick: boolean): Promise<Round> {
    const count = Math.ceil(2 * WINDOW * MIB / (load.size + RECORD) * 1.05);
    const [plain, full] = [this.#plain, this.#full];
    if (!quick) await this.#flood(COMPILING);
    await this.#flood({ ...load, count });
    const before = [readingOf(plain), readingOf(full)] as const;
    await this.#flood(load);
    const after = [readingOf(plain), readingOf(full)] as const;
    for (const process of [this.#send, plain.process, full.process]) {
      await stopWell(process);
    }
    const [own, others] = [plain, full].map(({ stats }) =>
      readTotals(stats)["written"] ?? 0
    ) as [number, number];
    const bytes = after[0].bytes - before[0].bytes;
    const packets = bytes / (load.size + RECORD);
    const compiling = quick ? 0 : COMPILING.count;
    const lost = compiling + count + load.count - own - others;
    return {
      cpu: {
        plain: cpuOf(before[0], after[0], packets),
        full: cpuOf(before[1], after[1], load.count - lost - packets),
      },
      plain: memoryOf(after[0]),
      full: memoryOf(after[1]),
      lost,
    };
  }

  async #flood(load: Load): Promise<void> {
    await this.#bed.flood(load);
    await this.#plain.reader.waitForQuiet();
    await this.#full.reader.waitForQuiet();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned[Symbol.asyncDispose]();
  }
}

interface Receiver {
  reader: FifoReader;
  stats: string;
  endpoint: string;
  process: RunningProcess;
}

/** What a receiver has cost so far, and what came out of its FIFO. */
interface Reading {
  usage: ProcessUsage;
  bytes: number;
}

function readingOf({ process, reader }: Receiver): Reading {
  const usage = readProcessUsage(process.pid);
  return { usage, bytes: reader.bytesSoFar };
}

/** Microseconds of CPU time a packet. */
function cpuOf(before: Reading, after: Reading, packets: number): number {
  return cpuBetween(before.usage, after.usage) * 1000 / packets;
}

function memoryOf({ usage: { residentBytes, peakBytes } }: Reading): Memory {
  return {
    now: Math.round(residentBytes / MIB),
    peak: Math.round(peakBytes / MIB),
  };
}
