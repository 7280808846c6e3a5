import { PROGRAMS } from "../../lib/cli/programs.ts";
import type { VersionFacts } from "../../lib/cli/version.ts";
import { CommandError, run } from "./run.ts";

/** The checkout that is built. */
export const TOP = decodeURIComponent(
  new URL("../../", import.meta.url).pathname,
).replace(/\/$/, "");

/** The parts of `deno.json` that the build needs. */
export interface Config {
  /** Version of the project. */
  readonly version: string;
  /** Packages by the name they are imported by. */
  readonly imports: Readonly<Record<string, string>>;
  /** Permission sets by name. */
  readonly permissions: Readonly<Record<string, object>>;
  /** Features of Deno's that the code uses. */
  readonly unstable?: readonly string[];
}

/** A program that can be built. */
export interface Buildable {
  /** Its name: `nflog-zmq-send`. */
  readonly name: string;
  /** Its file, relative to the top. */
  readonly file: string;
  /** Its permission set in `deno.json`. */
  readonly permissions: string;
}

/** The program that is all programs. */
export const EVERYTHING = "nflog-zmq";

/** What the executables are made of, beside packages: everything that could be in one. */
const SOURCES = ["cmd", "lib", "deno.json", "deno.lock"];

/** Every program that can be built, in the order in which documentation lists them. */
export const BUILDABLE: readonly Buildable[] = [
  ...PROGRAMS.map(({ name }) => ({
    name,
    permissions: name.slice(name.lastIndexOf("-") + 1),
  })),
  { name: EVERYTHING, permissions: "all" },
].map((program) => ({
  ...program,
  file: `cmd/${program.name.replaceAll("-", "_")}.ts`,
}));

/** Reads `deno.json`. */
export async function readConfig(): Promise<Config> {
  return JSON.parse(await Deno.readTextFile(`${TOP}/deno.json`));
}

/**
 * Finds out what is built: the version of `deno.json`, and the commit that is checked out.
 *
 * @param version The version.
 * @returns What `--version` will say; outside of a git checkout no commit. A commit ends in `+` if the sources differ from it.
 */
export async function readOrigin(version: string): Promise<VersionFacts> {
  try {
    const git = async (...args: string[]): Promise<string> =>
      (await run(["git", "-C", TOP, ...args])).stdout.trim();
    const [commit = "", date = ""] =
      (await git("log", "-1", "--format=%H %cs", "--abbrev=12")).split(" ");
    const changed = await git("status", "--porcelain", "--", ...SOURCES);
    const mark = changed === "" ? "" : "+";
    return { number: version, commit: commit.slice(0, 12) + mark, date };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { number: version, commit: "", date: "" };
  }
}
