/** A directory that goes away with everything in it. */
export interface TempDir extends Disposable {
  /** Its absolute path. */
  readonly path: string;
  /** Gives the absolute path of a name in it. */
  join(name: string): string;
}

/**
 * Makes a directory for one test.
 *
 * @returns The directory; the caller disposes it.
 */
export function openTempDir(): TempDir {
  const path = Deno.makeTempDirSync({ prefix: "nflog-test-" });
  return {
    path,
    join: (name) => `${path}/${name}`,
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}
