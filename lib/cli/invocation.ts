import { runParser } from "@optique/core/facade";
import type { CommandDefinition } from "./command.ts";
import { quoteValue } from "./escape_text.ts";
import { formatHelp } from "./help_page.ts";
import { formatPlainMessage } from "./plain_message.ts";
import { separateShortOptions } from "./short_options.ts";
import { UsageError } from "./usage_error.ts";
import { VERSION } from "./version.ts";

/** What a command line asks for. */
export type Invocation<C> =
  /** To do what the command says. */
  | { readonly kind: "run"; readonly command: C }
  /** To print the version. */
  | { readonly kind: "version" }
  /** To print a text as it is: the help page, or what a shell needs for completion. */
  | { readonly kind: "help" | "completion"; readonly text: string }
  /** Something the program does not take. */
  | { readonly kind: "usage"; readonly message: string };

/** How {@linkcode readInvocation} writes. */
export interface InvocationOptions {
  /** Width of the help page in characters; less than 60 counts as 60. @default {80} */
  columns?: number;
}

/** Shells that completion scripts exist for. */
const SHELLS: readonly string[] = ["bash", "zsh", "fish", "nu", "pwsh"];
const USUAL_COLUMNS = 80;
const LEAST_COLUMNS = 60;

/**
 * Reads a command line, with the options that every program has: `--help`, `--version`, `--completion`. Does nothing about it.
 *
 * @param definition The program.
 * @param args Its arguments, without its name.
 * @param options How to write help.
 * @returns What it asks for.
 */
export function readInvocation<C>(
  definition: CommandDefinition<C>,
  args: readonly string[],
  options: InvocationOptions = {},
): Invocation<C> {
  const problem = findShellProblem(args);
  if (problem !== undefined) return { kind: "usage", message: problem };
  const columns = Math.max(options.columns ?? USUAL_COLUMNS, LEAST_COLUMNS);
  if (asksForHelpAlone(args)) {
    return { kind: "help", text: formatHelp(definition, columns) };
  }
  return parseInvocation(definition, args, columns);
}

function parseInvocation<C>(
  definition: CommandDefinition<C>,
  args: readonly string[],
  columns: number,
): Invocation<C> {
  const { parser, resolve } = definition;
  const shown: Invocation<C>[] = [];
  const chunks: string[] = [];
  const raw = runParser<typeof parser, void, void>(
    parser,
    definition.name,
    separateShortOptions(parser.usage, args),
    {
      help: {
        option: { names: ["-h", "--help"] },
        onShow: () => {
          shown.push({ kind: "help", text: formatHelp(definition, columns) });
        },
      },
      version: {
        option: true,
        value: VERSION.number,
        onShow: () => void shown.push({ kind: "version" }),
      },
      completion: {
        option: true,
        onShow: () =>
          void shown.push({ kind: "completion", text: join(chunks) }),
      },
      stdout: (chunk) => chunks.push(chunk),
      stderr: () => undefined,
      onError: (_code, error) =>
        void shown.push({ kind: "usage", message: formatPlainMessage(error) }),
    },
  );
  return shown[0] ?? resolveCommand(() => resolve(raw));
}

/** Finds the usual way to ask for help. The parser library would format a page of its own as well, which takes as long as all else. */
function asksForHelpAlone(args: readonly string[]): boolean {
  const [first, ...others] = args;
  return others.length === 0 && (first === "--help" || first === "-h");
}

/** Says what is wrong with the shell of `--completion`; the parser library takes `constructor` for one. */
function findShellProblem(args: readonly string[]): string | undefined {
  const index = args.findIndex((arg) => /^--completion(=|$)/.test(arg));
  const given = args[index];
  if (given === undefined || args.slice(0, index).includes("--")) {
    return undefined;
  }
  const shell = given.includes("=")
    ? given.slice(given.indexOf("=") + 1)
    : args[index + 1];
  if (shell !== undefined && SHELLS.includes(shell)) return undefined;
  return shell === undefined
    ? `--completion needs a value: ${SHELLS.join("|")}`
    : `--completion: Cannot use ${quoteValue(shell)}: write ${
      SHELLS.join(" or ")
    }`;
}

/** Shells take what the parser library writes with a line break behind each piece. */
function join(chunks: readonly string[]): string {
  return chunks.map((chunk) => `${chunk}\n`).join("");
}

function resolveCommand<C>(resolve: () => C): Invocation<C> {
  try {
    return { kind: "run", command: resolve() };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { kind: "usage", message: error.message };
  }
}
