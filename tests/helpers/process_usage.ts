#!/usr/bin/env -S deno run -A
// What a process has cost so far: CPU time with all its threads, memory, and which thread spent it. Linux only (/proc).
//
//   scripts/deno run -A tests/helpers/process_usage.ts PID

/** One thread of a process. */
export interface ThreadUsage {
  /** Thread id. */
  tid: number;
  /** Its name, such as `deno`, `V8 DefaultWorke` (compilation and garbage collection) or `ZMQbg/IO/0`. */
  name: string;
  /** CPU time in milliseconds, to the nanosecond. */
  milliseconds: number;
}

/** What a process has cost so far. */
export interface ProcessUsage {
  /** User and system time of all threads that it has or had, in milliseconds, to a clock tick (10 ms). */
  cpuMilliseconds: number;
  /** User and system time of the children that it waited for, in milliseconds. */
  childrenMilliseconds: number;
  /** Largest resident memory so far, in bytes (VmHWM). */
  peakBytes: number;
  /** Resident memory now, in bytes (VmRSS). */
  residentBytes: number;
  /** The threads that it has now. */
  threads: ThreadUsage[];
}

/** Milliseconds in a tick of /proc's clock (USER_HZ is 100 on every Linux). */
const TICK = 10;
/** Fields of /proc/PID/stat after the closing bracket of the name (man proc_pid_stat: field 3 comes first). */
const STAT = { UTIME: 11, STIME: 12, CUTIME: 13, CSTIME: 14 } as const;

/**
 * Reads what a process has cost so far.
 *
 * @param pid The process; one that ran and was not yet waited for has its CPU time, but no memory.
 * @returns Its cost.
 * @throws {Deno.errors.NotFound} If there is no such process.
 */
export function readProcessUsage(pid: number): ProcessUsage {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = (index: number) => Number(fields[index]) * TICK;
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return {
    cpuMilliseconds: ticks(STAT.UTIME) + ticks(STAT.STIME),
    childrenMilliseconds: ticks(STAT.CUTIME) + ticks(STAT.CSTIME),
    peakBytes: readKibibytes(status, "VmHWM"),
    residentBytes: readKibibytes(status, "VmRSS"),
    threads: readThreads(pid),
  };
}

/**
 * Gives the CPU time that a process spent between two readings.
 *
 * It adds up the threads, which count nanoseconds; where one has ended in between, it takes the time of the whole process, which counts ticks.
 *
 * @param before The earlier reading.
 * @param after The later reading of the same process.
 * @returns Milliseconds.
 */
export function cpuBetween(before: ProcessUsage, after: ProcessUsage): number {
  const now = new Map(after.threads.map((t) => [t.tid, t.milliseconds]));
  if (before.threads.some(({ tid }) => !now.has(tid))) {
    return after.cpuMilliseconds - before.cpuMilliseconds;
  }
  return sumThreads(after) - sumThreads(before);
}

/**
 * Gives the CPU time that each kind of thread spent between two readings: a compiler that never comes to rest shows here.
 *
 * @param before The earlier reading.
 * @param after The later reading of the same process.
 * @returns Milliseconds by thread name, the busiest first; threads of the same name are taken together.
 */
export function threadsBetween(
  before: ProcessUsage,
  after: ProcessUsage,
): Map<string, number> {
  const earlier = new Map(before.threads.map((t) => [t.tid, t.milliseconds]));
  const byName = new Map<string, number>();
  for (const { tid, name, milliseconds } of after.threads) {
    const spent = milliseconds - (earlier.get(tid) ?? 0);
    byName.set(name, (byName.get(name) ?? 0) + spent);
  }
  return new Map([...byName].sort(([, a], [, b]) => b - a));
}

function sumThreads({ threads }: ProcessUsage): number {
  return threads.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}

function readThreads(pid: number): ThreadUsage[] {
  const threads: ThreadUsage[] = [];
  for (const { name: tid } of Deno.readDirSync(`/proc/${pid}/task`)) {
    try {
      const folder = `/proc/${pid}/task/${tid}`;
      const schedstat = Deno.readTextFileSync(`${folder}/schedstat`);
      threads.push({
        tid: Number(tid),
        name: Deno.readTextFileSync(`${folder}/comm`).trimEnd(),
        milliseconds: Number(schedstat.split(" ")[0]) / 1e6,
      });
    } catch (error) {
      if (!hasEnded(error)) throw error;
    }
  }
  return threads;
}

/** Whether a file of /proc could not be read since its thread is gone: ENOENT before it was opened, ESRCH after. */
function hasEnded(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Error && error.message.includes("No such process");
}

function readKibibytes(status: string, name: string): number {
  const match = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(status);
  return Number(match?.[1] ?? 0) * 1024;
}

if (import.meta.main) {
  const usage = readProcessUsage(Number(Deno.args[0]));
  const text = `${JSON.stringify(usage, undefined, 2)}\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
