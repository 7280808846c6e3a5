// Measures a pipe of programs under a load: what each of them cost, what came out at the end, and what did not.

import {
  cpuBetween,
  type ProcessUsage,
  readProcessUsage,
  threadsBetween,
} from "../helpers/process_usage.ts";
import type { RunningProcess } from "../helpers/process.ts";
import { FifoReader } from "./fifo_reader.ts";
import type { Load, TestBed } from "./test_bed.ts";

/** A process of a pipe. */
export interface PipeProcess {
  /** What it is called in the table. */
  name: string;
  /** The process. */
  process: RunningProcess;
}

/** What a pipe says about itself when it has stopped. */
export interface PipeReport {
  /** Bytes that each packet adds to what it writes, beside the packet's own; undefined if it differs. */
  recordOverhead: number | undefined;
  /** Packets that it read from the kernel, as it says. */
  captured: number;
  /** Packets of which it says that they were lost, whatever the cause; undefined if it does not tell, or not the truth. */
  lost: number | undefined;
}

/** A pipe that runs: the kernel's NFLOG group at one end, a FIFO at the other. */
export interface RunningPipe extends AsyncDisposable {
  /** Its processes. */
  processes: readonly PipeProcess[];
  /** Ends it in order, so that all it holds comes out. */
  stop: () => Promise<PipeReport>;
}

/** A kind of pipe. */
export interface Pipe {
  /** What it is called in the table. */
  name: string;
  /** Starts it; resolves as soon as it reads the group. */
  start: (where: PipePlace) => Promise<RunningPipe>;
}

/** Where a pipe runs. */
export interface PipePlace {
  /** Where packets are logged. */
  bed: TestBed;
  /** The FIFO that it writes to. */
  fifo: string;
  /** A directory for its files. */
  folder: string;
}

/** What one process of a pipe cost. */
export interface ProcessCost {
  /** What it is called in the table. */
  name: string;
  /** CPU time, in microseconds per packet delivered. */
  cpu: number;
  /** The same by thread name, the busiest first. */
  threads: Record<string, number>;
  /** Largest resident memory, in bytes. */
  peakBytes: number;
  /** Resident memory in the end, in bytes. */
  residentBytes: number;
}

/** What a pipe did with a load. */
export interface PipeResult {
  /** Packets sent. */
  sent: number;
  /** How many came out of the FIFO. */
  delivered: number;
  /** Packets that the pipe itself says were lost; undefined if it does not say. */
  lostAsTold: number | undefined;
  /** Packets a second that the flood reached. */
  rate: number;
  /** What each process cost. */
  processes: ProcessCost[];
  /** CPU time of all processes, in microseconds per packet delivered. */
  cpu: number;
}

/** Where a pipe is measured, and after what. */
export interface MeasureOptions extends Omit<PipePlace, "fifo"> {
  /**
   * Packets that go first, unmeasured, so that code is compiled, connections are up and windows are full.
   *
   * @default {100,000 packets at 200,000 a second}
   */
  warmUp?: Pick<Load, "rate" | "count">;
}

const FILE_HEADER_SIZE = 24;
const WARM_UP = { rate: 200_000, count: 100_000 };
let fifos = 0;

/**
 * Runs a pipe under a load.
 *
 * @param pipe The pipe.
 * @param load What to send through it.
 * @param options Where, and after what.
 * @returns What came of it.
 */
export async function measurePipe(
  pipe: Pipe,
  load: Load,
  { bed, folder, warmUp = WARM_UP }: MeasureOptions,
): Promise<PipeResult> {
  await using reader = await FifoReader.open(`${folder}/fifo${fifos++}`);
  await using running = await pipe.start({ bed, folder, fifo: reader.path });
  await bed.flood({ size: load.size, ...warmUp });
  usageOf(running); // says so at once if one did not even start
  await reader.waitForQuiet();
  const before = usageOf(running);
  const sent = await bed.flood(load);
  await reader.waitForQuiet();
  const after = usageOf(running);
  const report = await running.stop();
  const bytes = await reader.finish() - FILE_HEADER_SIZE;
  const inAll = report.recordOverhead === undefined
    ? report.captured
    : bytes / (load.size + report.recordOverhead);
  // What was lost of the warm-up is counted as lost too: nothing may be.
  const delivered = inAll - warmUp.count;
  const processes = running.processes.map(({ name }, index) =>
    costOf(name, { delivered, before: before[index], after: after[index] })
  );
  return {
    sent: sent.packets,
    delivered,
    lostAsTold: report.lost,
    rate: sent.packets / sent.milliseconds * 1000,
    processes,
    cpu: processes.reduce((sum, { cpu }) => sum + cpu, 0),
  };
}

/**
 * Reads what the processes of a pipe have cost so far.
 *
 * @param pipe The pipe.
 * @returns One reading per process.
 * @throws {Error} If one has ended.
 */
export function usageOf({ processes }: RunningPipe): ProcessUsage[] {
  return processes.map(({ name, process }) => {
    if (process.running) return readProcessUsage(process.pid);
    const said = process.stderrText.trim();
    throw new Error(`Cannot measure ${name}: it has ended: ${said}`);
  });
}

function costOf(
  name: string,
  { delivered, before, after }: {
    delivered: number;
    before: ProcessUsage | undefined;
    after: ProcessUsage | undefined;
  },
): ProcessCost {
  if (before === undefined || after === undefined) {
    throw new TypeError(`Cannot tell what ${name} cost: it was not seen`);
  }
  const each = (milliseconds: number) => milliseconds * 1000 / delivered;
  const threads = [...threadsBetween(before, after)].map((
    [thread, milliseconds],
  ) => [thread, each(milliseconds)]);
  return {
    name,
    cpu: each(cpuBetween(before, after)),
    threads: Object.fromEntries(threads),
    peakBytes: after.peakBytes,
    residentBytes: after.residentBytes,
  };
}
