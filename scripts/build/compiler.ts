import { CommandError, run } from "./run.ts";
import { readMachine, type Target, TARGETS } from "./target.ts";

/** What makes executables. */
export interface Compiler {
  /** The Deno that compiles. */
  readonly deno: string;
  /** Its version. */
  readonly version: string;
  /** The base executable to use; undefined if Deno is to download one. */
  readonly base: string | undefined;
}

/** Variables that say what to compile with. */
export interface CompilerSettings {
  /** `COMPILE_DENO`: the Deno that compiles; empty or undefined for the one that runs this. */
  readonly deno: string | undefined;
  /** `DENORT_BIN`: the base executable; empty or undefined if Deno is to download one. */
  readonly base: string | undefined;
}

/** What to compile. */
export interface CompileTask {
  /** The program, relative to the folder. */
  readonly file: string;
  /** Its permission set. */
  readonly permissions: string;
  /** What else to embed: files, relative to the folder. */
  readonly include: readonly string[];
  /** What to compile for. */
  readonly target: Target;
  /** The executable to write. */
  readonly output: string;
}

/** Reads what a program asks of V8, in its first line. */
async function readEngineFlags(path: string): Promise<string[]> {
  const [first = ""] = (await Deno.readTextFile(path)).split("\n", 1);
  return first.split(" ").filter((word) => word.startsWith("--v8-flags="));
}

/**
 * Finds what to compile with.
 *
 * @param settings What the environment says.
 * @returns The compiler.
 * @throws {Error} If there is none.
 */
export async function findCompiler(
  settings: CompilerSettings,
): Promise<Compiler> {
  const deno = settings.deno || Deno.execPath();
  const { stdout } = await run([deno, "--version"]);
  const version = /^deno (\S+)/.exec(stdout)?.[1];
  if (version === undefined) {
    throw new Error(`Cannot compile with ${deno}: it is no Deno`);
  }
  return { deno, version, base: await findBase(settings.base || undefined) };
}

async function findBase(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    if ((await Deno.stat(path)).isFile) return await Deno.realPath(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new Error(
    `Cannot compile with DENORT_BIN ${path}: there is no such file`,
  );
}

/**
 * Finds out whether a compiler can make executables for a target.
 *
 * @param compiler The compiler.
 * @param target The target.
 * @throws {Error} If its base executable is for another kind of machine.
 */
export async function checkTarget(
  { base }: Compiler,
  target: Target,
): Promise<void> {
  if (base === undefined) return;
  const machine = await readMachine(base);
  if (machine === target.machine) return;
  const other = TARGETS.find((known) => known.machine === machine);
  throw new Error(
    `Cannot build for ${target.triple}: DENORT_BIN is ${
      other === undefined
        ? "no executable for Linux"
        : `an executable for ${other.triple}`
    }; name another, or none for Deno to download one`,
  );
}

/**
 * Compiles a program.
 *
 * @param compiler What to compile with.
 * @param folder What holds the program and all it is made of.
 * @param task What to compile.
 * @throws {Error} If it cannot be compiled; the message is one line.
 */
export async function compile(
  compiler: Compiler,
  folder: string,
  task: CompileTask,
): Promise<void> {
  const { deno, base } = compiler;
  const { file, permissions, include, target, output } = task;
  const { DENORT_BIN: _, ...others } = Deno.env.toObject();
  const env = { ...others, NO_COLOR: "1" };
  try {
    await run([
      deno,
      ...["compile", "--quiet", "--no-prompt", `-P=${permissions}`],
      ...await readEngineFlags(`${folder}/${file}`),
      // All modules are inside; without this, Deno bakes in the right to import from its own list of hosts.
      "--deny-import",
      // The cache of compiled code would be a file in /tmp that others can foresee, read by programs that run as root.
      ...["--no-code-cache", "--no-check", "--no-lock", "--cached-only"],
      // A base executable that is named is used whatever the target.
      ...(base === undefined ? ["--target", target.triple] : []),
      ...include.flatMap((path) => ["--include", path]),
      ...["--output", output, file],
    ], {
      cwd: folder,
      env: base === undefined ? env : { ...env, DENORT_BIN: base },
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new Error(explainFailure(compiler, task, error.printed.stderr), {
      cause: error,
    });
  }
}

/**
 * Says on one line why nothing could be compiled.
 *
 * @param compiler What was to compile.
 * @param task What it was to compile.
 * @param stderr What it said.
 * @returns The line.
 */
export function explainFailure(
  compiler: Compiler,
  { file, target }: Pick<CompileTask, "file" | "target">,
  stderr: string,
): string {
  const title = `Cannot build ${file} for ${target.triple}`;
  const [before = ""] = stderr.split("Stack backtrace:");
  const lines = before.split("\n").map((line) => line.trim());
  const request = lines.find((line) =>
    /error sending request|Download could not be found|downloading/i.test(line)
  );
  if (request !== undefined) {
    return `${title}: Deno ${compiler.version} has no base executable (denort) and could not download it; ` +
      `DENORT_BIN names a local one, COMPILE_DENO the Deno that it belongs to (${
        request.replace(/^\d+: /, "")
      })`;
  }
  const cause = lines.find((line) => /^0: /.test(line)) ??
    lines.find((line) => /^error: |panicked/.test(line)) ?? "no reason given";
  return `${title}: ${cause.replace(/^(0|error): /, "")}`;
}
