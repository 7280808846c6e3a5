import type { Usage, UsageTerm } from "@optique/core/usage";

/**
 * Separates the values that stand right behind short options (`-uroot`, `-c10`), as the Python original and tcpdump take them.
 *
 * @param usage What the program takes, from its parser.
 * @param args The arguments.
 * @returns New arguments in which each of those is two: `-u`, `root`.
 */
export function separateShortOptions(
  usage: Usage,
  args: readonly string[],
): string[] {
  const names = new Set(namesWithValue(usage));
  const result: string[] = [];
  let isValue = false;
  for (const [index, argument] of args.entries()) {
    if (!isValue && argument === "--") return [...result, ...args.slice(index)];
    const short = argument.slice(0, 2);
    if (!isValue && short.length < argument.length && names.has(short)) {
      result.push(short, argument.slice(2));
    } else {
      result.push(argument);
    }
    isValue = !isValue && names.has(argument);
  }
  return result;
}

/** Lists the names of the options that take a value. */
function namesWithValue(usage: Usage): string[] {
  return usage.flatMap((term: UsageTerm): readonly string[] => {
    switch (term.type) {
      case "option":
        return term.metavar === undefined ? [] : term.names;
      case "optional":
      case "multiple":
      case "sequence":
        return namesWithValue(term.terms);
      case "exclusive":
        return term.terms.flatMap(namesWithValue);
      default:
        return [];
    }
  });
}
