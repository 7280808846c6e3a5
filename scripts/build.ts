#!/usr/bin/env -S scripts/deno run --allow-read --allow-write --allow-run --allow-env
/**
 * Makes one standalone executable of each program, and what is needed to check and trust them.
 *
 *     deno task build [--program NAME]... [--target TARGET]... [--out DIR] [--once]
 *
 * Every executable is built twice and both are compared, unless `--once` is given. COMPILE_DENO names the Deno that compiles, DENORT_BIN the base executable.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { formatBillOfMaterials } from "./build/bill_of_materials.ts";
import { hashFile, writeChecksums } from "./build/checksum.ts";
import { checkTarget, findCompiler } from "./build/compiler.ts";
import {
  buildExecutable,
  type BuildResult,
  type BuildSettings,
  readVersion,
} from "./build/executable.ts";
import {
  BUILDABLE,
  type Buildable,
  readConfig,
  readOrigin,
  TOP,
} from "./build/project.ts";
import { CXX_LIBRARY, findCxxLibrary } from "./build/cxx_library.ts";
import { addonPath, findTarget, type Target } from "./build/target.ts";

const USAGE = `usage: deno task build [--program NAME]... [--target TARGET]...
                       [--out DIR] [--once]
`;
const MEBIBYTE = 1024 * 1024;

/** What was asked for. */
interface Command {
  programs: readonly Buildable[];
  targets: readonly Target[];
  out: string;
  once: boolean;
}

function parseCommand(args: string[]): Command {
  const { values } = parseArgs({
    args,
    options: {
      program: { type: "string", multiple: true, default: [] },
      target: { type: "string", multiple: true, default: [] },
      out: { type: "string", default: `${TOP}/dist` },
      once: { type: "boolean", default: false },
    },
  });
  const { program, target, out, once } = values;
  const unknown = program.find((name) =>
    !BUILDABLE.some((buildable) => buildable.name === name)
  );
  if (unknown !== undefined) {
    throw new RangeError(`Cannot build ${unknown}: there is no such program`);
  }
  const names = target.length > 0 ? target : [Deno.build.arch];
  return {
    programs: BUILDABLE.filter(({ name }) =>
      program.length === 0 || program.includes(name)
    ),
    targets: names.map(findTarget),
    out,
    once,
  };
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** Builds the programs for one target, and lists what is in them. */
async function buildTarget(
  { programs, once }: Command,
  settings: BuildSettings,
): Promise<void> {
  const { origin, target, out, compiler, cxxLibrary } = settings;
  const results: BuildResult[] = [];
  for (const program of programs) {
    const result = await buildExecutable(program, settings);
    results.push(result);
    const size = (result.size / MEBIBYTE).toFixed(1).padStart(7);
    const verdict = once ? "" : describe(await result.compare());
    say(`${size} MiB  ${result.file}${verdict}`);
  }
  const list = await formatBillOfMaterials({
    origin,
    executables: results,
    deno: await findRuntime(settings, results) ?? compiler.version,
    addon: await hashFile(`${TOP}/${addonPath(target)}`),
    cxxLibrary: cxxLibrary && await hashFile(cxxLibrary),
  });
  const name = `nflog-zmq-pcap-pipe-${origin.number}-${target.triple}`;
  await Deno.writeTextFile(`${out}/${name}.cdx.json`, list);
}

function describe(difference: string | undefined): string {
  return difference === undefined
    ? "  two builds are equal"
    : `  TWO BUILDS DIFFER in ${difference}`;
}

/** Finds the version of Deno inside executables that run here. */
async function findRuntime(
  { target, out }: BuildSettings,
  [first]: readonly BuildResult[],
): Promise<string | undefined> {
  if (first === undefined || target.architecture !== Deno.build.arch) {
    return undefined;
  }
  const said = await readVersion(`${out}/${first.file}`);
  return /^Deno (\S+)$/m.exec(said)?.[1];
}

async function main(args: string[]): Promise<void> {
  const command = parseCommand(args);
  const compiler = await findCompiler({
    deno: Deno.env.get("COMPILE_DENO"),
    base: Deno.env.get("DENORT_BIN"),
  });
  for (const target of command.targets) await checkTarget(compiler, target);
  const config = await readConfig();
  const origin = await readOrigin(config.version);
  const { out } = command;
  await Deno.mkdir(out, { recursive: true });
  for (const target of command.targets) {
    const cxxLibrary = await findCxxLibrary(target);
    if (cxxLibrary === undefined) {
      say(`No ${CXX_LIBRARY} for ${target.triple} here: its hosts need one`);
    }
    const settings = { compiler, config, origin, target, cxxLibrary, out };
    await buildTarget(command, settings);
  }
  await writeChecksums(out);
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const usage = error instanceof TypeError ? USAGE : "";
    const text = `build: ${message}\n${usage}`;
    Deno.stderr.writeSync(new TextEncoder().encode(text));
    Deno.exitCode = 1;
  }
}
