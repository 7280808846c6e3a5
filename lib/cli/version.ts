/** What `--version` says of a program; `scripts/build.ts` writes this file anew with what it builds from. */
export const VERSION = {
  /** Version of the project, as in deno.json. */
  number: "0.1.0",
  /** Commit that was built, in hexadecimal; empty when it runs from source. */
  commit: "",
  /** Day of that commit, as YYYY-MM-DD; empty when it runs from source. */
  date: "",
} as const satisfies VersionFacts;

/** What is known of a version. */
export interface VersionFacts {
  /** Version of the project. */
  readonly number: string;
  /** Commit that was built, or the empty string. */
  readonly commit: string;
  /** Day of that commit, or the empty string. */
  readonly date: string;
}

/**
 * Writes what `--version` prints.
 *
 * @param name The program's name.
 * @param libraries Versions of what it runs on, by name, such as libzmq.
 * @param version What is known of the program's own version.
 * @returns Lines without a line break at the end; the first one names the program and its version.
 */
export function formatVersion(
  name: string,
  libraries: Readonly<Record<string, string>>,
  version: VersionFacts = VERSION,
): string {
  const { number, commit, date } = version;
  const origin = [commit, date].filter((text) => text !== "").join(", ");
  return [
    `${name} ${number} (${origin === "" ? "from source" : origin})`,
    ...Object.entries(libraries).map((entry) => entry.join(" ")),
  ].join("\n");
}
