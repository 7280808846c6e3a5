import { type CommandLine, runCommand } from "./process.ts";
import { openTempDir } from "./temp_dir.ts";

/** What is in a root file system. */
export interface BareRootOptions {
  /** Executables, by the name they get in `/usr/bin`. */
  programs: Readonly<Record<string, string>>;
  /** Names in `/usr/bin` that are links to another one there. */
  links?: Readonly<Record<string, string>>;
  /** Libraries that programs load by themselves, by name, such as `libnetfilter_log.so.1`; what they need comes along. */
  libraries?: readonly string[];
  /** Files whose libraries are needed, though they are not in the root. */
  needing?: readonly string[];
}

/** Every program looks itself up in /proc; each step becomes the next one, so that signals reach the program. */
const ENTER = 'mount --rbind /proc "$0" && exec env -i "$@"';

/**
 * A root file system that holds the C and C++ libraries, some executables and nothing else: no shell, no /tmp, no /dev.
 */
export class BareRoot implements Disposable {
  readonly #directory = openTempDir();
  readonly #added = new Set<string>();

  private constructor() {}

  /**
   * Makes one.
   *
   * @param options What is in it.
   * @returns The root, which the caller disposes of.
   */
  static async open(options: BareRootOptions): Promise<BareRoot> {
    const root = new BareRoot();
    const { programs, links = {}, libraries = [], needing = [] } = options;
    for (const folder of ["proc", "run", "etc", "usr/bin"]) {
      await Deno.mkdir(root.path(folder), { recursive: true });
    }
    await Deno.chmod(root.path(""), 0o755);
    await Deno.chmod(root.path("run"), 0o777);
    await Deno.writeTextFile(
      root.path("etc/passwd"),
      "root:x:0:0:root:/:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    );
    for (const [name, file] of Object.entries(programs)) {
      await Deno.link(file, root.path(`usr/bin/${name}`));
    }
    for (const [name, to] of Object.entries(links)) {
      await Deno.symlink(to, root.path(`usr/bin/${name}`));
    }
    const loaded = await Promise.all(libraries.map(findLibrary));
    for (const file of [...Object.values(programs), ...needing, ...loaded]) {
      await root.#addNeeded(file);
    }
    for (const file of loaded) await root.add(file);
    return root;
  }

  /** The absolute path of a name in the root, as seen from outside. */
  path(name: string): string {
    return this.#directory.join(name);
  }

  /** Copies a file of this machine to the same place in the root. */
  async add(file: string): Promise<void> {
    const copy = this.path(file.slice(1));
    await Deno.mkdir(copy.slice(0, copy.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(file, copy);
    this.#added.add(file);
  }

  /** Removes what was copied under a name, such as a library. */
  async drop(name: string): Promise<void> {
    const files = [...this.#added].filter((file) => file.endsWith(`/${name}`));
    if (files.length === 0) throw new Error(`Cannot drop ${name}: not there`);
    for (const file of files) await Deno.remove(this.path(file.slice(1)));
  }

  /**
   * Gives a command line that runs a program inside, with an empty environment. The process that comes of it is the program.
   *
   * @param program Its name in `/usr/bin`.
   * @param args Its arguments.
   * @param env Its environment.
   * @returns What to run outside.
   */
  command(
    program: string,
    args: readonly string[],
    env: Record<string, string> = {},
  ): CommandLine {
    return commandInside(this.path(""), [`/usr/bin/${program}`, ...args], env);
  }

  /** Removes it. */
  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
  }

  /** Copies the libraries that a file is linked with. */
  async #addNeeded(file: string): Promise<void> {
    for (const library of await listNeeded(file)) await this.add(library);
  }
}

/** Lists the libraries that a file is linked with, and the loader. */
async function listNeeded(file: string): Promise<string[]> {
  const text = await runCommand({ program: "ldd", args: [file] });
  return Array.from(
    text.matchAll(/^\t(?:\S+ => )?(\/\S+) \(0x/gm),
    ([, path = ""]) => path,
  );
}

/** Finds the file of a library that this machine's programs can load. */
async function findLibrary(name: string): Promise<string> {
  const text = await runCommand({ program: "ldconfig", args: ["-p"] });
  const path = text.split("\n").find((line) =>
    line.trim().startsWith(`${name} `)
  )
    ?.split(" => ")[1];
  if (path === undefined) {
    throw new Error(`Cannot find ${name} on this machine`);
  }
  return path;
}

/**
 * Gives a command line that runs a program inside of a root file system. The process that comes of it is the program.
 *
 * @param root The root, which must have a folder `proc`.
 * @param command The program's path inside, and its arguments.
 * @param env Its environment, whole.
 * @returns What to run outside.
 */
export function commandInside(
  root: string,
  command: readonly [string, ...string[]],
  env: Record<string, string> = {},
): CommandLine {
  const settings = Object.entries(env).map((setting) => setting.join("="));
  const inside = [...settings, "/usr/sbin/chroot", root, ...command];
  const user = Deno.uid() === 0 ? [] : ["--map-root-user"];
  return {
    program: "unshare",
    args: [...user, "--mount", "sh", "-c", ENTER, `${root}/proc`, ...inside],
  };
}
