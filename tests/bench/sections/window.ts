import {
  type CommandLine,
  runCommand,
  RunningProcess,
} from "../../helpers/process.ts";
import { readProcessUsage } from "../../helpers/process_usage.ts";
import {
  programCommand,
  type RunningProgram,
  startProgram,
} from "../../helpers/programs.ts";
import type {
  BenchContext,
  BenchSection,
  BenchTable,
  Cell,
} from "../section.ts";

const MIB = 1024 * 1024;
const SIZE = 100;
/** Bytes that a packet takes in a window of large frames. */
const RECORD = 16 + SIZE;
const RATE = 100_000;
/** Slow enough that nothing waits for the reader while the window fills. */
const FILL_RATE = 150_000;
const SECONDS = 20;
const SEARCH = ["--filter", "host 203.0.113.1 and tcp"];
const HERE = new URL("../", import.meta.url).pathname;

/** Resident memory of a full window, and what questions about it do to the stream. */
export const windowSection: BenchSection = {
  name: "window",
  title:
    "a window full of 100-byte packets: memory, and how long packets take from frame to FIFO while questions are answered",
  run,
};

/** What is done while packets arrive. */
interface Scene {
  title: string;
  act: (bed: Bed) => Promise<void>;
}

/** What the scenes have. */
interface Bed {
  /** Bytes of the window. */
  size: number;
  /** Where to ask: a port of this host. */
  port: number;
  endpoint: string;
}

const SCENES: readonly Scene[] = [
  { title: "no question", act: () => Promise.resolve() },
  {
    title: "search through a filter, again and again",
    async act({ endpoint }): Promise<void> {
      const end = performance.now() + (SECONDS - 2) * 1000;
      while (performance.now() < end) {
        await runNicely(programCommand("query", [...SEARCH, endpoint]));
      }
    },
  },
  {
    title: "all of it to nflog-pcap-query, slowly",
    async act({ endpoint, size }): Promise<void> {
      await using running = new RunningProcess({
        program: "nice",
        args: ["bash", "-c", slowly(programCommand("query", [endpoint]), size)],
      });
      const { code, stderr } = await running.finish({ timeout: 120_000 });
      if (code !== 0) throw new Error(`Cannot query: ${stderr}`);
    },
  },
  {
    title: "all of it to a REQ client, slowly",
    async act({ port, size }): Promise<void> {
      const bytes = await runNicely({
        program: Deno.execPath(),
        args: ["run", "--quiet", "-A", `${HERE}slow_client.ts`]
          .concat(String(port), String(slowRate(size))),
      });
      if (Number(bytes) < size * 0.9) throw new Error(`Only ${bytes} came`);
    },
  },
];

/** Bytes a second that a slow client reads: all that a large window holds within the scene, and as much as arrives meanwhile. */
function slowRate(size: number): number {
  return Math.max(size / (SECONDS - 2), RATE * RECORD);
}

/** Reads slowly what a command writes. */
function slowly(
  { program, args = [] }: { program: string; args?: readonly string[] },
  size: number,
): string {
  const line = [program, ...args].join(" ");
  const reader = `import sys,time
rate=${slowRate(size)}
start=time.time()
n=0
while True:
    b=sys.stdin.buffer.read1(262144)
    if not b: break
    n+=len(b)
    time.sleep(max(0,n/rate-(time.time()-start)))`;
  return `set -o pipefail; ${line} | python3 -c '${reader}'`;
}

/** Runs what would be on another host, so that it takes less of these processors; gives what it prints. */
async function runNicely(
  { program, args = [] }: CommandLine,
): Promise<string> {
  await using running = new RunningProcess({
    program: "nice",
    args: [program, ...args],
  });
  const { code, stdout, stderr } = await running.finish({ timeout: 120_000 });
  if (code !== 0) throw new Error(`Cannot run ${program}: ${stderr}`);
  return new TextDecoder().decode(stdout);
}

/** What was seen. */
interface Found {
  /** The window's bytes. */
  size: number;
  /** Ages of packets, by phase. */
  phases: Record<string, Record<string, number>>;
  /** Resident MiB of the receiver: empty, full, and after each scene. */
  memory: number[];
  /** The receiver's counts. */
  totals: Readonly<Record<string, number>>;
}

async function run(context: BenchContext): Promise<BenchTable> {
  const { size, phases, memory, totals } = await measure(context);
  const [empty, full, ...after] = memory;
  return {
    columns: [
      ...["meanwhile", "packets", "lost", "median ms", "99 % ms", "worst ms"],
      "recv MiB",
    ],
    rows: SCENES.map(({ title }, index): Cell[] => {
      const { packets = 0, median, most, worst } = phases[index + 1] ?? {};
      const lost = SECONDS * RATE - packets;
      return [title, packets, lost, median, most, worst, after[index]];
    }),
    notes: [
      `${RATE} packets/s. A window of ${
        size / MIB
      } MiB: ${full} MiB are resident when it is full, ${empty} when it was empty.`,
      "Clients run at nice 10, as they would be on other hosts.",
      `Of all packets ${totals["lost_in_transit"]} were lost in transit and ${
        totals["stalled_dropped"]
      } dropped before the FIFO.`,
    ],
  };
}

async function measure(context: BenchContext): Promise<Found> {
  const { folder, say } = context;
  const size = (context.quick ? 64 : 512) * MIB;
  const fifo = `${folder}/fifo`;
  const data = `ipc://${folder}/data`;
  await runCommand({ program: "mkfifo", args: [fifo] });
  await using reader = startScript("delay_reader.ts", [fifo]);
  await using receiver = await startProgram("recv", [
    ...["--buffer-interface", "tcp://127.0.0.1:*", "--buffer-window"],
    ...[String(size / MIB), data, fifo],
  ]);
  const asked = await receiver.process.waitForLine(/asked_at=/);
  const endpoint = /asked_at=(\S+)/.exec(asked)?.[1] ?? "";
  const port = Number(endpoint.split(":").at(-1));
  const memory = [memoryOf(receiver)];
  await using load = startLoad(data, size);
  memory.push(await waitFor(load, receiver, 0));
  const input = load.stdin.getWriter();
  for (const [index, { title, act }] of SCENES.entries()) {
    say(title);
    await input.write(new TextEncoder().encode("\n"));
    await act({ size, endpoint, port });
    memory.push(await waitFor(load, receiver, index + 1));
  }
  await input.close();
  await load.finish();
  const { stats } = await receiver.stop();
  const { stdout } = await reader.finish();
  const phases = JSON.parse(new TextDecoder().decode(stdout));
  return { size, phases, memory, totals: stats?.totals ?? {} };
}

/** Starts the load: as much as fills the window, then a phase for each scene. */
function startLoad(endpoint: string, size: number): RunningProcess {
  const count = Math.ceil(size / RECORD * 1.02);
  return startScript("frame_load.ts", [
    ...[endpoint, String(SIZE), `0:${count}:${FILL_RATE}`],
    ...SCENES.map((_, index) => `${index + 1}:${SECONDS * RATE}:${RATE}`),
  ]);
}

function startScript(name: string, args: string[]): RunningProcess {
  return new RunningProcess({
    program: Deno.execPath(),
    args: ["run", "--quiet", "-A", `${HERE}${name}`, ...args],
    stdin: "piped",
  });
}

function memoryOf({ process }: RunningProgram): number {
  return Math.round(readProcessUsage(process.pid).residentBytes / MIB);
}

/** Waits until a phase was sent; gives the receiver's memory then. */
async function waitFor(
  load: RunningProcess,
  receiver: RunningProgram,
  phase: number,
): Promise<number> {
  const line = new RegExp(`^sent ${phase}$`);
  await load.waitForLine(line, { from: "stdout", timeout: 300_000 });
  return memoryOf(receiver);
}
