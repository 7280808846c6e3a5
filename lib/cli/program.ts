import type { CommandDefinition } from "./command.ts";
import { describeError, formatStack } from "./describe_error.ts";
import { EXIT_CODE, type ExitCode } from "./exit_code.ts";
import { readInvocation } from "./invocation.ts";
import { UsageError } from "./usage_error.ts";
import { formatVersion } from "./version.ts";

/** What a program has of the process it runs in; `cmd/` gives the real thing. */
export interface ProgramEnvironment {
  /** Arguments, without the program's name. */
  readonly args: readonly string[];
  /** Writes text to standard output as it is. */
  readonly stdout: (text: string) => void;
  /** Writes text to standard error as it is. */
  readonly stderr: (text: string) => void;
  /** Width of the terminal in characters; undefined when there is none. */
  readonly columns?: number | undefined;
  /** Gives the versions of the libraries in use, by name; only called for `--version`. */
  readonly libraries?: () => Readonly<Record<string, string>>;
}

/** What a command must have for {@linkcode runProgram}. */
export interface RunnableCommand {
  /** Which way of calling the program it is. */
  readonly kind: string;
  /** Whether an error comes with its stack. */
  readonly debug?: boolean;
}

/**
 * Runs a program: reads its command line, prints what was asked for or does what the command says, and tells how it ended. An error
 * becomes one line on standard error, with its stack below only with `--debug`.
 *
 * @param definition The program.
 * @param environment What it has of its process.
 * @param run Does what the command says; its promise ends with the program.
 * @returns What the process should exit with.
 */
export async function runProgram<C extends RunnableCommand>(
  definition: CommandDefinition<C>,
  environment: ProgramEnvironment,
  run: (command: C) => Promise<void> | void,
): Promise<ExitCode> {
  const { name } = definition;
  const { args, stdout, stderr, columns, libraries } = environment;
  let debug = false;
  try {
    const invocation = readInvocation(
      definition,
      args,
      columns === undefined ? {} : { columns },
    );
    switch (invocation.kind) {
      case "help":
      case "completion":
        stdout(invocation.text);
        return EXIT_CODE.DONE;
      case "version":
        stdout(`${formatVersion(name, libraries?.() ?? {})}\n`);
        return EXIT_CODE.DONE;
      case "usage":
        throw new UsageError(invocation.message);
      case "run":
        debug = invocation.command.debug ?? false;
        await run(invocation.command);
        return EXIT_CODE.DONE;
    }
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const hint = isUsage ? ` (see ${name} --help)` : "";
    stderr(`${name}: ${describeError(error)}${hint}\n`);
    if (debug) stderr(`${formatStack(error)}\n`);
    return isUsage ? EXIT_CODE.USAGE : EXIT_CODE.FAILURE;
  }
}
