// Reads damaged and made-up inputs, a million by default. `deno task fuzz --help` says how to choose.

import { parseArgs } from "node:util";
import {
  type FuzzRun,
  type FuzzTarget,
  runFuzz,
  shareCases,
} from "../tests/fuzz/fuzz_target.ts";
import { FUZZ_TARGETS } from "../tests/fuzz/targets.ts";

const HELP =
  `Usage: deno task fuzz [--cases N] [--target NAME] [--seed N] [--path P]
  --cases N      inputs, of all targets together (1000000)
  --target NAME  one of: ${FUZZ_TARGETS.map(({ name }) => name).join(", ")}
  --seed N       which inputs; printed at the start, the same seed gives the same ones
  --path P       one input alone, as a failure names it
`;

/** What the second half of a run may leave behind, in bytes. */
const GROWTH_LIMIT = 32 * 1024 * 1024;

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

/** What the command line says. */
interface FuzzOptions {
  cases: string;
  help: boolean;
  target?: string;
  seed?: string;
  path?: string;
}

function readOptions(): FuzzOptions {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      cases: { type: "string", default: "1000000" },
      target: { type: "string" },
      seed: { type: "string" },
      path: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  return values;
}

async function main(): Promise<number> {
  const values = readOptions();
  if (values.help) {
    print(HELP);
    return 0;
  }
  const targets = FUZZ_TARGETS.filter(({ name }) =>
    values.target === undefined || name === values.target
  );
  if (targets.length === 0) {
    print(`There is no target ${values.target}\n${HELP}`);
    return 2;
  }
  const [random = 0] = crypto.getRandomValues(new Int32Array(1));
  const seed = values.seed === undefined ? random : Number(values.seed);
  const counts = shareCases(Number(values.cases), targets);
  print(`seed ${seed}\n`);
  for (const [index, target] of targets.entries()) {
    const { path } = values;
    const cases = counts[index] ?? 1;
    print(
      await fuzzOne(target, {
        cases,
        seed,
        ...(path !== undefined && { path }),
      }),
    );
  }
  const all = counts.reduce((sum, count) => sum + count, 0);
  print(`${all} inputs: none crashed, hung or got through damaged\n`);
  return 0;
}

/** Runs a target in two halves, the second of which must not need more memory. */
async function fuzzOne(target: FuzzTarget, run: FuzzRun): Promise<string> {
  const start = performance.now();
  const half = Math.ceil(run.cases / 2);
  await runFuzz(target, { ...run, cases: half });
  const before = await memoryInUse();
  if (run.path === undefined) {
    await runFuzz(target, { ...run, cases: half, seed: run.seed ^ 1 });
  }
  const growth = await memoryInUse() - before;
  if (growth > GROWTH_LIMIT) {
    throw new Error(
      `${target.name}: ${half} inputs left ${growth} bytes behind`,
    );
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const kept = (growth / 2 ** 20).toFixed(1);
  return `${target.name}: ${run.cases} in ${seconds} s, ${kept} MiB more at the end than half way\n`;
}

/** Memory in use after what is garbage was collected, in bytes. */
async function memoryInUse(): Promise<number> {
  const { gc } = globalThis as { gc?: () => void };
  // Objects of native code let go of their memory a turn after they were collected.
  for (let turn = 0; turn < 3; turn++) {
    gc?.();
    await new Promise((resolve) => {
      setTimeout(resolve, 0);
    });
  }
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

Deno.exit(await main());
