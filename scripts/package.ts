#!/usr/bin/env -S scripts/deno run --allow-read --allow-write --allow-run --allow-env
/**
 * Makes a Debian package of the executable that is all programs, which `deno task build` has made.
 *
 *     deno task package [--target TARGET]... [--out DIR] [--compression xz|gzip|none]
 *
 * @module
 */
import { parseArgs } from "node:util";
import { createHash } from "node:crypto";
import type { VersionFacts } from "../lib/cli/version.ts";
import { writeChecksums } from "./build/checksum.ts";
import { readModuleGraph } from "./build/module_graph.ts";
import {
  BUILDABLE,
  EVERYTHING,
  readConfig,
  readOrigin,
  TOP,
} from "./build/project.ts";
import { run } from "./build/run.ts";
import { listFiles } from "./build/stage.ts";
import { findTarget, type Target } from "./build/target.ts";
import { formatControl, PACKAGE } from "./package/control.ts";
import { formatCopyright } from "./package/copyright.ts";
import { makeFolder, makeTree, writeTree } from "./package/tree.ts";

const COMPRESSIONS = ["xz", "gzip", "none"];
const SCRIPTS = ["postinst", "prerm", "postrm"];
const KIBIBYTE = 1024;

/** What was asked for. */
interface Command {
  targets: readonly Target[];
  out: string;
  compression: string;
}

function parseCommand(args: string[]): Command {
  const { values } = parseArgs({
    args,
    options: {
      target: { type: "string", multiple: true, default: [Deno.build.arch] },
      out: { type: "string", default: `${TOP}/dist` },
      compression: { type: "string", default: "xz" },
    },
  });
  const { target, out, compression } = values;
  if (!COMPRESSIONS.includes(compression)) {
    throw new RangeError(
      `Cannot compress by ${compression}: choose ${COMPRESSIONS.join(" or ")}`,
    );
  }
  return { targets: target.map(findTarget), out, compression };
}

/** Writes `DEBIAN/`: what the package says of itself, checksums and what runs when it comes and goes. */
async function writeControl(
  folder: string,
  origin: VersionFacts,
  target: Target,
): Promise<void> {
  let size = 0;
  const sums: string[] = [];
  for (const path of await listFiles(folder)) {
    const bytes = await Deno.readFile(`${folder}/${path}`);
    const sum = createHash("md5").update(bytes).digest("hex");
    sums.push(`${sum}  ${path}\n`);
    size += Math.ceil(bytes.byteLength / KIBIBYTE);
  }
  await makeFolder(folder, "DEBIAN");
  const control = formatControl(origin, { ...target, size });
  await Deno.writeTextFile(`${folder}/DEBIAN/control`, control);
  await Deno.writeTextFile(`${folder}/DEBIAN/md5sums`, sums.join(""));
  for (const name of ["control", "md5sums"]) {
    await Deno.chmod(`${folder}/DEBIAN/${name}`, 0o644);
  }
  for (const name of SCRIPTS) {
    const script = `${folder}/DEBIAN/${name}`;
    await Deno.copyFile(`${TOP}/scripts/package/debian/${name}`, script);
    await Deno.chmod(script, 0o755);
  }
}

/** Makes the package for one target. */
async function packTarget(
  { out, compression }: Command,
  origin: VersionFacts,
  target: Target,
): Promise<void> {
  const executable = `${EVERYTHING}-${origin.number}-${target.triple}`;
  const folder = await Deno.makeTempDir({ prefix: "nflog-package-" });
  try {
    await Deno.chmod(folder, 0o755);
    const { file = "" } = BUILDABLE.find(({ name }) => name === EVERYTHING) ??
      {};
    const { packages } = await readModuleGraph(Deno.execPath(), file);
    const copyright = await formatCopyright(packages);
    await writeTree(folder, await makeTree(origin, { target, copyright }));
    const program = `${folder}/usr/bin/${EVERYTHING}`;
    await Deno.copyFile(`${out}/${executable}`, program);
    await Deno.chmod(program, 0o755);
    await makeFolder(folder, "etc/nflog-zmq");
    await writeControl(folder, origin, target);
    const name = `${PACKAGE}_${origin.number}_${target.debian}.deb`;
    const seconds = new Date(origin.date || 0).getTime() / 1000;
    await run([
      ...["dpkg-deb", "--root-owner-group", `-Z${compression}`] as const,
      ...["--build", folder, `${out}/${name}`],
    ], { env: { ...Deno.env.toObject(), SOURCE_DATE_EPOCH: String(seconds) } });
    const { size } = await Deno.stat(`${out}/${name}`);
    const text = `${(size / 2 ** 20).toFixed(1).padStart(7)} MiB  ${name}\n`;
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function main(args: string[]): Promise<void> {
  const command = parseCommand(args);
  const { version } = await readConfig();
  const origin = await readOrigin(version);
  for (const target of command.targets) {
    await packTarget(command, origin, target);
  }
  await writeChecksums(command.out);
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const text = `package: ${message.split("\n")[0]}\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(text));
    Deno.exitCode = 1;
  }
}
