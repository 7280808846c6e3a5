#!/usr/bin/env -S deno run -A
// Measures what the project costs, beside other programs on the same load in the same run, in namespaces of its own.
//
//   deno task bench [--only SECTION,...] [--rounds N] [--quick] [--packets N] [--json] [--list]
//
// Without --only it measures the pipe: the table that the README quotes. What is measured lives in tests/bench/sections.

import { parseArgs } from "node:util";
import {
  type BenchContext,
  type BenchSection,
  type BenchTable,
  formatTable,
} from "../tests/bench/section.ts";
import { compressionSection } from "../tests/bench/sections/compression.ts";
import { latencySection } from "../tests/bench/sections/latency.ts";
import { lossSection } from "../tests/bench/sections/loss.ts";
import { memorySection } from "../tests/bench/sections/memory.ts";
import { pipeSection } from "../tests/bench/sections/pipe.ts";
import { rateControlSection } from "../tests/bench/sections/rate_control.ts";
import { startUpSection } from "../tests/bench/sections/start_up.ts";
import { windowCostSection } from "../tests/bench/sections/window_cost.ts";
import { windowSection } from "../tests/bench/sections/window.ts";

const SECTIONS: readonly BenchSection[] = [
  pipeSection,
  lossSection,
  latencySection,
  memorySection,
  startUpSection,
  compressionSection,
  rateControlSection,
  windowSection,
  windowCostSection,
];
const DEFAULT_SECTIONS: readonly string[] = [pipeSection.name];
const DEFAULT_ROUNDS = 3;
const USAGE = `usage: deno task bench [--only SECTION,...|all] [--rounds N]
                       [--quick] [--packets N] [--json] [--list]

--packets is what the section memory sends, such as 100M
`;
const MILLION = 1e6;

/** What was asked for. */
interface Command {
  sections: BenchSection[];
  rounds: number;
  quick: boolean;
  packets: number | undefined;
  json: boolean;
}

function parseCommand(args: string[]): Command {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string" },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      packets: { type: "string" },
      json: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help || values.list) {
    print(values.help ? USAGE : "");
    for (const { name, title } of SECTIONS) print(`${name}: ${title}\n`);
    Deno.exit(0);
  }
  const names = values.only?.split(",") ?? DEFAULT_SECTIONS;
  const unknown = names.find((name) =>
    name !== "all" && SECTIONS.every((section) => section.name !== name)
  );
  const rounds = Number(values.rounds ?? (values.quick ? 1 : DEFAULT_ROUNDS));
  if (unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
    throw new RangeError(
      unknown === undefined
        ? `Cannot measure ${values.rounds} rounds: not a number from 1 on`
        : `Cannot measure ${JSON.stringify(unknown)}: no such section`,
    );
  }
  const { quick, json } = values;
  const packets = parsePackets(values.packets);
  const sections = SECTIONS.filter(({ name }) =>
    names.includes(name) || names.includes("all")
  );
  return { sections, rounds, quick, packets, json };
}

function parsePackets(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, digits, unit] = /^([0-9]{1,9})(M?)$/.exec(text) ?? [];
  const packets = Number(digits) * (unit === "M" ? MILLION : 1);
  if (packets >= 1) return packets;
  throw new RangeError(
    `Cannot send ${JSON.stringify(text)} packets: not a number like 100M`,
  );
}

/** Says what was measured on: figures mean nothing without it. */
function machineLine(): string {
  const model = /^model name\s*: (.*)$/m.exec(
    Deno.readTextFileSync("/proc/cpuinfo"),
  );
  return [
    `${navigator.hardwareConcurrency} cores (${model?.[1] ?? Deno.build.arch})`,
    `Linux ${Deno.osRelease()}`,
    `Deno ${Deno.version.deno}`,
    `load ${Deno.loadavg()[0]?.toFixed(2)} at the start`,
  ].join(", ");
}

async function runBench(command: Command): Promise<void> {
  const machine = machineLine();
  if (!command.json) print(`${machine}\n`);
  const folder = await Deno.makeTempDir({ prefix: "nflog-bench-" });
  const tables: Record<string, BenchTable> = {};
  try {
    for (const section of command.sections) {
      const context: BenchContext = { ...command, folder, say };
      const table = await section.run(context);
      tables[section.name] = table;
      if (!command.json) print(`\n${section.title}\n${formatTable(table)}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  if (command.json) print(`${JSON.stringify({ machine, tables })}\n`);
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) {
  try {
    await runBench(parseCommand(Deno.args));
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  }
}
