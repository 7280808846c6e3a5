import { object, or } from "@optique/core/constructs";
import { parse, type Parser } from "@optique/core/parser";
import { constant } from "@optique/core/primitives";
import { commandErrors } from "./command_errors.ts";
import { separateShortOptions } from "./short_options.ts";
import { formatPlainMessage } from "./plain_message.ts";
import { UsageError } from "./usage_error.ts";

/** Options that belong together: they are parsed, checked against each other, and become part of a command. */
export interface OptionGroup<S extends object> {
  /** Reads the options of the group. */
  readonly parser: Parser<"sync", unknown, unknown>;
  /**
   * Makes settings of what the parser read.
   *
   * @throws {UsageError} If options contradict each other.
   */
  readonly resolve: (raw: unknown) => S;
}

/** One way to call a program: a kind, and the groups of options it takes. */
export interface CommandMode<C> {
  /** Reads all of its options. */
  readonly parser: Parser<"sync", unknown, unknown>;
  /** Makes the command of what the parser read. */
  readonly resolve: (raw: unknown) => C;
}

/** What a program is called, does and takes: all that parsing, help, completion, README and manual are made from. */
export interface CommandDefinition<C> {
  /** The program's name: `nflog-zmq-send`. */
  readonly name: string;
  /** What it does, in one line. */
  readonly brief: string;
  /** What else to know before using it: paragraphs. */
  readonly description: readonly string[];
  /** Command lines that work, without the program's name. */
  readonly examples: readonly string[];
  /** Reads a command line; its value is for `resolve`. */
  readonly parser: Parser<"sync", unknown, unknown>;
  /**
   * Makes the command of what the parser read.
   *
   * @throws {UsageError} If options contradict each other.
   */
  readonly resolve: (raw: unknown) => C;
}

/** What {@linkcode defineCommand} needs. */
export interface CommandSpec<C>
  extends Omit<CommandDefinition<C>, "parser" | "resolve"> {
  /** Ways to call the program, the usual one last: it is the one that mistakes are explained by. */
  readonly modes: readonly [CommandMode<C>, ...CommandMode<C>[]];
  /** Checks options of different groups against each other; throws a {@linkcode UsageError}. */
  readonly check?: (command: C) => void;
}

/** The settings of several groups together. */
export type SettingsOf<G> = G extends
  readonly [OptionGroup<infer S>, ...infer Rest] ? S & SettingsOf<Rest>
  : unknown;

/** The command that a mode makes. */
export type CommandOf<M> = M extends CommandMode<infer C> ? C : never;

/**
 * Makes a group of options.
 *
 * @param parser Reads them.
 * @param resolve Checks them against each other and makes settings of them; throws a {@linkcode UsageError}.
 * @returns The group.
 */
export function optionGroup<R, S extends object>(
  parser: Parser<"sync", R, unknown>,
  resolve: (raw: R) => S,
): OptionGroup<S> {
  // What comes back from a parser of R is an R.
  return { parser, resolve: (raw) => resolve(raw as R) };
}

/**
 * Makes one way to call a program.
 *
 * @param kind What tells the command from others.
 * @param groups The groups of options it takes; adding one is adding it here.
 * @returns The mode.
 */
export function commandMode<
  const K extends string,
  const G extends readonly OptionGroup<object>[],
>(
  kind: K,
  groups: G,
): CommandMode<{ readonly kind: K } & SettingsOf<G>> {
  const parsers = Object.fromEntries(
    groups.map(({ parser }, index) => [`group${index}`, parser]),
  );
  const parser: Parser<"sync", unknown, unknown> = object(
    { kind: constant(kind), ...parsers },
    { errors: commandErrors(() => parser.usage) },
  );
  return {
    parser,
    resolve(raw): { readonly kind: K } & SettingsOf<G> {
      const values = raw as Record<string, unknown>;
      const settings = groups.map(({ resolve }, index) =>
        resolve(values[`group${index}`])
      );
      return Object.assign({ kind }, ...settings);
    },
  };
}

/**
 * Defines a program.
 *
 * @param spec What it is called, does and takes.
 * @returns The definition.
 */
export function defineCommand<C extends { readonly kind: string }>(
  spec: CommandSpec<C>,
): CommandDefinition<C> {
  const { modes, check, ...rest } = spec;
  const errors = commandErrors(() => parser.usage);
  const indexed = modes.map(({ parser }, index) =>
    object({ index: constant(index), value: parser }, { errors })
  );
  const [first] = indexed;
  const parser: Parser<"sync", unknown, unknown> =
    first !== undefined && indexed.length === 1
      ? first
      : or(...indexed, { errors });
  return {
    ...rest,
    parser,
    resolve(raw): C {
      const { index, value } = raw as { index: number; value: unknown };
      const command = (modes[index] ?? modes[0]).resolve(value);
      check?.(command);
      return command;
    },
  };
}

/**
 * Reads a command line without doing anything about it.
 *
 * @param definition The program.
 * @param args Its arguments, without its name.
 * @returns The command.
 * @throws {UsageError} If the program does not take them.
 */
export function parseCommand<C>(
  definition: CommandDefinition<C>,
  args: readonly string[],
): C {
  const { parser, resolve } = definition;
  const result = parse(parser, separateShortOptions(parser.usage, args));
  if (result.success) return resolve(result.value);
  throw new UsageError(formatPlainMessage(result.error));
}
