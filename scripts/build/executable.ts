import type { VersionFacts } from "../../lib/cli/version.ts";
import type { BuiltExecutable } from "./bill_of_materials.ts";
import { hashFile } from "./checksum.ts";
import { compile, type Compiler } from "./compiler.ts";
import { describeDifference } from "./difference.ts";
import { readModuleGraph } from "./module_graph.ts";
import type { Buildable, Config } from "./project.ts";
import { CommandError, run } from "./run.ts";
import { fillStage } from "./stage.ts";
import { readMachine, type Target } from "./target.ts";

/** What all builds of a run have in common. */
export interface BuildSettings {
  /** What compiles. */
  readonly compiler: Compiler;
  /** The parts of `deno.json` that count. */
  readonly config: Config;
  /** What is built. */
  readonly origin: VersionFacts;
  /** What it is built for. */
  readonly target: Target;
  /** The C++ library that executables take along; undefined for none. */
  readonly cxxLibrary: string | undefined;
  /** The folder for the executables. */
  readonly out: string;
}

/** Makes an executable, as the file that it is given. */
type Make = (output: string) => Promise<void>;

/** An executable that has been built. */
export interface BuildResult extends BuiltExecutable {
  /** Its size in bytes. */
  readonly size: number;
  /** Builds it again and says what differs, or undefined if nothing does. */
  compare(): Promise<string | undefined>;
}

/**
 * Builds one program for one target, and sees to it that it is what it should be.
 *
 * @param program The program.
 * @param settings What all builds have in common.
 * @returns What came of it.
 * @throws {Error} If it cannot be built, or does not run; the message is one line.
 */
export async function buildExecutable(
  program: Buildable,
  settings: BuildSettings,
): Promise<BuildResult> {
  const { compiler, origin, target, out } = settings;
  const graph = await readModuleGraph(compiler.deno, program.file);
  const file = `${program.name}-${origin.number}-${target.triple}`;
  const make: Make = async (output) => {
    const folder = await Deno.makeTempDir({ prefix: "nflog-build-" });
    try {
      const libraries = await fillStage(folder, { ...settings, graph });
      // Newer Denos write the name of the file into it.
      const made = `${folder}/${file}`;
      const include = [...libraries, ...graph.workers];
      const task = { ...program, target, include, output: made };
      await compile(compiler, folder, task);
      await Deno.copyFile(made, `${output}.new`);
      await Deno.rename(`${output}.new`, output);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  };
  const output = `${out}/${file}`;
  await make(output);
  try {
    await checkExecutable(output, settings);
  } catch (error) {
    await Deno.remove(output);
    throw error;
  }
  return {
    name: program.name,
    file,
    size: (await Deno.stat(output)).size,
    sha256: await hashFile(output),
    packages: graph.packages,
    compare: () => compareBuilds(output, make),
  };
}

async function compareBuilds(
  output: string,
  make: Make,
): Promise<string | undefined> {
  const again = `${output}.again`;
  await make(again);
  const difference = await describeDifference(output, again);
  await Deno.remove(again);
  return difference;
}

/** Finds out what an executable is for, and what it says of itself if it is for this machine. */
async function checkExecutable(
  path: string,
  { target, origin }: BuildSettings,
): Promise<void> {
  if (await readMachine(path) !== target.machine) {
    throw new Error(`Cannot use ${path}: it is not for ${target.triple}`);
  }
  if (target.architecture !== Deno.build.arch) return;
  const wanted = `${origin.number} (${origin.commit || "from source"}`;
  const said = await readVersion(path);
  if (!said.includes(wanted)) {
    throw new Error(
      `Cannot use ${path}: it says ${
        JSON.stringify(said)
      }, where it should say ${wanted}`,
    );
  }
}

/**
 * Runs an executable for what it says of its version.
 *
 * @param path The executable, which must be for this machine.
 * @returns What `--version` prints.
 * @throws {Error} If it does not run.
 */
export async function readVersion(path: string): Promise<string> {
  try {
    const env = { NO_COLOR: "1" };
    return (await run([path, "--version"], { cwd: "/", env })).stdout;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const [reason = ""] = error.printed.stderr.split("\n");
    throw new Error(
      `Cannot use ${path}: it does not run (${reason}); does DENORT_BIN belong to the Deno that compiled it?`,
      { cause: error },
    );
  }
}
