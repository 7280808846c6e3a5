import assert from "node:assert/strict";
import plugin from "../../scripts/lint_plugin.ts";
import { folderOf, MAY_IMPORT, mayImport } from "../../scripts/lint/layers.ts";

const TOP = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/** Lints `source` as the file `path`; gives the rules that complain, in order. */
function complaints(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, `${TOP}${path}`, source)
    .map(({ id }) => id.replace("nflog/", ""));
}

/** A case: where the source stands, the source, and which rules complain. */
type Case = readonly [path: string, source: string, ...rules: string[]];

const CASES: Readonly<Record<string, readonly Case[]>> = {
  import: [
    ["lib/pcap/a.ts", 'import { b } from "../bytes/b.ts";'],
    ["lib/pcap/a.ts", 'import { b } from "./b.ts";'],
    ["lib/pcap/a.ts", 'import { p } from "../packet.ts";'],
    ["lib/pcap/a.ts", 'import { w } from "../wire/w.ts";', "import"],
    ["lib/pcap/a.ts", 'import type { W } from "../wire/w.ts";', "import"],
    ["lib/pcap/a.ts", 'export { w } from "../wire/w.ts";', "import"],
    ["lib/pcap/a.ts", 'const w = await import("../wire/w.ts");', "import"],
    ["lib/wire/a.ts", 'import { z } from "../zmq/z.ts";', "import"],
    ["lib/ffi/a.ts", 'import { l } from "../libc/l.ts";', "import"],
    ["lib/zmq/a.ts", 'import { l } from "../ffi/l.ts";'],
    ["lib/roles/a.ts", 'import type { Z } from "../zmq/z.ts";'],
    ["lib/roles/a.ts", 'import { z } from "../zmq/z.ts";', "import"],
    ["lib/roles/a.ts", 'import { c } from "../cli/c.ts";', "import"],
    ["lib/cli/values/a.ts", 'import { r } from "../../roles/r.ts";'],
    ["lib/cli/a.ts", 'import { main } from "../../cmd/x.ts";', "import"],
    ["cmd/a.ts", 'import { z } from "../lib/zmq/z.ts";'],
    ["cmd/a.ts", 'import { t } from "../tests/helpers/t.ts";', "import"],
    ["scripts/a.ts", 'import { t } from "../tests/bench/t.ts";'],
    ["scripts/a.ts", 'import { t } from "../tests/pcap/t.ts";', "import"],
    ["lib/unheard_of/a.ts", 'import { b } from "../bytes/b.ts";', "import"],
    ["lib/wire/a.ts", 'import zlib from "node:zlib";'],
    ["lib/roles/a.ts", 'import { l } from "@logtape/logtape";', "import"],
    ["cmd/a.ts", 'import { l } from "@logtape/logtape";'],
    ["lib/cli/a.ts", 'import { l } from "@optique/core/parser";'],
    ["lib/zmq/a.ts", 'import { l } from "zeromq";', "import"],
  ],
  native: [
    ["lib/ffi/a.ts", 'Deno.dlopen("x", {});'],
    ["lib/roles/a.ts", 'Deno.dlopen("x", {});', "native"],
    ["lib/cli/a.ts", 'Deno["dlopen"]("x", {});', "native"],
    ["cmd/a.ts", "new Deno.UnsafePointerView(p);", "native"],
    ["cmd/a.ts", "let p: Deno.PointerValue;"],
  ],
  pure: [
    ["lib/wire/a.ts", 'Deno.env.get("X");', "pure"],
    ["lib/batch.ts", "setTimeout(f, 1);", "pure"],
    ["lib/rate/a.ts", "Date.now();", "pure"],
    ["lib/rate/a.ts", "performance.now();", "pure"],
    ["lib/rate/a.ts", "new Date();", "pure"],
    ["lib/rate/a.ts", "new Date(5);"],
    ["lib/roles/a.ts", "Date.now(); setTimeout(f, 1);"],
  ],
  quiet: [
    ["lib/roles/a.ts", "Deno.exit(1);", "quiet"],
    ["lib/cli/a.ts", "Deno.args;", "quiet"],
    ["lib/cli/a.ts", "Deno.stderr.writeSync(b);", "quiet"],
    ["cmd/a.ts", "Deno.exit(1); Deno.args;"],
    ["scripts/a.ts", "Deno.exit(1);"],
  ],
  form: [
    ["lib/roles/a.ts", 'export * from "./b.ts";', "export-all"],
    ["lib/roles/a.ts", "enum E { A }", "enum"],
    ["lib/roles/utils.ts", "const a = 1;", "file-name"],
    ["lib/roles/frameSender.ts", "const a = 1;", "file-name"],
    ["lib/roles/frame_sender.ts", "const a = 1;"],
    ["lib/roles/a.ts", "const frame_count = 1;", "naming"],
    ["lib/roles/a.ts", "function f(frame_count: number) {}", "naming"],
    ["lib/roles/a.ts", "const FRAME_COUNT = { rate_dropped: 1 };"],
    ["tests/a_test.ts", 'Deno.test.each([1])("x", f);', "oldest-deno"],
    ["lib/roles/a.ts", "export function f(a: A, b: B, c: C) {}"],
    ["lib/roles/a.ts", "export function f(a, b, c, d) {}", "parameters"],
    ["lib/roles/a.ts", "class X { f(a, b, c, d) {} }", "parameters"],
    ["lib/roles/a.ts", "class X { #f(a, b, c, d) {} }"],
  ],
};

for (const [topic, cases] of Object.entries(CASES)) {
  for (const [path, source, ...rules] of cases) {
    const verdict = rules.length === 0 ? "accepts" : "refuses";
    Deno.test(`${topic} rule ${verdict} ${source} in ${path}`, () => {
      assert.deepEqual(complaints(path, source), rules);
    });
  }
}

/** `count` lines of code, with comments and blank lines that do not count. */
function lines(count: number): string {
  return "let n = 0; // é 😀\n\n/* a\n b */\n" + "n++;\n".repeat(count - 1);
}

Deno.test("file-size counts lines of code, not comments and blank lines", () => {
  assert.deepEqual(complaints("lib/roles/a.ts", lines(200)), []);
  assert.deepEqual(complaints("lib/roles/a.ts", lines(201)), ["file-size"]);
  assert.deepEqual(complaints("tests/a_test.ts", lines(201)), []);
});

Deno.test("function-size counts functions, methods and arrows", () => {
  const path = "lib/roles/a.ts";
  const body = (count: number): string => `{\n${lines(count - 2)}}`;
  assert.deepEqual(complaints(path, `function f() ${body(40)}`), []);
  for (const head of ["function f()", "const f = () =>", "class C { m()"]) {
    const tail = head.startsWith("class") ? "}" : "";
    const source = `/* one\n two */ ${head} ${body(41)}${tail}`;
    assert.deepEqual(complaints(path, source), ["function-size"]);
  }
});

Deno.test("the layer table names only folders of its own", () => {
  for (const [from, targets] of Object.entries(MAY_IMPORT)) {
    for (const target of targets) {
      const folder = target.replace(/^type /, "");
      if (folder.endsWith("/*") || folder === "deno.json") continue;
      assert.ok(MAY_IMPORT[folderOf(folder)], `${from} -> ${target}`);
    }
  }
});

Deno.test("the layer table has no circle but the one of lib/*.ts and pcap", () => {
  const folders = Object.keys(MAY_IMPORT).filter((name) =>
    name.startsWith("lib")
  );
  for (const a of folders) {
    for (const b of folders) {
      if (a === b || [a, b].every((name) => /^lib(\/pcap)?$/.test(name))) {
        continue;
      }
      assert.ok(!(mayImport(a, b) && mayImport(b, a)), `${a} <-> ${b}`);
    }
  }
});
