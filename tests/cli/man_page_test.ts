import assert from "node:assert/strict";
import { describeCommand } from "../../lib/cli/help_page.ts";
import { formatManPage, formatRolesManPage } from "../../lib/cli/man_page.ts";
import { PROGRAMS } from "../../lib/cli/programs.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { canRun, run } from "../pcap/tools.ts";

const VERSION = { number: "1.2.3", commit: "0123abc", date: "2026-01-02" };
const others = PROGRAMS.map(({ name }) => name);

for (const definition of PROGRAMS) {
  const { name } = definition;
  const page = formatManPage(definition, { others, version: VERSION });

  Deno.test(`the manual page of ${name} has every option, its default and no line that roff takes for another`, () => {
    const [title, ...lines] = page.trimEnd().split("\n");
    assert.match(
      title ?? "",
      /^\.TH NFLOG\\-\S+ 1 "2026-01-02" "nflog-zmq-pcap-pipe 1\.2\.3" /,
    );
    const requests = /^\.(BR? \S|EE$|EX$|PP$|SH [A-Z ]+$|SS \S|TP$|nh$)/;
    for (const line of lines) {
      assert.ok(!/^['.]/.test(line) || requests.test(line), line);
    }
    for (const { entries } of describeCommand(definition).sections) {
      for (const { term } of entries) {
        if (term.type !== "option") continue;
        for (const option of term.names) {
          assert.ok(
            page.includes(`\\fB${option.replaceAll("-", "\\-")}\\fR`),
            option,
          );
        }
      }
    }
  });

  Deno.test({
    name: `man shows the manual page of ${name} without a warning`,
    ignore: !canRun("man"),
    fn: async () => {
      using directory = openTempDir();
      const file = directory.join(`${name}.1`);
      await Deno.writeTextFile(file, page);
      const { code, stdout, stderr } = await run(
        "man",
        "--warnings",
        "--encoding=UTF-8",
        "--local-file",
        file,
      );
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, /^NAME\n/m);
      assert.ok(stdout.includes("--completion"));
    },
  });
}

Deno.test("formatManPage() escapes what roff would take for its own", () => {
  const [definition] = PROGRAMS;
  assert.ok(definition);
  const page = formatManPage({
    ...definition,
    examples: [".x \\n", "a"],
    description: ["'tis", ".so x"],
  });
  assert.match(page, /^\\&'tis$/m);
  assert.match(page, /^\\&\.so x$/m);
  assert.match(page, /^nflog\\-zmq\\-send \.x \\en$/m);
});

Deno.test("formatRolesManPage() names every program", () => {
  const page = formatRolesManPage(PROGRAMS, VERSION);
  for (const { name } of PROGRAMS) {
    assert.ok(page.includes(`.BR ${name.replaceAll("-", "\\-")} (1)`), name);
  }
});
