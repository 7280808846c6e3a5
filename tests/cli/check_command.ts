import assert from "node:assert/strict";
import { type CommandDefinition, parseCommand } from "../../lib/cli/command.ts";
import { UsageError } from "../../lib/cli/usage_error.ts";

/** A bad command line, and what the message says. */
export type BadCommand = readonly [args: string, message: RegExp];

/**
 * Splits a command line at its spaces; what stands between single quotes stays together.
 */
export function splitArgs(line: string): string[] {
  return Array.from(
    line.matchAll(/'([^']*)'|\S+/g),
    ([whole, quoted]) => quoted ?? whole,
  );
}

/** Checks that a program refuses command lines, each with one line that says why. */
export function checkRefused<C>(
  definition: CommandDefinition<C>,
  cases: readonly BadCommand[],
): void {
  for (const [line, message] of cases) {
    assert.throws(
      () => parseCommand(definition, splitArgs(line)),
      (error) => {
        assert.ok(error instanceof UsageError, `${line}: ${error}`);
        assert.match(error.message, message, `${line}: ${error.message}`);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      },
      line,
    );
  }
}
