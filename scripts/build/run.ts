/** What a command printed. */
export interface Printed {
  /** Its standard output, as text. */
  readonly stdout: string;
  /** Its standard error, as text. */
  readonly stderr: string;
}

/** A command that did not do what it was asked to. */
export class CommandError extends Error {
  /** What it printed. */
  readonly printed: Printed;

  /**
   * Describes the failure on one line.
   *
   * @param message What failed.
   * @param printed What it printed.
   */
  constructor(message: string, printed: Printed) {
    super(message);
    this.name = "CommandError";
    this.printed = printed;
  }
}

/** Where a command runs. */
export interface RunOptions {
  /** Its working directory. @default {this process's} */
  cwd?: string;
  /** Its whole environment. @default {this process's} */
  env?: Record<string, string>;
}

/**
 * Runs a command to its end.
 *
 * @param command The program and its arguments.
 * @param options Where it runs.
 * @returns What it printed.
 * @throws {CommandError} If it cannot be started or does not exit with 0.
 */
export async function run(
  command: readonly [string, ...string[]],
  options: RunOptions = {},
): Promise<Printed> {
  const [program, ...args] = command;
  const { cwd, env } = options;
  try {
    const output = await new Deno.Command(program, {
      args,
      stdin: "null",
      ...(cwd !== undefined && { cwd }),
      ...(env && { env, clearEnv: true }),
    }).output();
    const text = new TextDecoder();
    const printed = {
      stdout: text.decode(output.stdout),
      stderr: text.decode(output.stderr),
    };
    if (output.success) return printed;
    throw new CommandError(
      `Cannot run ${program} ${args[0] ?? ""}: exit ${output.code}`,
      printed,
    );
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new CommandError(`Cannot run ${program}: there is no such program`, {
      stdout: "",
      stderr: "",
    });
  }
}
