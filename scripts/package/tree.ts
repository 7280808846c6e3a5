import { gzipSync } from "node:zlib";
import { dirname } from "node:path/posix";
import { readInvocation } from "../../lib/cli/invocation.ts";
import { formatManPage, formatRolesManPage } from "../../lib/cli/man_page.ts";
import { PROGRAMS } from "../../lib/cli/programs.ts";
import type { VersionFacts } from "../../lib/cli/version.ts";
import { EVERYTHING, TOP } from "../build/project.ts";
import type { Target } from "../build/target.ts";
import { MAINTAINER, PACKAGE } from "./control.ts";

/** Folder of what the package installs as it stands here. */
const HERE = `${TOP}/scripts/package`;

/** Where each shell looks for the completions of a command. */
const COMPLETIONS: Readonly<Record<string, (name: string) => string>> = {
  bash: (name) => `usr/share/bash-completion/completions/${name}`,
  zsh: (name) => `usr/share/zsh/vendor-completions/_${name}`,
  fish: (name) => `usr/share/fish/vendor_completions.d/${name}.fish`,
};

/** Files of a package by path, and links by path. */
export interface Tree {
  /** Contents, by path relative to the root. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What links point to, by path relative to the root. */
  readonly links: ReadonlyMap<string, string>;
}

const encoder = new TextEncoder();

/** Compresses as Debian wants documentation: as well as possible, without a date. */
function compress(text: string): Uint8Array {
  return gzipSync(encoder.encode(text), { level: 9 });
}

/**
 * Makes everything that a package installs besides the executable: a name for each program, manual pages and completions from the parsers, units,
 * documentation.
 *
 * @param origin The version of the package.
 * @param options What it is for, and the file about copyrights and licences.
 * @returns Files and links.
 */
export async function makeTree(
  origin: VersionFacts,
  { target, copyright }: { target: Target; copyright: string },
): Promise<Tree> {
  const files = new Map<string, Uint8Array>();
  const links = new Map<string, string>();
  const others = PROGRAMS.map(({ name }) => name);
  for (const definition of PROGRAMS) {
    const { name } = definition;
    links.set(`usr/bin/${name}`, EVERYTHING);
    const page = formatManPage(definition, { others, version: origin });
    files.set(`usr/share/man/man1/${name}.1.gz`, compress(page));
    for (const [shell, place] of Object.entries(COMPLETIONS)) {
      const script = readInvocation(definition, ["--completion", shell]);
      if (script.kind !== "completion") {
        throw new Error(`Cannot complete ${name} in ${shell}`);
      }
      files.set(place(name), encoder.encode(script.text));
    }
  }
  // Where Debian's Wireshark looks for what it can capture from: `tshark -G folders` says so.
  links.set(
    `usr/lib/${target.libraries}/wireshark/extcap/nflog-extcap`,
    "../../../../bin/nflog-extcap",
  );
  const page = formatRolesManPage(PROGRAMS, origin);
  files.set(`usr/share/man/man1/${EVERYTHING}.1.gz`, compress(page));
  const doc = `usr/share/doc/${PACKAGE}`;
  files.set(`${doc}/copyright`, encoder.encode(copyright));
  files.set(`${doc}/changelog.gz`, compress(formatChangelog(origin)));
  for (const [path, from] of await listStatic(doc)) {
    files.set(path, await Deno.readFile(from));
  }
  return { files, links };
}

/** Lists what stands in the checkout as it is installed. */
async function listStatic(doc: string): Promise<Map<string, string>> {
  const found = new Map([
    ["usr/lib/tmpfiles.d/nflog-zmq.conf", `${HERE}/tmpfiles.conf`],
    ["usr/lib/sysusers.d/nflog-zmq.conf", `${HERE}/sysusers.conf`],
    [`usr/share/lintian/overrides/${PACKAGE}`, `${HERE}/debian/overrides`],
    [`${doc}/wire_format.md`, `${TOP}/docs/wire_format.md`],
  ]);
  for await (const { name } of Deno.readDir(`${HERE}/systemd`)) {
    found.set(`usr/lib/systemd/system/${name}`, `${HERE}/systemd/${name}`);
  }
  for await (const { name } of Deno.readDir(`${HERE}/examples`)) {
    found.set(`${doc}/examples/${name}`, `${HERE}/examples/${name}`);
  }
  return found;
}

function formatChangelog({ number, date }: VersionFacts): string {
  const day = new Date(date === "" ? 0 : date).toUTCString()
    .replace("GMT", "+0000");
  return `${PACKAGE} (${number}) unstable; urgency=medium

  * Version ${number}; the project's history says what changed.

 -- ${MAINTAINER}  ${day}
`;
}

/**
 * Writes a tree into a folder, with the modes that files of packages have.
 *
 * @param folder The folder.
 * @param tree The tree.
 */
export async function writeTree(folder: string, tree: Tree): Promise<void> {
  for (const [path, bytes] of tree.files) {
    await makeFolder(folder, dirname(path));
    await Deno.writeFile(`${folder}/${path}`, bytes);
    await Deno.chmod(`${folder}/${path}`, 0o644);
  }
  for (const [path, to] of tree.links) {
    await makeFolder(folder, dirname(path));
    await Deno.symlink(to, `${folder}/${path}`);
  }
}

/** Makes a folder below another one, whatever the umask. */
export async function makeFolder(top: string, path: string): Promise<void> {
  if (path === ".") return;
  await makeFolder(top, dirname(path));
  await Deno.mkdir(`${top}/${path}`, { recursive: true });
  await Deno.chmod(`${top}/${path}`, 0o755);
}
