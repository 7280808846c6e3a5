// One run of a program in a scenario, from its start to whatever ended it.
import { pause } from "../../lib/roles/pause.ts";
import type { Namespace } from "../helpers/namespace.ts";
import {
  type ProgramName,
  type RunningProgram,
  startProgram,
  type Stats,
} from "../helpers/programs.ts";
import { type WaitOptions, within } from "../helpers/within.ts";

/** What says that a program has opened everything. */
const READY: Readonly<Partial<Record<ProgramName, RegExp>>> = {
  send: /\bSending\b/,
  recv: /\bReceiving\b/,
  compress: /\bRelaying\b/,
  decompress: /\bRelaying\b/,
};

/** How often totals are looked at while something is waited for, in milliseconds. */
export const LOOK_INTERVAL = 50;

/** A program, and where it runs. */
export interface RunOptions {
  /** Which program. */
  name: ProgramName;
  /** Its arguments. */
  args: readonly string[];
  /** What wraps its command: a namespace, or more than that. */
  namespace: Pick<Namespace, "wrap">;
  /** Variables added to its environment. */
  env?: Record<string, string>;
  /** Files in which the packets that it writes end up. */
  files?: readonly string[];
}

/** One run of a program. Disposing kills it if it still runs. */
export class Run implements AsyncDisposable {
  /** Which program. */
  readonly name: ProgramName;
  /** Files in which the packets that it writes end up; more may be added. */
  readonly files: string[];
  /** What it counted, when it ended properly. */
  stats: Stats | undefined;
  /** The last totals that it was asked for. */
  lastSeen: Stats | undefined;
  readonly #program: RunningProgram;

  private constructor(program: RunningProgram, options: RunOptions) {
    this.#program = program;
    this.name = options.name;
    this.files = [...options.files ?? []];
  }

  /**
   * Starts a program and waits until it is ready.
   *
   * @param options Which, and where.
   */
  static async start(options: RunOptions): Promise<Run> {
    const { name, args, namespace, env = {} } = options;
    const ready = READY[name];
    const program = await startProgram(name, args, {
      namespace,
      env,
      ...(ready && { ready }),
    });
    return new Run(program, options);
  }

  /** The process id. */
  get pid(): number {
    return this.#program.process.pid;
  }

  /** What it said so far. */
  get said(): string {
    return this.#program.process.stderrText;
  }

  /** Waits until it has said something. */
  async saying(pattern: RegExp, options: WaitOptions = {}): Promise<string> {
    return await this.#program.process.waitForLine(pattern, options);
  }

  /** Stops it with SIGSTOP. */
  freeze(): void {
    this.#program.process.signal("SIGSTOP");
  }

  /** Lets it go on. */
  thaw(): void {
    this.#program.process.signal("SIGCONT");
  }

  /** Kills it with SIGKILL and waits until it is gone. */
  async kill(): Promise<void> {
    await this.#program.stop("SIGKILL");
  }

  /** Asks it to end, as an operator does. */
  async stop(options: WaitOptions = {}): Promise<Stats> {
    const { stats, code, stderr } = await this.#program.stop(
      "SIGTERM",
      options,
    );
    if (stats === undefined || code !== 0) {
      throw new Error(`${this.name} ended with ${code}: ${stderr}`);
    }
    this.stats = stats;
    return stats;
  }

  /** Asks for the totals while it runs. */
  async totals(): Promise<Stats> {
    this.lastSeen = await this.#program.totals();
    return this.lastSeen;
  }

  /**
   * Asks for totals until they are as wanted.
   *
   * @param wanted Tells whether they are.
   * @param options The bound.
   * @returns The totals.
   */
  async until(
    wanted: (totals: Readonly<Record<string, number>>, stats: Stats) => boolean,
    options: WaitOptions = {},
  ): Promise<Stats> {
    const bound = new AbortController();
    const look = async (): Promise<Stats> => {
      for (;;) {
        const stats = await this.totals();
        if (wanted(stats.totals, stats)) return stats;
        bound.signal.throwIfAborted();
        await pause(LOOK_INTERVAL);
      }
    };
    const looking = look();
    try {
      return await within(
        looking,
        () =>
          `other totals of ${this.name} than ${
            JSON.stringify(this.lastSeen?.totals)
          } (${wanted})\n${this.said.slice(-2000)}`,
        options,
      );
    } catch (error) {
      bound.abort();
      await looking.catch(() => undefined);
      throw error;
    }
  }

  /** Kills it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}
