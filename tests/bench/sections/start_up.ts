import {
  buildExecutables,
  type Executables,
} from "../../helpers/executables.ts";
import { type CommandLine, RunningProcess } from "../../helpers/process.ts";
import { programCommand } from "../../helpers/programs.ts";
import {
  type BenchContext,
  type BenchSection,
  type BenchTable,
  type Cell,
  median,
} from "../section.ts";
import { pause } from "../../../lib/roles/pause.ts";
import { GROUP, TestBed } from "../test_bed.ts";

const RUNS = 10;
/** Where the sender's frames go. */
const ENDPOINT = "tcp://127.0.0.1:5555";
/** Packets a millisecond apart, for as long as a program may take to start. */
const TRAFFIC = { size: 100, rate: 1000, count: 3000 } as const;
/** Bytes of a pcap file's header and of the header of a record. */
const PCAP = { HEADER: 24, RECORD: 16 } as const;
const POLL_INTERVAL = 5;
const POLLS = 1000;

/** Time from nothing to the end of a program that only says something about itself, and to the first packet of one that captures. */
export const startUpSection: BenchSection = {
  name: "start-up",
  title: "start-up time of the programs, beside tcpdump's",
  run,
};

async function run(context: BenchContext): Promise<BenchTable> {
  const built = await buildExecutables(["nflog-zmq-send", "nflog-pcap-recv"]);
  const runs = context.quick ? RUNS / 5 : RUNS * context.rounds;
  const rows = [
    ...await timeEnds(commandsThatEnd(built), runs, context),
    ...await timeFirstPackets(capturers(built), runs, context),
  ];
  return {
    columns: ["what", "least ms", "median ms", "worst ms"],
    rows,
    notes: [
      `${runs} runs of each in turn. A first packet's time is the kernel's, of packets that come every millisecond.`,
      ...(built
        ? []
        : ["No executables: there is nothing to build them from."]),
    ],
  };
}

function commandsThatEnd(
  built: Executables | undefined,
): (readonly [string, CommandLine])[] {
  const executables = ["nflog-zmq-send", "nflog-pcap-recv"].map((name) =>
    [
      `${name} --help, executable`,
      { program: built?.path(name) ?? "", args: ["--help"] },
    ] as const
  );
  return [
    ...(built ? executables : []),
    ["nflog-zmq-send --help, from source", programCommand("send", ["--help"])],
    ["nflog-pcap-recv --help, from source", programCommand("recv", ["--help"])],
    ["tcpdump --version", { program: "tcpdump", args: ["--version"] }],
  ];
}

async function timeEnds(
  commands: readonly (readonly [string, CommandLine])[],
  runs: number,
  context: BenchContext,
): Promise<Cell[][]> {
  const times = commands.map((): number[] => []);
  context.say(`${runs} runs of each program`);
  for (let done = 0; done <= runs; done++) {
    for (const [index, [name, command]] of commands.entries()) {
      const start = performance.now();
      await using running = new RunningProcess(command);
      const { code, stderr } = await running.finish();
      if (code !== 0) throw new Error(`Cannot run ${name}: ${stderr}`);
      // The first run of each fills the caches.
      if (done > 0) times[index]?.push(performance.now() - start);
    }
  }
  return commands.map(([name], index) => summarize(name, times[index]));
}

/** A program that captures, and one that takes what it captures if it writes no file. */
interface Capturer {
  readonly name: string;
  readonly command: (file: string) => CommandLine;
  readonly receiver?: (file: string) => CommandLine;
}

function capturers(built: Executables | undefined): Capturer[] {
  const receiver = (file: string): CommandLine =>
    programCommand("recv", [ENDPOINT, file]);
  const args = [String(GROUP), ENDPOINT];
  const program = built?.path("nflog-zmq-send") ?? "";
  return [
    ...(built
      ? [{
        name: "first packet of nflog-zmq-send, executable",
        command: () => ({ program, args }),
        receiver,
      }]
      : []),
    {
      name: "first packet of nflog-zmq-send, from source",
      command: () => programCommand("send", args),
      receiver,
    },
    {
      name: "first packet of tcpdump",
      command: (file) => ({
        program: "tcpdump",
        args: ["-i", `nflog:${GROUP}`, "-U", "-w", file],
      }),
    },
  ];
}

async function timeFirstPackets(
  capturing: readonly Capturer[],
  runs: number,
  context: BenchContext,
): Promise<Cell[][]> {
  const times = capturing.map((): number[] => []);
  await using bed = await TestBed.open();
  for (let done = 0; done < runs; done++) {
    context.say(`first packets, run ${done + 1} of ${runs}`);
    for (const [index, capturer] of capturing.entries()) {
      const file = `${context.folder}/first-${index}.pcap`;
      times[index]?.push(await timeFirstPacket(bed, capturer, file));
      await Deno.remove(file);
    }
  }
  return capturing.map(({ name }, index) => summarize(name, times[index]));
}

async function timeFirstPacket(
  bed: TestBed,
  { command, receiver }: Capturer,
  file: string,
): Promise<number> {
  await using stack = new AsyncDisposableStack();
  if (receiver !== undefined) {
    const receiving = stack.use(bed.spawn(receiver(file)));
    await receiving.waitForLine(/\bReceiving\b/);
  }
  const traffic = bed.flood(TRAFFIC);
  // Starting the load takes longer than starting what is measured.
  await pause(500);
  const start = Date.now();
  stack.use(bed.spawn(command(file)));
  const first = await waitForFirstTime(file);
  await traffic;
  return first - start;
}

/** Waits for the first record of a capture file with microseconds; gives its time in milliseconds. */
async function waitForFirstTime(file: string): Promise<number> {
  for (let polls = 0; polls < POLLS; polls++) {
    const bytes = await Deno.readFile(file).catch(() => new Uint8Array());
    if (bytes.byteLength >= PCAP.HEADER + PCAP.RECORD) {
      const view = new DataView(bytes.buffer);
      const seconds = view.getUint32(PCAP.HEADER, true);
      return seconds * 1000 + view.getUint32(PCAP.HEADER + 4, true) / 1e3;
    }
    await pause(POLL_INTERVAL);
  }
  throw new Error(`Cannot time the first packet: ${file} has none`);
}

function summarize(name: string, taken: readonly number[] = []): Cell[] {
  return [name, Math.min(...taken), median(taken), Math.max(...taken)];
}
