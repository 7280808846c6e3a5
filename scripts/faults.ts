#!/usr/bin/env -S deno run -A
// Breaks what can break around the programs, and accounts for every packet: real programs, real NFLOG, in namespaces of their own.
//
//   deno task faults [--only NAME,...] [--quick] [--list]
//
// It ends with 1 if a packet is unaccounted for. What is broken lives in tests/faults.

import { parseArgs } from "node:util";
import { formatTable } from "../tests/bench/section.ts";
import type { Fault } from "../tests/faults/fault.ts";
import { FAULTS } from "../tests/faults/faults.ts";
import { faultTable, type TriedFault } from "../tests/faults/fault_table.ts";

const USAGE = `usage: deno task faults [--only NAME,...] [--quick] [--list]
`;

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}

function chooseFaults(args: string[]): readonly Fault[] {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help || values.list) {
    print(values.help ? USAGE : "");
    for (const { name, title } of FAULTS) print(`${name}: ${title}\n`);
    Deno.exit(0);
  }
  const names = values.only?.split(",");
  const unknown = names?.find((name) =>
    FAULTS.every((fault) => fault.name !== name)
  );
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot try ${JSON.stringify(unknown)}: no such fault; see --list`,
    );
  }
  return FAULTS.filter(({ name, quick }) =>
    (names?.includes(name) ?? true) && (quick === true || !values.quick)
  );
}

/** Lets one fault happen, and says what was wrong. */
async function tryFault(fault: Fault): Promise<TriedFault> {
  say(fault.title);
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  try {
    const outcome = await fault.run();
    for (const text of outcome.account.faults) say(`  WRONG: ${text}`);
    return { fault, outcome, seconds: seconds() };
  } catch (error) {
    say(`  FAILED: ${error instanceof Error ? error.stack : error}`);
    return { fault, outcome: undefined, seconds: seconds() };
  }
}

async function main(): Promise<number> {
  const tried: TriedFault[] = [];
  for (const fault of chooseFaults(Deno.args)) {
    tried.push(await tryFault(fault));
  }
  print(formatTable(faultTable(tried)));
  return tried.every(({ outcome }) =>
      outcome?.account.difference === 0 && outcome.account.faults.length === 0
    )
    ? 0
    : 1;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  }
}
