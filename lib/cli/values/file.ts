import type { Suggestion } from "@optique/core/parser";
import type { ValueParser } from "@optique/core/valueparser";
import { quoteValue } from "../escape_text.ts";
import { valueParser } from "./value_parser.ts";

/** Where a stream of bytes goes. */
export type Destination =
  | { readonly kind: "stdout" }
  /** A FIFO or a file; which one shows when it is opened. */
  | { readonly kind: "path"; readonly path: string };

/** What a file name is for. */
export interface FileOptions {
  /** How help names it. @default {"FILE"} */
  metavar?: string;
  /** What the shell completes to. @default {"file"} */
  type?: "file" | "any";
}

/**
 * The path of a file; `-`, which is no path, is refused.
 *
 * @param options What it is for.
 * @returns The parser; its values are the path as it was given.
 */
export function filePath(
  options: FileOptions = {},
): ValueParser<"sync", string> {
  const { metavar = "FILE", type = "file" } = options;
  return valueParser({
    metavar,
    placeholder: metavar,
    read(input): string {
      const path = parsePath(input);
      if (path !== "-") return path;
      throw new SyntaxError(
        'Cannot use file "-": only a path can be given here; write ./- for a file of that name',
      );
    },
    format: (value) => value,
    suggest: (prefix) => [suggestFile(prefix, type)],
  });
}

/**
 * Where a capture goes: a path, or `-` for standard output.
 *
 * @param options What it is for.
 * @returns The parser.
 */
export function destination(
  options: FileOptions = {},
): ValueParser<"sync", Destination> {
  const { metavar = "FILE", type = "any" } = options;
  return valueParser<Destination>({
    metavar,
    placeholder: { kind: "stdout" },
    read(input): Destination {
      const path = parsePath(input);
      return path === "-" ? { kind: "stdout" } : { kind: "path", path };
    },
    format: (value) => value.kind === "stdout" ? "-" : value.path,
    suggest: (prefix) => [suggestFile(prefix, type)],
  });
}

/**
 * Reads a path, which may be `-`.
 *
 * @param input What was written.
 * @returns The path as it was given.
 * @throws {SyntaxError} If it is empty or has a NUL.
 */
export function parsePath(input: string): string {
  if (input === "") throw new SyntaxError('Cannot use file "": it has no name');
  if (input.includes("\0")) {
    throw new SyntaxError(
      `Cannot use file ${quoteValue(input)}: it has a NUL`,
    );
  }
  return input;
}

function suggestFile(prefix: string, type: "file" | "any"): Suggestion {
  return { kind: "file", type, pattern: prefix };
}
