import { TOP } from "./project.ts";
import { run } from "./run.ts";

/** A package that a program is made of. */
export interface Package {
  /** Its name. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
  /** Its folder in this checkout. */
  readonly folder: string;
  /** Its licence, as an SPDX expression; empty if it names none. */
  readonly license: string;
}

/** What a program is made of. */
export interface ModuleGraph {
  /** Packages, and those that they depend on, by name. */
  readonly packages: readonly Package[];
  /** Workers: modules that are named and not imported, relative to the top. */
  readonly workers: readonly string[];
}

/** What `deno info --json` prints, as far as needed. */
interface Info {
  modules: { local?: string; npmPackage?: string; error?: string }[];
  npmPackages?: Record<
    string,
    { name: string; version: string; dependencies: string[] }
  >;
}

const WORKER = /\bnew URL\(\s*"(\.[^"]+\.ts)"\s*,\s*import\.meta\.url/g;

/**
 * Finds out what a program is made of.
 *
 * @param deno The Deno to ask.
 * @param file The program, relative to the top.
 * @returns Its packages and workers.
 * @throws {Error} If a module is missing.
 */
export async function readModuleGraph(
  deno: string,
  file: string,
): Promise<ModuleGraph> {
  const { stdout } = await run([deno, "info", "--json", file], { cwd: TOP });
  const info: Info = JSON.parse(stdout);
  const broken = info.modules.find(({ error }) => error !== undefined);
  if (broken !== undefined) {
    throw new Error(`Cannot build ${file}: ${broken.error}`);
  }
  const direct = info.modules.flatMap(({ npmPackage }) => npmPackage ?? []);
  const local = info.modules.flatMap(({ local }) =>
    local?.startsWith(`${TOP}/`) && local.endsWith(".ts") ? [local] : []
  );
  return {
    packages: await findPackages(info, direct),
    workers: await findWorkers(local),
  };
}

/** Follows dependencies; those that a package can do without stay out. */
async function findPackages(
  info: Info,
  direct: readonly string[],
): Promise<Package[]> {
  const found = new Map<string, Package>();
  const waiting = [...direct];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const entry = info.npmPackages?.[id];
    if (entry === undefined) throw new Error(`Cannot find package ${id}`);
    const { name, version, dependencies } = entry;
    const other = found.get(name);
    if (other?.version === version) continue;
    if (other !== undefined) {
      throw new Error(
        `Cannot build with ${name} ${version} and ${other.version}`,
      );
    }
    const key = `${name.replace("/", "+")}@${version}`;
    const folder = `${TOP}/node_modules/.deno/${key}/node_modules/${name}`;
    const { license, optionalDependencies } = await readManifest(folder);
    found.set(name, { name, version, folder, license });
    waiting.push(
      ...dependencies.filter((id) =>
        !((/^(.+)@/.exec(id)?.[1] ?? "") in optionalDependencies)
      ),
    );
  }
  return [...found.values()].sort((a, b) => a.name < b.name ? -1 : 1);
}

async function readManifest(
  folder: string,
): Promise<{ license: string; optionalDependencies: object }> {
  const text = await Deno.readTextFile(`${folder}/package.json`);
  const { license = "", optionalDependencies = {} } = JSON.parse(text);
  return { license, optionalDependencies };
}

/** Finds the modules that are started as workers; a module graph has only what is imported. */
async function findWorkers(files: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const file of files) {
    for (
      const [, path = ""] of (await Deno.readTextFile(file)).matchAll(WORKER)
    ) {
      found.add(new URL(path, `file://${file}`).pathname.slice(TOP.length + 1));
    }
  }
  return [...found].sort();
}
