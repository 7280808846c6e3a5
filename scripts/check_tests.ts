/**
 * Finds what neither the test runner nor coverage tells: files of `lib/` that
 * no test loads, tests that are left out without a reason, and tests that sleep.
 *
 * @module
 */

/** Sources by path relative to the top of the project. */
export type Sources = ReadonlyMap<string, string>;

/** Takes comments out, so that what they mention does not count. */
function stripComments(source: string): string {
  return source.replace(/^\s*(\*|\/\*\*|\/\/).*$/gm, "");
}

/**
 * Gives the project's own modules that one module imports, re-exports or names
 * by `new URL("./x.ts", import.meta.url)`: a worker, or a program to start.
 */
function importsOf(path: string, source: string): string[] {
  const specifiers = stripComments(source)
    .matchAll(/(?:\bfrom|\bimport|\bimport\s*\(|\bnew URL\()\s*"(\.[^"]*)"/g);
  return Array.from(
    specifiers,
    ([, specifier = ""]) =>
      new URL(specifier, `file:///${path}`).pathname.slice(1),
  );
}

/** Follows imports from some files; gives every file that gets loaded. */
function reachable(sources: Sources, roots: Iterable<string>): Set<string> {
  const seen = new Set<string>();
  const waiting = [...roots];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const source = sources.get(path);
    if (seen.has(path) || source === undefined) continue;
    seen.add(path);
    waiting.push(...importsOf(path, source));
  }
  return seen;
}

const isTest = (path: string): boolean =>
  path.startsWith("tests/") && path.endsWith("_test.ts");

/**
 * Finds files of `lib/` that no test loads, and programs that no test names.
 *
 * @param sources Every source file.
 * @returns One line for each.
 */
export function findUntested(sources: Sources): string[] {
  const paths = [...sources.keys()];
  const tests = paths.filter(isTest);
  const loaded = reachable(sources, tests);
  const text = paths.filter((path) => path.startsWith("tests/"))
    .map((path) => sources.get(path)).join("\n");
  const programs = paths.filter((path) => {
    const name = /^cmd\/(\w+)\.ts$/.exec(path)?.[1];
    return name !== undefined && text.includes(name);
  });
  const run = reachable(sources, [...tests, ...programs]);
  return paths.flatMap((path) => {
    if (path.startsWith("lib/") && !loaded.has(path)) {
      return [`${path}: no test imports it`];
    }
    return path.startsWith("cmd/") && !run.has(path)
      ? [`${path}: no test runs it`]
      : [];
  });
}

const PRINTS = /\bconsole\.(error|warn)\(|\bDeno\.stderr\.writeSync\(/;

/**
 * Finds tests that are switched off, and tests left out with no way to say why.
 *
 * @param sources Every source file.
 * @returns One line for each.
 */
export function findSilentIgnores(sources: Sources): string[] {
  return [...sources].filter(([path]) => isTest(path)).flatMap(
    ([path, source]) => {
      const code = stripComments(source);
      if (
        /\b(test|step)\.(ignore|only|skip)\(|\b(ignore|only): true\b/.test(code)
      ) {
        return [`${path}: a test is switched off or runs alone`];
      }
      if (!/\bignore\b\s*[:,}]/.test(code)) return [];
      const says = [...reachable(sources, [path])].some((other) =>
        other.startsWith("tests/") &&
        PRINTS.test(stripComments(sources.get(other) ?? ""))
      );
      return says ? [] : [`${path}: a test is left out without a word`];
    },
  );
}

const SLEEPS: readonly RegExp[] = [
  /new Promise(?!<never>)[^;]*\bsetTimeout\(/,
  /"(node:)?timers\/promises"/,
  /["'`; ]sleep["' ]/,
  /\bAtomics\.wait\b/,
];

/**
 * Finds tests and their helpers that wait for time to pass rather than for what
 * they test. Benches may: they pace a load.
 *
 * @param sources Every source file.
 * @returns One line for each.
 */
export function findSleeps(sources: Sources): string[] {
  return [...sources].filter(([path, source]) =>
    path.startsWith("tests/") && !path.startsWith("tests/bench/") &&
    SLEEPS.some((pattern) => pattern.test(stripComments(source)))
  ).map(([path]) => `${path}: a test sleeps; wait for what it needs instead`);
}

async function readSources(top: URL, folder: string): Promise<Sources> {
  const sources = new Map<string, string>();
  for await (const entry of Deno.readDir(new URL(folder, top))) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory) {
      const inner = await readSources(top, `${path}/`);
      for (const [name, source] of inner) sources.set(name, source);
    } else if (path.endsWith(".ts")) {
      sources.set(path, await Deno.readTextFile(new URL(path, top)));
    }
  }
  return sources;
}

async function main(): Promise<number> {
  const top = new URL("../", import.meta.url);
  const folders = ["cmd/", "lib/", "tests/"];
  const parts = await Promise.all(
    folders.map((name) => readSources(top, name)),
  );
  const sources = new Map(parts.flatMap((part) => [...part]));
  const found = [findUntested, findSilentIgnores, findSleeps]
    .flatMap((find) => find(sources)).sort();
  for (const line of found) {
    // deno-lint-ignore no-console -- a script's findings
    console.error(line);
  }
  return found.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
