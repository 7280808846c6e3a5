import { commandInside } from "./bare_root.ts";
import { type CommandLine, runCommand } from "./process.ts";
import { openTempDir } from "./temp_dir.ts";

/** What maintainer scripts run on, besides the package's own dependencies. */
const ESSENTIAL = [
  ...["dash", "coreutils", "libacl1", "libattr1", "libselinux1"],
  ...["libpcre2-8-0", "libc6", "libgcc-s1"],
];

/** Nothing that runs. */
const LEFT_OUT = /^\/usr\/share\/(doc|man|locale|info|lintian)\//;

/**
 * A small Debian: the files of some of this machine's own packages, and a package database that knows them. Made in a second, where debootstrap needs a mirror
 * and minutes.
 */
export class DebianRoot implements Disposable {
  readonly #directory = openTempDir();

  private constructor() {}

  /**
   * Makes one.
   *
   * @param packages What is installed besides a shell and its commands; they must be installed here.
   * @returns The root, which the caller disposes of.
   */
  static async open(packages: readonly string[]): Promise<DebianRoot> {
    const root = new DebianRoot();
    await root.#makeFolders();
    for (const name of new Set([...ESSENTIAL, ...packages])) {
      await root.#add(name);
    }
    return root;
  }

  /** The absolute path of the root. */
  get path(): string {
    return this.#directory.path;
  }

  /**
   * Runs dpkg on the root.
   *
   * @param args Its arguments.
   * @returns What it printed.
   * @throws {Error} If it does not exit with 0.
   */
  dpkg(...args: string[]): Promise<string> {
    const command = [
      "dpkg",
      `--root=${this.path}`,
      "--force-not-root",
      ...args,
    ];
    const [program = "", ...rest] = Deno.uid() === 0
      ? command
      : ["unshare", "--map-root-user", ...command];
    return runCommand({ program, args: rest });
  }

  /**
   * Gives a command line that runs a program inside.
   *
   * @param command The program's path inside, and its arguments.
   * @returns What to run outside.
   */
  command(...command: [string, ...string[]]): CommandLine {
    return commandInside(this.path, command);
  }

  /** Lists the files and links that are there, but for the package database. */
  async list(): Promise<string[]> {
    const found = await runCommand({
      program: "find",
      args: [
        this.path,
        "-path",
        `${this.path}/var/lib/dpkg`,
        "-prune",
        "-o",
        "-printf",
        "%P\n",
      ],
    });
    return found.split("\n").sort();
  }

  /** Removes it. */
  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
  }

  async #makeFolders(): Promise<void> {
    const { path } = this;
    await Deno.chmod(path, 0o755);
    for (const name of ["bin", "sbin", "lib", "lib64"]) {
      await Deno.mkdir(`${path}/usr/${name}`, { recursive: true });
      await Deno.symlink(`usr/${name}`, `${path}/${name}`);
    }
    for (
      const name of [
        "proc",
        "run",
        "tmp",
        "var/log",
        "var/lib/dpkg/info",
        "var/lib/dpkg/updates",
      ]
    ) {
      await Deno.mkdir(`${path}/${name}`, { recursive: true });
    }
  }

  /** Copies an installed package: its files, and what the database says of it. */
  async #add(name: string): Promise<void> {
    const { path } = this;
    const query = (...args: string[]): Promise<string> =>
      runCommand({ program: "dpkg-query", args: [...args, name] });
    const files = (await query("--listfiles")).split("\n").filter((file) =>
      file.startsWith("/") && file !== "/." && !LEFT_OUT.test(file)
    );
    const list = files.map((file) => file.slice(1)).join("\n");
    await runCommand({
      program: "sh",
      args: [
        "-c",
        'tar -C / -cf - --no-recursion -T - | tar -C "$0" -xf - --keep-directory-symlink --no-same-owner',
        path,
      ],
    }, list);
    const database = `${path}/var/lib/dpkg`;
    const status = `${await query("--status")}\n`;
    await Deno.writeTextFile(`${database}/status`, status, { append: true });
    const multi = /^Multi-Arch: same$/m.test(status);
    const [, architecture = ""] = /^Architecture: (.*)$/m.exec(status) ?? [];
    const title = multi ? `${name}:${architecture}` : name;
    await Deno.writeTextFile(
      `${database}/info/${title}.list`,
      `/.\n${files.join("\n")}\n`,
    );
  }
}
