// Runs the programs that judge our files: tshark, capinfos, tcpdump. They are not ours, so they count.

/** Runs a program to its end. */
export async function run(
  program: string,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = new Deno.Command(program, {
    args,
    env: { TZ: "UTC", LC_ALL: "C" },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** Whether all of the programs can be run; says on standard error which can not. */
export function canRun(...programs: string[]): boolean {
  const missing = programs.filter((program) => {
    try {
      new Deno.Command(program, { args: ["--version"], stdout: "null" })
        .outputSync();
      return false;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return true;
      throw error;
    }
  });
  if (missing.length === 0) return true;
  sayIgnored(`${missing.join(" and ")} can not be run here`);
  return false;
}

/** The fields of every packet as tshark reads them, one row a packet. */
export async function tsharkFields(
  path: string,
  fields: string[],
  ...options: string[]
): Promise<string[][]> {
  const wanted = fields.flatMap((field) => ["-e", field]);
  const args = ["-n", "-r", path, "-T", "fields", ...wanted, ...options];
  const { code, stdout, stderr } = await run("tshark", ...args);
  if (code !== 0) throw new Error(`tshark ${args.join(" ")}: ${stderr}`);
  const lines = stdout.split("\n").slice(0, -1);
  return lines.map((line) => line.split("\t"));
}

/** Writes a file that is gone when the test is over. */
export async function withFile(
  bytes: Uint8Array,
  test: (path: string) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".pcap" });
  try {
    await Deno.writeFile(path, bytes);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

/** The captures by other people that lie beside a checkout of the project, or undefined where there are none. */
export function findTraces(extension: string): URL[] | undefined {
  const folder = new URL("../../../shared/traces/", import.meta.url);
  try {
    const names = Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .filter((name) => name.endsWith(extension)).sort();
    return names.map((name) => new URL(name, folder));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    sayIgnored("there is no ../shared/traces");
    return undefined;
  }
}

/** Says why tests are ignored. */
export function sayIgnored(reason: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`ignored: ${reason}\n`));
}
