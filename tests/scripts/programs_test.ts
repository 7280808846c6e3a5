import assert from "node:assert/strict";
import {
  engineFlags,
  type ProgramName,
  PROGRAMS,
} from "../helpers/programs.ts";

const TOP = new URL("../../", import.meta.url);

/** The parts of deno.json that speak of programs. */
interface Config {
  /** Tasks by name. */
  tasks: Record<string, { command: string }>;
  /** Permission sets by name. */
  permissions: Record<string, Record<string, unknown>>;
}

const CONFIG: Config = JSON.parse(
  Deno.readTextFileSync(new URL("deno.json", TOP)),
);

// What the file of a program starts with; a shebang has no relative paths, so it can not name scripts/deno.
const run = (name: ProgramName | "all"): string =>
  ["deno run --quiet --no-prompt", ...engineFlags(name), `-P=${name}`].join(
    " ",
  );

/** Programs with `--http` and `--statsd`. */
const SERVES_METRICS = new Set(["send", "recv", "compress", "decompress"]);

for (const name of Object.keys(PROGRAMS) as ProgramName[]) {
  const file = PROGRAMS[name];
  Deno.test(`${file} has a task and a permission set of its own`, () => {
    assert.equal(CONFIG.tasks[name]?.command, `${run(name)} cmd/${file}.ts`);
    const permissions = CONFIG.permissions[name];
    assert.ok(permissions);
    for (const kept of ["all", "run", "import", "env"]) {
      assert.equal(permissions[kept], undefined, `${name} has ${kept}`);
    }
    // Metrics are served and sent by Deno itself; ZeroMQ needs no permission of its.
    assert.equal(permissions.net, SERVES_METRICS.has(name) ? true : undefined);
  });

  const url = new URL(`cmd/${file}.ts`, TOP);
  Deno.test(`${file}.ts is executable with its permission set`, async () => {
    const [first] = (await Deno.readTextFile(url)).split("\n");
    assert.equal(first, `#!/usr/bin/env -S ${run(name)}`);
    const { mode } = await Deno.stat(url);
    assert.equal((mode ?? 0) & 0o111, 0o111);
  });
}

Deno.test("cmd/ holds programs and nothing else: what they share is in cmd/wiring/", () => {
  const files = [...Deno.readDirSync(new URL("cmd/", TOP))]
    .flatMap((entry) => entry.isFile ? [entry.name] : []);
  const programs = Object.values(PROGRAMS).map((file) => `${file}.ts`);
  assert.deepEqual(files.sort(), [...programs, "nflog_zmq.ts"].sort());
});

Deno.test("the program that is all programs has the permissions of all, and no more", async () => {
  const union: Record<string, unknown> = {};
  for (const [name, set] of Object.entries(CONFIG.permissions)) {
    if (name !== "all") Object.assign(union, set);
  }
  assert.deepEqual(CONFIG.permissions["all"], union);
  const file = new URL("cmd/nflog_zmq.ts", TOP);
  const [first] = (await Deno.readTextFile(file)).split("\n");
  assert.equal(first, `#!/usr/bin/env -S ${run("all")}`);
});
