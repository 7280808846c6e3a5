// The process that a program runs in: its arguments, signals, logs, totals and end. Shared by all programs.

import type { CommandDefinition } from "../../lib/cli/command.ts";
import {
  COMMON_DEFAULTS,
  type CommonSettings,
  type StatsSettings,
} from "../../lib/cli/common_options.ts";
import { openLogging } from "../../lib/cli/logging.ts";
import { type RunnableCommand, runProgram } from "../../lib/cli/program.ts";
import { SignalWatch } from "../../lib/cli/signal_watch.ts";
import { VERSION } from "../../lib/cli/version.ts";
import { FreeMemory } from "../../lib/libc/allocator.ts";
import { sealProcess } from "../../lib/libc/process_seal.ts";
import { reportLines } from "../../lib/metrics/report_lines.ts";
import type { StatsReport } from "../../lib/metrics/stats_report.ts";
import type { Logger, LogProperties } from "../../lib/roles/logger.ts";
import { MemoryRelease } from "../../lib/roles/memory_release.ts";
import type { ServiceNotifier } from "../../lib/roles/service_notifier.ts";
import { TIMERS } from "../../lib/roles/timers.ts";
import { readZmqVersion } from "../../lib/zmq/version.ts";
import { openServiceManager } from "./service_manager.ts";

/** What a program counts, as it is now. */
export type Counts = Omit<
  StatsReport,
  "program" | "version" | "instance" | "started" | "time"
>;

/** The process, as a program sees it. */
export interface Host {
  /** Where to say what happens. */
  readonly logger: Logger;
  /** Aborted by the first SIGINT or SIGTERM: finish what is in hand, and end. */
  readonly stop: AbortSignal;
  /** Random number of this run. */
  readonly instance: bigint;
  /** Ends the program as a signal would. */
  requestStop(): void;
  /** Says how to make the totals, for SIGUSR1 and for the end. */
  reportWith(count: () => Counts): void;
  /** Says what to do on SIGHUP, which ends the program otherwise. */
  reloadWith(reload: () => Promise<void>): void;
  /** Tells what is counted, as it is now. */
  snapshot(): StatsReport;
  /** Gives up the right to open connections and listen, where the program was given it; what is open stays open. */
  giveUpNetwork(): void;
  /** Says that everything is open that needs a right to be opened: from here on the kernel lets this process start no program and listen nowhere. */
  seal(): void;
  /** Writes text to standard output. */
  print(text: string): void;
  /** Says that everything is open, seals the process, and has it give back memory from here on. */
  ready(message: string, properties?: LogProperties): void;
}

/** A program: how it is called and what it does. */
export interface Program<C> {
  /** How it is called. */
  definition: CommandDefinition<C>;
  /** What it does; it ends when this does. */
  run(command: C, host: Host): Promise<void>;
}

type HostSettings = RunnableCommand & Partial<CommonSettings & StatsSettings>;

/**
 * Runs a program in this process, and ends the process.
 *
 * @param program The program.
 * @param args Its arguments, without its name.
 */
export async function runInProcess<C extends HostSettings>(
  program: Program<C>,
  args: readonly string[] = Deno.args,
): Promise<never> {
  const environment = {
    args,
    stdout: (text: string) => writeText(Deno.stdout, text),
    stderr: (text: string) => writeText(Deno.stderr, text),
    columns: terminalWidth(),
    libraries: () => ({
      libzmq: readZmqVersion(),
      Deno: Deno.version.deno,
    }),
  };
  const code = await runProgram(
    program.definition,
    environment,
    async (command) => {
      using host = new ProcessHost(program.definition.name, command);
      try {
        await program.run(command, host);
      } catch (error) {
        // What was counted up to a failure is counted.
        if (host.wasReady) await host.report();
        throw error;
      }
      await host.report();
    },
  );
  Deno.exit(code);
}

function terminalWidth(): number | undefined {
  return Deno.stdout.isTerminal() ? Deno.consoleSize().columns : undefined;
}

function writeText(
  to: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  let rest = new TextEncoder().encode(text);
  while (rest.byteLength > 0) rest = rest.subarray(to.writeSync(rest));
}

/** {@linkcode Host} of the process this runs in. */
class ProcessHost implements Host, Disposable {
  readonly logger: Logger;
  readonly stop: AbortSignal;
  readonly instance: bigint;
  readonly #name: string;
  readonly #statsFile: string | undefined;
  readonly #started = new Date();
  readonly #signals: SignalWatch;
  readonly #requested = new AbortController();
  readonly #stack = new DisposableStack();
  readonly #manager: ServiceNotifier | undefined;
  #count: () => Counts = () => ({ totals: {} });
  #counts = false;
  #wasReady = false;
  #written: Promise<void> = Promise.resolve();

  constructor(name: string, settings: HostSettings) {
    this.#name = name;
    this.#statsFile = settings.statsFile;
    this.logger = openLogging({
      ...COMMON_DEFAULTS,
      ...settings,
      write: (line) => writeText(Deno.stderr, line),
    });
    const [instance = 0n] = crypto.getRandomValues(new BigUint64Array(1));
    this.instance = instance;
    this.#signals = new SignalWatch(Deno, {
      onReport: () => void this.report(),
    });
    this.stop = AbortSignal.any([
      this.#signals.signal,
      this.#requested.signal,
    ]);
    this.#manager = openServiceManager({
      totals: () => this.#count().totals,
      logger: this.logger,
    }, this.#stack);
    this.stop.addEventListener("abort", () => this.#manager?.stopping());
  }

  /** Whether everything was open once. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
    this.#signals[Symbol.dispose]();
  }

  requestStop(): void {
    this.#requested.abort();
  }

  reportWith(count: () => Counts): void {
    this.#count = count;
    this.#counts = true;
  }

  reloadWith(reload: () => Promise<void>): void {
    this.#signals.reloadWith(() => void reload());
  }

  snapshot(): StatsReport {
    return {
      program: this.#name,
      version: VERSION.number,
      instance: this.instance.toString(16).padStart(16, "0"),
      started: this.#started.toISOString(),
      time: new Date().toISOString(),
      ...this.#count(),
    };
  }

  giveUpNetwork(): void {
    Deno.permissions.revokeSync({ name: "net" });
  }

  seal(): void {
    if (sealProcess()) return;
    this.logger.debug("The kernel does not seal this process: no seccomp");
  }

  print(text: string): void {
    writeText(Deno.stdout, text);
  }

  ready(message: string, properties?: LogProperties): void {
    this.#wasReady = true;
    this.#releaseMemory();
    this.seal();
    this.logger.info(message, properties);
    this.#manager?.ready(message);
  }

  #releaseMemory(): void {
    const memory = this.#stack.use(new FreeMemory());
    this.#stack.use(new MemoryRelease(() => memory.release(), TIMERS));
  }

  /** Prints the totals, and writes them to the file that was asked for. What counts nothing has none. */
  async report(): Promise<void> {
    if (!this.#counts) return;
    const report = this.snapshot();
    for (const { message, properties } of reportLines(report)) {
      this.logger.info(message, properties);
    }
    const file = this.#statsFile;
    if (file === undefined) return;
    // One after the other: signals may come faster than files are written, and all use one draft.
    this.#written = this.#written.then(() => this.#write(file, report));
    await this.#written;
  }

  /** Writes a report, by a rename, so that nobody reads half of it. */
  async #write(file: string, report: StatsReport): Promise<void> {
    try {
      const draft = `${file}.new`;
      await Deno.writeTextFile(draft, `${JSON.stringify(report, null, 2)}\n`);
      await Deno.rename(draft, file);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.error(`Cannot write the totals to ${file}: ${reason}`);
    }
  }
}
