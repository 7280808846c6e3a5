import { RunningProcess } from "../helpers/process.ts";
import { openTempDir } from "../helpers/temp_dir.ts";

/** What a script printed, and how it ended. */
export interface ScriptResult {
  /** The exit code. */
  code: number;
  /** Its standard output. */
  stdout: string;
  /** Its standard error. */
  stderr: string;
}

const SCRIPTS = new URL("../../scripts/", import.meta.url).pathname;

// What the scripts may find on any machine.
const PLAIN = [
  ...["bash", "cat", "chmod", "cut", "dirname", "env", "find", "grep", "head"],
  ...["ln", "mkdir", "mktemp", "paste", "rm", "sed", "sh", "sort", "tr"],
];

/**
 * A machine made of nothing but what a test puts there: a copy of one script in
 * a project of its own, and a PATH of plain tools and fakes.
 */
export class Sandbox implements Disposable {
  readonly #directory = openTempDir();

  /** Makes the directories and links the plain tools. */
  constructor() {
    for (const name of ["bin", "project", "project/scripts"]) {
      Deno.mkdirSync(this.path(name));
    }
    for (const tool of PLAIN) {
      Deno.symlinkSync(`/usr/bin/${tool}`, this.path(`bin/${tool}`));
    }
  }

  /** The absolute path of a name in the sandbox. */
  path(name: string): string {
    return this.#directory.join(name);
  }

  /** Copies a script of the project to where the sandbox has it. */
  addScript(name: string): void {
    Deno.copyFileSync(
      `${SCRIPTS}${name}`,
      this.path(`project/scripts/${name}`),
    );
  }

  /** Puts a fake on the PATH, or elsewhere; its calls are logged. */
  fake(name: string, body: string, folder = "bin"): void {
    const file = this.path(`${folder}/${name}`);
    const log = `echo "${name} $*" >> ${this.path("calls")}`;
    Deno.writeTextFileSync(file, `#!/bin/bash\n${log}\n${body}\n`);
    Deno.chmodSync(file, 0o755);
  }

  /** The calls of fakes so far, one a line. */
  calls(): string[] {
    try {
      return Deno.readTextFileSync(this.path("calls")).trimEnd().split("\n");
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }

  /** Runs the copied script. */
  async run(
    name: string,
    args: readonly string[] = [],
    env: Record<string, string> = {},
  ): Promise<ScriptResult> {
    const given = { PATH: this.path("bin"), DENO: "", ...env };
    const settings = Object.entries(given).map(([key, value]) =>
      `${key}=${value}`
    );
    const script = this.path(`project/scripts/${name}`);
    await using running = new RunningProcess({
      program: "/usr/bin/env",
      args: ["-i", ...settings, "/usr/bin/bash", script, ...args],
    });
    const { code, stdout, stderr } = await running.finish();
    return { code, stdout: new TextDecoder().decode(stdout), stderr };
  }

  /** Removes all of it. */
  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
  }
}
