import { buildExecutables } from "../../helpers/executables.ts";
import { type programCommand, PROGRAMS } from "../../helpers/programs.ts";
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
const MILLION = 1e6;
/** Packets of 100 bytes in a round; large ones are a tenth as many. */
const PACKETS_A_ROUND = 10 * MILLION;
const QUICK_PACKETS = 2 * MILLION;
/** Readings of the memory of each size of packets, besides the first. */
const STEPS = 10;

/** What is sent in one step, of so many packets in all; what both programs can carry without loss. */
const STEPS_OF: readonly ((packets: number) => Load)[] = [
  (packets) => ({ size: 100, rate: 500_000, count: packets / STEPS }),
  (packets) => ({ size: 1400, rate: 200_000, count: packets / STEPS / 10 }),
];

/** Resident memory while packets go through, which must stay flat. */
export const memorySection: BenchSection = {
  name: "memory",
  title: "resident memory of both programs after millions of packets",
  run,
};

async function run(context: BenchContext): Promise<BenchTable> {
  const { quick, rounds } = context;
  const usual = quick ? QUICK_PACKETS : PACKETS_A_ROUND * rounds;
  const packets = context.packets ?? usual;
  const forms = await openForms();
  await using bed = await TestBed.open();
  const rows: Cell[][] = [];
  for (const form of forms) {
    for (const stepOf of STEPS_OF) {
      const { count, ...load } = stepOf(packets);
      const step = { ...load, count: Math.ceil(count) };
      rows.push(...await measure(form, { step, bed, context }));
    }
  }
  return {
    columns: [
      ...["programs", "IP packet", "million packets"],
      ...["send MiB", "send peak MiB", "recv MiB", "recv peak MiB"],
    ],
    rows,
    notes: [
      "For each size of packets both programs begin anew; --packets 100M sends a hundred million small ones, in 4 minutes, and ten million large ones, in 1, through each form of the programs that can be had here.",
      "What a program does not use any more it gives back every ten seconds, so the peak is of the first ten.",
      "About 44 MiB of each are Deno's executable and libraries, which all programs on a machine share.",
      ...(forms.length > 1 ? [] : [
        "No executables: there is nothing to build them from.",
      ]),
    ],
  };
}

/** A form that the programs have. */
interface Form {
  name: string;
  command?: typeof programCommand;
}

async function openForms(): Promise<Form[]> {
  const source = { name: "source" };
  const built = await buildExecutables(["nflog-zmq-send", "nflog-pcap-recv"]);
  if (built === undefined) return [source];
  return [source, {
    name: "executables",
    command: (name, args) => ({
      program: built.path(PROGRAMS[name].replaceAll("_", "-")),
      args: [...args],
    }),
  }];
}

async function measure(
  form: Form,
  { step, bed, context: { folder, say } }: {
    step: Load;
    bed: TestBed;
    context: BenchContext;
  },
): Promise<Cell[][]> {
  const path = `${folder}/memory-${form.name}-${step.size}`;
  await using reader = await FifoReader.open(path);
  const pipe = nflogPipe(form);
  await using running = await pipe.start({ bed, folder, fifo: path });
  const rows: Cell[][] = [];
  for (let done = 0; done <= STEPS; done++) {
    const sent = done * step.count / MILLION;
    say(`${form.name}: ${sent} million packets of ${step.size} bytes`);
    if (done > 0) await bed.flood(step);
    const usages = usageOf(running).flatMap(({ residentBytes, peakBytes }) => [
      Math.round(residentBytes / MIB),
      Math.round(peakBytes / MIB),
    ]);
    rows.push([form.name, `${step.size} bytes`, sent, ...usages]);
  }
  await reader.waitForQuiet();
  await running.stop();
  return rows;
}
