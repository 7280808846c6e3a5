import type { Namespace } from "./namespace.ts";
import {
  type CommandLine,
  type FinishedProcess,
  RunningProcess,
} from "./process.ts";
import { type WaitOptions, within } from "./within.ts";
import { openTempDir } from "./temp_dir.ts";

/** The programs of the project: file in `cmd/` and permission set. */
export const PROGRAMS = {
  send: "nflog_zmq_send",
  recv: "nflog_pcap_recv",
  compress: "nflog_zmq_compress",
  decompress: "nflog_zmq_decompress",
  query: "nflog_pcap_query",
  dump: "nflog_pcap_dump",
  extcap: "nflog_extcap",
} as const;

/** Short name of a program; also the name of its permission set. */
export type ProgramName = keyof typeof PROGRAMS;

/**
 * Gives what programs that carry packets ask of V8: little memory for young objects, of which they make few that live, and a look at the old
 * ones before there are many. Left alone V8 takes 10 to 40 MiB more under load (docs/performance.md).
 *
 * @param name A program, or `all` for the one that is all programs.
 * @returns Options of `deno run` and `deno compile`.
 */
export function engineFlags(name: ProgramName | "all"): string[] {
  return CARRIERS.has(name)
    ? ["--v8-flags=--max-semi-space-size=1,--heap-growing-percent=10"]
    : [];
}

const CARRIERS: ReadonlySet<string> = new Set(
  ["send", "recv", "compress", "decompress", "all"],
);
const TOP = new URL("../../", import.meta.url);

/** Where and how a program runs. */
export interface ProgramOptions {
  /** The namespace to run in, or what else wraps its command; none means where the test runs. */
  namespace?: Pick<Namespace, "wrap">;
  /** Variables added to the environment. */
  env?: Record<string, string>;
  /** The working directory. */
  cwd?: string;
  /** Whether the test writes to its standard input. */
  stdin?: "piped" | "null";
}

/** The object that `--stats-json` writes; see `design.md`, "The ledger". */
export interface Stats {
  /** The program's name. */
  program: string;
  /** Its version. */
  version: string;
  /** Hex id of this run. */
  instance: string;
  /** When it started, RFC 3339. */
  started: string;
  /** When these totals were read, RFC 3339. */
  time?: string;
  /** Every counter of the program. */
  totals: Record<string, number>;
  /** Counters per NFLOG group (sender). */
  groups?: Record<string, Record<string, number>>;
  /** Counters per sender and instance (receiver). */
  sensors?: Record<string, Record<string, number>>;
}

/** How a program ended, what it printed and what it counted. */
export interface FinishedProgram extends FinishedProcess {
  /** The totals; undefined when it ended before it wrote any. */
  stats: Stats | undefined;
}

/**
 * Gives the command line of a program, with its own permission set, as
 * `deno task` and the shebang have it.
 *
 * @param name Which program.
 * @param args Its arguments.
 * @returns The command line.
 */
export function programCommand(
  name: ProgramName,
  args: readonly string[],
): CommandLine {
  const file = new URL(`cmd/${PROGRAMS[name]}.ts`, TOP).pathname;
  const flags = [
    "run",
    "--quiet",
    "--no-prompt",
    ...engineFlags(name),
    "--cached-only",
    `-P=${name}`,
  ];
  return {
    program: Deno.execPath(),
    args: [...flags, file, ...args],
    env: { NO_COLOR: "1" },
  };
}

/**
 * A program of the project that a test started. `--stats-json` is added to its
 * arguments. Disposing it kills it if it still runs.
 */
export class RunningProgram implements AsyncDisposable {
  /** The process: for `waitForLine`, `signal`, `stdin`, `pid`. */
  readonly process: RunningProcess;
  readonly #directory = openTempDir();

  /**
   * @param name Which program.
   * @param args Its arguments, without `--stats-json`.
   * @param options Where it runs.
   */
  constructor(
    name: ProgramName,
    args: readonly string[],
    options: ProgramOptions = {},
  ) {
    const { namespace, env, ...rest } = options;
    const plain = programCommand(name, ["--stats-json", this.#file, ...args]);
    const command = { ...plain, ...rest, env: { ...plain.env, ...env } };
    this.process = new RunningProcess(namespace?.wrap(command) ?? command);
  }

  get #file(): string {
    return this.#directory.join("stats.json");
  }

  /**
   * Asks for the totals with SIGUSR1, while the program goes on.
   *
   * @param options The bound.
   * @returns The totals.
   * @throws {Error} If none are written before the bound.
   */
  async totals(options: WaitOptions = {}): Promise<Stats> {
    using watcher = Deno.watchFs(this.#directory.path);
    this.process.signal("SIGUSR1");
    return await within(
      this.#nextStats(watcher),
      () => `totals of ${this.process.title}\n${this.process.stderrText}`,
      options,
    );
  }

  /**
   * Waits until it ends by itself.
   *
   * @param options The bound.
   * @returns How it ended, what it printed and what it counted.
   * @throws {Error} If the bound is reached.
   */
  async finish(options: WaitOptions = {}): Promise<FinishedProgram> {
    const finished = await this.process.finish(options);
    return { ...finished, stats: await this.#readStats() };
  }

  /**
   * Asks it to stop and waits until it did.
   *
   * @param name The signal. @default {"SIGTERM"}
   * @param options The bound.
   * @returns How it ended, what it printed and what it counted.
   * @throws {Error} If the bound is reached.
   */
  stop(
    name: Deno.Signal = "SIGTERM",
    options: WaitOptions = {},
  ): Promise<FinishedProgram> {
    this.process.signal(name);
    return this.finish(options);
  }

  /** Kills it if it still runs, and removes its files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    this.#directory[Symbol.dispose]();
  }

  async #nextStats(watcher: Deno.FsWatcher): Promise<Stats> {
    for await (const event of watcher) {
      const whole = event.kind === "rename" || event.kind === "create" ||
        event.kind === "modify";
      if (whole && event.paths.includes(this.#file)) {
        const stats = await this.#readStats();
        if (stats !== undefined) return stats;
      }
    }
    throw new Error(`Cannot read the totals of ${this.process.title}: no file`);
  }

  async #readStats(): Promise<Stats | undefined> {
    try {
      return JSON.parse(await Deno.readTextFile(this.#file));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }
}

/**
 * Starts a program of the project and, when asked, waits until it is ready.
 *
 * @param name Which program.
 * @param args Its arguments, without `--stats-json`.
 * @param options Where it runs; `ready` is a line of its stderr to wait for.
 * @returns The running program; the caller disposes it.
 * @throws {Error} If the ready line does not come.
 */
export async function startProgram(
  name: ProgramName,
  args: readonly string[],
  options: ProgramOptions & { ready?: RegExp } = {},
): Promise<RunningProgram> {
  const { ready, ...rest } = options;
  const program = new RunningProgram(name, args, rest);
  if (ready === undefined) return program;
  try {
    await program.process.waitForLine(ready);
    return program;
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}
