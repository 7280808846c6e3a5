import assert from "node:assert/strict";
import {
  findSilentIgnores,
  findSleeps,
  findUntested,
} from "../../scripts/check_tests.ts";

Deno.test("findUntested() follows imports from tests, not from comments", () => {
  const sources = new Map([
    ["tests/a_test.ts", 'import { a } from "../lib/a.ts";'],
    ["tests/b_test.ts", '// import { c } from "../lib/c.ts";\nrun("used");'],
    ["tests/helper.ts", 'import { d } from "../lib/d.ts";'],
    ["lib/a.ts", 'export {\n  b,\n} from "./deep/b.ts";'],
    ["lib/deep/b.ts", ' * import { c } from "../c.ts";'],
    ["lib/c.ts", ""],
    ["lib/d.ts", ""],
    ["tests/e_test.ts", 'new URL("./child.ts", import.meta.url)'],
    ["tests/child.ts", 'import "../lib/e.ts";'],
    ["lib/e.ts", ""],
    ["cmd/used.ts", 'import { part } from "./part.ts";'],
    ["cmd/part.ts", ""],
    ["cmd/unused.ts", ""],
  ]);
  assert.deepEqual(findUntested(sources), [
    "lib/c.ts: no test imports it",
    "lib/d.ts: no test imports it",
    "cmd/unused.ts: no test runs it",
  ]);
});

Deno.test("findSilentIgnores() asks for a reason that is printed", () => {
  const helper = 'console.error("left out: no root");';
  const sources = new Map([
    ["tests/helpers/can.ts", helper],
    ["tests/a_test.ts", 'import "./helpers/can.ts"; t("x", { ignore }, f);'],
    ["tests/b_test.ts", 't("x", { ignore: !root }, f);'],
    ["tests/c_test.ts", "Deno.test.ig" + 'nore("x", f);'],
    ["tests/d_test.ts", "t({ on" + 'ly: true, name: "x" });'],
    ["tests/e_test.ts", "// ignore: this\nt(f);"],
    ["lib/a.ts", "x({ ign" + "ore: true });"],
  ]);
  assert.deepEqual(findSilentIgnores(sources), [
    "tests/b_test.ts: a test is left out without a word",
    "tests/c_test.ts: a test is switched off or runs alone",
    "tests/d_test.ts: a test is switched off or runs alone",
  ]);
});

Deno.test("findSleeps() finds waits for time, but not bounds", () => {
  const sources = new Map([
    ["tests/a_test.ts", "await new Promise((go) => set" + "Timeout(go, 5));"],
    ["tests/b_test.ts", "const bound = setTimeout(() => stop(), 5);"],
    ["tests/c_test.ts", 'run("sl' + 'eep", ["1"]);'],
    ["tests/d_test.ts", 'run("sh", ["-c", "true; sl' + 'eep 1"]);'],
    ["tests/bench/e.ts", "await new Promise((go) => set" + "Timeout(go, 5));"],
  ]);
  assert.deepEqual(findSleeps(sources).map((line) => line.split(":")[0]), [
    "tests/a_test.ts",
    "tests/c_test.ts",
    "tests/d_test.ts",
  ]);
});
