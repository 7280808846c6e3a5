#!/usr/bin/env -S scripts/deno run --allow-read=README.md --allow-write=README.md
/**
 * Writes the option tables of README.md anew from the option parsers. With `--check` it changes nothing and fails when they are stale.
 *
 * @module
 */
import { updateOptionTables } from "../lib/cli/option_tables.ts";
import { PROGRAMS } from "../lib/cli/programs.ts";

const README = "README.md";

function complain(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}

function main(args: readonly string[]): number {
  const [flag, ...rest] = args;
  if (rest.length > 0 || flag !== undefined && flag !== "--check") {
    complain("usage: scripts/option_tables.ts [--check]");
    return 2;
  }
  const before = Deno.readTextFileSync(README);
  const after = updateOptionTables(before, PROGRAMS);
  if (after === before) return 0;
  if (flag === "--check") {
    complain(
      `The option tables of ${README} are stale: run scripts/deno run -RW scripts/option_tables.ts`,
    );
    return 1;
  }
  Deno.writeTextFileSync(README, after);
  return 0;
}

if (import.meta.main) Deno.exitCode = main(Deno.args);
