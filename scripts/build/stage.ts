import type { VersionFacts } from "../../lib/cli/version.ts";
import { CXX_LIBRARY } from "./cxx_library.ts";
import type { ModuleGraph, Package } from "./module_graph.ts";
import { type Config, TOP } from "./project.ts";
import { addonPath, type Target } from "./target.ts";

/** What is put on a stage. */
export interface StageOptions {
  /** What the program is made of. */
  readonly graph: ModuleGraph;
  /** The parts of `deno.json` that count. */
  readonly config: Config;
  /** What `--version` will say. */
  readonly origin: VersionFacts;
  /** What is built for. */
  readonly target: Target;
  /** The C++ library to take along; undefined for none. */
  readonly cxxLibrary: string | undefined;
}

/** Files of a package that run; types, maps and documentation stay out. */
const RUNNING = /(^|\/)package\.json$|\.(js|mjs|json)$/;
/** Files that run in packages that are not modules. */
const REQUIRED = /\.cjs$/;
/** Where lib/zmq/load.ts looks for libzmq in an executable. Inside of node_modules, Deno would take it for a script and embed what is wrong with it. */
const LIBZMQ = "lib/zmq/libzmq.so";
/** Where it looks for the C++ library, on hosts that have none. */
const CXX_PLACE = `lib/zmq/${CXX_LIBRARY}`;
const LEFT_OUT = /(^|\/)(node_modules|skills|tests?|docs?|examples?)\//;

/**
 * Puts what a program is made of into a folder of its own, with nothing beside it.
 *
 * `deno compile` embeds the whole `node_modules`, with the types of all packages and libzmq for nine platforms; here it holds what runs on the target. The
 * checkout itself stays as it is.
 *
 * @param folder An empty folder.
 * @param options What is put there.
 * @returns Paths of the libraries in the folder, relative to it.
 * @throws {Error} If the checkout lacks something.
 */
export async function fillStage(
  folder: string,
  { graph, config, origin, target, cxxLibrary }: StageOptions,
): Promise<string[]> {
  await copyFiles(`${TOP}/cmd`, `${folder}/cmd`);
  await copyFiles(`${TOP}/lib`, `${folder}/lib`);
  const version = "lib/cli/version.ts";
  const text = await Deno.readTextFile(`${TOP}/${version}`);
  await Deno.writeTextFile(`${folder}/${version}`, stampVersion(text, origin));
  for (const part of graph.packages) {
    await copyPackage(part, `${folder}/node_modules/${part.name}`);
  }
  const libraries = [LIBZMQ];
  await copyFile(`${TOP}/${addonPath(target)}`, `${folder}/${LIBZMQ}`);
  if (cxxLibrary !== undefined) {
    libraries.push(CXX_PLACE);
    await copyFile(cxxLibrary, `${folder}/${CXX_PLACE}`);
  }
  await Deno.writeTextFile(
    `${folder}/deno.json`,
    JSON.stringify(stagedConfig(config, graph), null, 2),
  );
  await setTimes(folder, origin.date);
  return libraries;
}

/** Dates all files alike: an executable remembers when the files in it were changed. */
async function setTimes(folder: string, date: string): Promise<void> {
  const time = new Date(date === "" ? 0 : date);
  for (const path of await listFiles(folder)) {
    await Deno.utime(`${folder}/${path}`, time, time);
  }
}

/** What of `deno.json` has a say in the executable. */
function stagedConfig(
  config: Config,
  graph: ModuleGraph,
): Record<string, unknown> {
  const used = new Set(graph.packages.map(({ name }) => name));
  return {
    nodeModulesDir: "manual",
    imports: Object.fromEntries(
      Object.entries(config.imports).filter(([name]) => used.has(name)),
    ),
    permissions: config.permissions,
    unstable: config.unstable ?? [],
  };
}

/**
 * Writes the commit and its date into the module that `--version` reads.
 *
 * @param source The module.
 * @param origin What to write.
 * @returns The module, stamped.
 * @throws {Error} If it is not the module it was.
 */
export function stampVersion(source: string, origin: VersionFacts): string {
  let stamped = source;
  for (const field of ["number", "commit", "date"] as const) {
    const place = new RegExp(`^(  ${field}: )"[^"]*",$`, "m");
    if (!place.test(stamped)) {
      throw new Error(`Cannot stamp the version: no ${field} in version.ts`);
    }
    stamped = stamped.replace(
      place,
      (_, start) => `${start}${JSON.stringify(origin[field])},`,
    );
  }
  return stamped;
}

async function copyPackage(part: Package, to: string): Promise<void> {
  const manifest = JSON.parse(
    await Deno.readTextFile(`${part.folder}/package.json`),
  );
  const isModule = manifest.type === "module";
  await copyFiles(part.folder, to, (path) =>
    !LEFT_OUT.test(path) &&
    (RUNNING.test(path) || !isModule && REQUIRED.test(path)));
}

/** Copies the files of a folder that are wanted, and of those in it. */
async function copyFiles(
  from: string,
  to: string,
  wanted: (path: string) => boolean = () => true,
): Promise<void> {
  for (const path of await listFiles(from)) {
    if (wanted(path)) await copyFile(`${from}/${path}`, `${to}/${path}`);
  }
}

async function copyFile(from: string, to: string): Promise<void> {
  await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
  await Deno.copyFile(from, to);
}

/**
 * Lists the files in a folder and those in it, in the order of their names.
 *
 * @param folder The folder.
 * @param prefix What to put before each.
 * @returns Their paths, relative to the folder.
 */
export async function listFiles(
  folder: string,
  prefix = "",
): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isFile, isDirectory } of Deno.readDir(folder)) {
    if (isFile) found.push(`${prefix}${name}`);
    if (isDirectory) {
      found.push(...await listFiles(`${folder}/${name}`, `${prefix}${name}/`));
    }
  }
  return found.sort();
}
