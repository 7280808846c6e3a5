import { ProcessOutput } from "./process_output.ts";
import { type WaitOptions, within } from "./within.ts";

/** What to start, and with what around it. */
export interface CommandLine {
  /** The executable's name or path. */
  program: string;
  /** Its arguments. */
  args?: readonly string[];
  /** Variables added to this process's own environment. */
  env?: Record<string, string>;
  /** The working directory. */
  cwd?: string;
  /** Whether the caller will write to its standard input through `stdin`. */
  stdin?: "piped" | "null";
}

/** How a process ended, and all that it printed. */
export interface FinishedProcess {
  /** The exit code; 128 + the signal's number when a signal ended it. */
  code: number;
  /** The signal that ended it. */
  signal: Deno.Signal | null;
  /** Everything it wrote to standard output. */
  stdout: Uint8Array<ArrayBuffer>;
  /** Everything it wrote to standard error. */
  stderr: string;
}

/** Which line to wait for. */
export interface LineOptions extends WaitOptions {
  /** @default {"stderr"} */
  from?: "stdout" | "stderr";
}

/**
 * A process that a test started. Everything it prints is kept. Disposing it
 * kills it if it still runs, so no test leaves one behind.
 */
export class RunningProcess implements AsyncDisposable {
  /** The command as one line, for messages. */
  readonly title: string;
  readonly #child: Deno.ChildProcess;
  readonly #piped: boolean;
  readonly #stdout: ProcessOutput;
  readonly #stderr: ProcessOutput;
  #running = true;
  #status: Promise<Deno.CommandStatus>;

  /** @param command What to start. */
  constructor(command: CommandLine) {
    const { program, args = [], stdin = "null" } = command;
    this.title = [program, ...args].join(" ");
    this.#piped = stdin === "piped";
    this.#child = new Deno.Command(program, {
      args: [...args],
      ...(command.env && { env: command.env }),
      ...(command.cwd !== undefined && { cwd: command.cwd }),
      stdin,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdout = new ProcessOutput(this.#child.stdout);
    this.#stderr = new ProcessOutput(this.#child.stderr);
    this.#status = this.#child.status.finally(() => this.#running = false);
  }

  /** The process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Its standard input; there only when `stdin` was "piped". */
  get stdin(): WritableStream<Uint8Array<ArrayBufferLike>> {
    return this.#child.stdin;
  }

  /** What it has written to standard error so far. */
  get stderrText(): string {
    return this.#stderr.text;
  }

  /** What it has written to standard output so far, as text. */
  get stdoutText(): string {
    return this.#stdout.text;
  }

  /** Whether it has not ended yet. */
  get running(): boolean {
    return this.#running;
  }

  /**
   * Waits for a whole line, one already printed or one still to come.
   *
   * @param pattern What the line must match; not global or sticky.
   * @param options Where to look, and the bound.
   * @returns The line.
   * @throws {Error} If the output ends first, or the bound is reached.
   */
  waitForLine(pattern: RegExp, options: LineOptions = {}): Promise<string> {
    const output = options.from === "stdout" ? this.#stdout : this.#stderr;
    return within(
      output.line(pattern),
      () =>
        `a line like ${pattern} from "${this.title}", which printed\n${output.text}`,
      options,
    );
  }

  /**
   * Sends a signal; does nothing when the process has ended.
   *
   * @param name The signal.
   */
  signal(name: Deno.Signal): void {
    if (this.#running) this.#child.kill(name);
  }

  /**
   * Waits until it ends by itself.
   *
   * @param options The bound.
   * @returns How it ended and what it printed.
   * @throws {Error} If the bound is reached.
   */
  async finish(options: WaitOptions = {}): Promise<FinishedProcess> {
    const { code, signal } = await within(
      this.#ended(),
      () => `the end of "${this.title}", which printed\n${this.stderrText}`,
      options,
    );
    const stdout = this.#stdout.bytes;
    return { code, signal, stdout, stderr: this.#stderr.text };
  }

  /**
   * Asks it to stop, as an operator would, and waits until it did.
   *
   * @param name The signal. @default {"SIGTERM"}
   * @param options The bound.
   * @returns How it ended and what it printed.
   * @throws {Error} If the bound is reached.
   */
  stop(
    name: Deno.Signal = "SIGTERM",
    options: WaitOptions = {},
  ): Promise<FinishedProcess> {
    this.signal(name);
    return this.finish(options);
  }

  /** Kills it if it still runs, and waits until it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    if (this.#piped && !this.stdin.locked) await this.stdin.abort();
    await this.#status;
    await this.#stdout.cancel();
    await this.#stderr.cancel();
  }

  async #ended(): Promise<Deno.CommandStatus> {
    await this.#stdout.ended;
    await this.#stderr.ended;
    return await this.#status;
  }
}

/**
 * Runs a command to its end.
 *
 * @param command What to run.
 * @param input What it gets on standard input.
 * @returns What it printed on standard output.
 * @throws {Error} If it does not exit with 0; the message has its stderr.
 */
export async function runCommand(
  command: CommandLine,
  input?: string,
): Promise<string> {
  await using running = new RunningProcess({
    ...command,
    stdin: input === undefined ? "null" : "piped",
  });
  if (input !== undefined) {
    const writer = running.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
    writer.releaseLock();
  }
  const { code, stdout, stderr } = await running.finish();
  if (code !== 0) {
    throw new Error(`Cannot run ${running.title}: exit ${code}: ${stderr}`);
  }
  return new TextDecoder().decode(stdout);
}
