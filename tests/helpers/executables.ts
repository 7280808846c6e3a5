import { openTempDir } from "./temp_dir.ts";

const TOP = new URL("../../", import.meta.url).pathname;

/** What `scripts/build.ts` printed, and how it ended. */
export interface BuildOutcome {
  /** The exit code. */
  code: number;
  /** Its standard output. */
  stdout: string;
  /** Its standard error. */
  stderr: string;
}

/**
 * Runs the build.
 *
 * @param args Its arguments.
 * @param env Variables added to the environment.
 * @returns What it printed.
 */
export async function runBuild(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<BuildOutcome> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write"],
      ...["--allow-run", "--allow-env", `${TOP}scripts/build.ts`, ...args],
    ],
    cwd: TOP,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** Executables that were built for the tests of one file. */
export interface Executables {
  /** The folder they are in. */
  readonly folder: string;
  /** Gives the path of one. */
  path(program: string): string;
}

/**
 * Builds executables for the tests of one file, which has them until it ends. Where there is no base executable to build from, says so, for the `ignore` of
 * tests; any other failure is one.
 *
 * @param programs Which ones.
 * @returns The executables, or undefined if none can be built here.
 * @throws {Error} If the build fails.
 */
export async function buildExecutables(
  programs: readonly string[],
): Promise<Executables | undefined> {
  const directory = openTempDir();
  globalThis.addEventListener("unload", () => directory[Symbol.dispose]());
  const chosen = programs.flatMap((name) => ["--program", name]);
  const out = ["--once", "--out", directory.path];
  const { code, stderr } = await runBuild([...chosen, ...out]);
  if (code === 0) {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(directory.path)) names.push(name);
    return {
      folder: directory.path,
      path(program): string {
        const name = names.find((each) =>
          new RegExp(`^${program}-\\d+\\.[^-]*-[^.]+$`).test(each)
        );
        return directory.join(name ?? program);
      },
    };
  }
  if (!/has no base executable/.test(stderr)) throw new Error(stderr);
  // deno-lint-ignore no-console -- a test that is left out must say why
  console.error(`ignored: ${stderr.trim()}`);
  return undefined;
}
