import assert from "node:assert/strict";
import { RunningProcess } from "../helpers/process.ts";

// One line for each rule that deno.json asks for: `deno lint` ignores the name
// of a rule that it does not know without a word.
const CAUGHT: Readonly<Record<string, string>> = {
  "ban-untagged-todo": "// TODO something",
  "default-param-last": "function f(a = 1, b: number): void {}",
  "eqeqeq": "f(1 == 2);",
  "explicit-function-return-type": "function g() {}",
  "no-console": 'console.log("x");',
  "no-empty": "try { f(); } catch {}",
  "no-explicit-any": "let a: any;",
  "no-non-null-assertion": "f!.g();",
  "no-sync-fn-in-async-fn": 'async function h() { Deno.statSync("x"); }',
  "no-throw-literal": 'throw "x";',
  "no-unused-vars": "const unused = 1;",
  "single-var-declarator": "let x, y;",
  "verbatim-module-syntax": 'import { T } from "./t.ts"; let t: T;',
};

Deno.test("every lint rule that deno.json asks for fires", async () => {
  await using lint = new RunningProcess({
    program: Deno.execPath(),
    args: ["lint", "--json", "-"],
    cwd: new URL("../../", import.meta.url).pathname,
    stdin: "piped",
  });
  const writer = lint.stdin.getWriter();
  const source = Object.values(CAUGHT).join("\n");
  await writer.write(new TextEncoder().encode(source));
  await writer.close();
  writer.releaseLock();
  const { stdout } = await lint.finish();
  const { diagnostics } = JSON.parse(new TextDecoder().decode(stdout));
  const fired = new Set(diagnostics.map(({ code }: { code: string }) => code));
  for (const rule of Object.keys(CAUGHT)) {
    assert.ok(fired.has(rule), `${rule} did not fire`);
  }
});

Deno.test("the lines above cover the rules that deno.json includes", async () => {
  const file = new URL("../../deno.json", import.meta.url);
  const { lint } = JSON.parse(await Deno.readTextFile(file));
  for (const rule of lint.rules.include) {
    assert.ok(CAUGHT[rule], `${rule} has no line`);
  }
});
