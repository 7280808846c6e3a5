import type {
  ObjectErrorOptions,
  OrErrorOptions,
} from "@optique/core/constructs";
import { type Message, text } from "@optique/core/message";
import { findSimilar } from "@optique/core/suggestion";
import { extractOptionNames, type Usage } from "@optique/core/usage";
import { quoteValue } from "./escape_text.ts";

/** Options that every program has besides those of its parser. */
const META_OPTIONS = ["--help", "--version", "--completion"];
const MOST_SUGGESTIONS = 3;
const MOST_MISTAKES = 2;
/** Characters in `-x`, which is like too many others. */
const SHORT_NAME = 2;

/**
 * Makes the messages for what a whole command line lacks or has too much.
 *
 * @param getUsage Gives what the program takes; called when there is an error, not before.
 * @returns The messages, for the parser library.
 */
export function commandErrors(
  getUsage: () => Usage,
): ObjectErrorOptions & OrErrorOptions {
  const describeMissing = (): Message => {
    const names = listArguments(getUsage());
    const verb = names.length === 1 ? "is" : "are";
    return [text(`${names.join(" and ")} ${verb} missing`)];
  };
  return {
    endOfInput: describeMissing,
    noMatch: describeMissing,
    unexpectedInput: (token) => describeUnexpected(token, getUsage()),
  };
}

function describeUnexpected(token: string, usage: Usage): Message {
  if (!token.startsWith("-") || token === "-") {
    return [text(`There is one argument too many: ${quoteValue(token)}`)];
  }
  const name = token.replace(/=.*/s, "");
  const names = [...extractOptionNames(usage), ...META_OPTIONS];
  const similar = name.length > SHORT_NAME ? findLike(name, names) : [];
  const hint = similar.length === 0
    ? ""
    : `; did you mean ${similar.slice(0, MOST_SUGGESTIONS).join(" or ")}?`;
  return [text(`There is no option ${quoteValue(name)}${hint}`)];
}

/** Finds the options that a name was cut from, as the Python original allowed, or else mistyped. */
function findLike(name: string, names: readonly string[]): string[] {
  const longer = names.filter((known) => known.startsWith(name));
  return longer.length > 0 ? longer : findSimilar(name, names, {
    maxDistance: MOST_MISTAKES,
  });
}

/** Lists the arguments that must be there, and the options that stand for a whole mode. */
function listArguments(usage: Usage): string[] {
  return usage.flatMap((term): string[] => {
    switch (term.type) {
      case "argument":
        return [term.metavar];
      case "multiple":
      case "sequence":
        return listArguments(term.terms);
      case "exclusive":
        return listArguments(term.terms.at(-1) ?? []);
      default:
        return [];
    }
  });
}
