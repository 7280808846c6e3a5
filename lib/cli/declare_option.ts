import { type Message, text } from "@optique/core/message";
import { optional, withDefault } from "@optique/core/modifiers";
import type { Parser } from "@optique/core/parser";
import { argument, option } from "@optique/core/primitives";
import type { OptionName } from "@optique/core/usage";
import type { ValueParser } from "@optique/core/valueparser";

/** The names of one option, the long one last. */
export type OptionNames = readonly [OptionName, ...OptionName[]];

/** An option that takes a value. */
export interface ValueOptionSpec<T> {
  /** Reads the value. */
  value: ValueParser<"sync", T>;
  /** What the option does, for help and manual: sentences. */
  help: string;
  /** What applies when the option is not given, for help, where that is decided later. */
  hint?: string;
}

/** An option that has a value whether or not it is given. */
export interface DefaultedOptionSpec<T> extends ValueOptionSpec<T> {
  /** The value when it is not given. */
  fallback: T;
}

/** An argument that is known by its place. */
export interface ArgumentSpec<T> {
  /** Reads the value. */
  value: ValueParser<"sync", T>;
  /** What it is, for help and manual: sentences. */
  help: string;
}

/**
 * Declares an option with a value.
 *
 * @param names Its names.
 * @param spec What it takes.
 * @returns A parser that gives undefined when the option is not there.
 */
export function valueOption<T>(
  names: OptionNames,
  spec: ValueOptionSpec<T>,
): Parser<"sync", T | undefined, unknown> {
  const parser = declare(names, spec);
  if (spec.hint === undefined) return optional(parser);
  return withDefault(parser, undefined, { message: [text(spec.hint)] });
}

/**
 * Declares an option with a value that has a default, which help shows with its unit.
 *
 * @param names Its names.
 * @param spec What it takes.
 * @returns A parser that gives the default when the option is not there.
 */
export function defaultedOption<T>(
  names: OptionNames,
  spec: DefaultedOptionSpec<T>,
): Parser<"sync", T, unknown> {
  const hint = spec.hint ?? spec.value.format(spec.fallback);
  const fallback = (): T => spec.fallback;
  return withDefault(declare(names, spec), fallback, {
    message: [text(hint)],
  });
}

/**
 * Declares an option without a value.
 *
 * @param names Its names.
 * @param help What it does, for help and manual: sentences.
 * @returns A parser that gives whether the option is there.
 */
export function switchOption(
  names: OptionNames,
  help: string,
): Parser<"sync", boolean, unknown> {
  const parser = option(...names, {
    description: [text(help)],
    errors: {
      duplicate: describeDuplicate,
      unexpectedValue: () => [
        text(`${names.at(-1) ?? names[0]} takes no value`),
      ],
    },
  });
  return withDefault(parser, false);
}

/**
 * Declares an argument that must be there.
 *
 * @param spec What it takes.
 * @returns Its parser.
 */
export function requiredArgument<T>(
  spec: ArgumentSpec<T>,
): Parser<"sync", T, unknown> {
  return argument(spec.value, {
    description: [text(spec.help)],
    errors: {
      endOfInput: [text(`${spec.value.metavar} is missing`)],
      invalidValue: (error) => [text(`${spec.value.metavar}: `), ...error],
    },
  });
}

function declare<T>(
  names: OptionNames,
  spec: ValueOptionSpec<T>,
): Parser<"sync", T, unknown> {
  const label = names.at(-1) ?? names[0];
  return option(...names, spec.value, {
    description: [text(spec.help)],
    errors: {
      duplicate: describeDuplicate,
      endOfInput: [text(`${label} needs a value: ${spec.value.metavar}`)],
      invalidValue: (error) => [text(`${label}: `), ...error],
    },
  });
}

function describeDuplicate(token: string): Message {
  return [text(`${token} is given twice`)];
}
