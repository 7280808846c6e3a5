import type { Package } from "../build/module_graph.ts";
import { TOP } from "../build/project.ts";
import { PACKAGE } from "./control.ts";

/** What is inside besides packages of npm. */
const NATIVE = `Deno (https://github.com/denoland/deno)
  Copyright 2018-2026 the Deno authors
  License: MIT
libzmq (https://github.com/zeromq/libzmq)
  Copyright the libzmq authors
  License: MPL-2.0, see /usr/share/common-licenses/MPL-2.0
libsodium (https://github.com/jedisct1/libsodium)
  Copyright 2013-2026 Frank Denis
  License: ISC
libstdc++ (https://gcc.gnu.org/)
  Copyright the Free Software Foundation, Inc.
  License: GPL-3.0-or-later WITH GCC-exception-3.1, see /usr/share/common-licenses/GPL-3
`;

const ISC =
  `Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted, provided that the above
copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
`;

/**
 * Writes the file about copyrights and licences: of the project, and of what is inside its executable.
 *
 * @param packages The packages of npm in it.
 * @returns The file.
 */
export async function formatCopyright(
  packages: readonly Package[],
): Promise<string> {
  const license = await Deno.readTextFile(`${TOP}/LICENSE`);
  const others: string[] = [];
  for (const { name, version, license, folder } of packages) {
    others.push(`${name} ${version} (https://www.npmjs.com/package/${name})
  ${await findCopyright(folder) ?? `Copyright the authors of ${name}`}
  License: ${license || "see its package"}
`);
  }
  return `${PACKAGE} is under this licence:

${license}
/usr/bin/nflog-zmq is an executable that contains:

${NATIVE}${others.join("")}
What is under the MIT license is under the terms above, with the copyright
that is named here. The ISC license:

${ISC}`;
}

/** Finds the line of a package's licence that says whose it is. */
async function findCopyright(folder: string): Promise<string | undefined> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || !/^licen[cs]e/i.test(name)) continue;
    const text = await Deno.readTextFile(`${folder}/${name}`);
    const line = /^\s*(Copyright .*\d{4}.*)$/im.exec(text)?.[1];
    if (line !== undefined) return line.trim();
  }
  return undefined;
}
