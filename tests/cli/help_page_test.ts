import assert from "node:assert/strict";
import type { DocEntry } from "@optique/core/doc";
import { describeCommand, formatHelp } from "../../lib/cli/help_page.ts";
import { PROGRAMS } from "../../lib/cli/programs.ts";
import { RECEIVE_DEFINITION } from "../../lib/cli/receive_command.ts";
import { SEND_DEFINITION } from "../../lib/cli/send_command.ts";

/** Takes the line breaks out that depend on the width. */
function flatten(page: string): string {
  return page.replace(/\s+/g, " ");
}

function entriesOf(definition: (typeof PROGRAMS)[number]): DocEntry[] {
  return describeCommand(definition).sections
    .flatMap(({ entries }) => [...entries]);
}

for (const definition of PROGRAMS) {
  Deno.test(`formatHelp() of ${definition.name} shows every option with unit, default and meaning`, () => {
    const page = flatten(formatHelp(definition, 80));
    const options = entriesOf(definition);
    assert.ok(options.length > 5);
    for (const { term, description, default: fallback } of options) {
      const meaning = description?.map((part) =>
        part.type === "text" ? part.text : ""
      ).join("");
      assert.ok(meaning, `${JSON.stringify(term)} says nothing`);
      assert.match(meaning, /^[A-Z].*\.$/, "help is made of sentences");
      assert.ok(page.includes(flatten(meaning)), meaning);
      if (term.type === "option") {
        const names = term.names.join(", ");
        const { metavar } = term;
        const shown = metavar === undefined ? names : `${names} ${metavar}`;
        assert.ok(page.includes(` ${shown} `), shown);
      }
      for (const part of fallback ?? []) {
        assert.ok(part.type === "text");
        assert.ok(page.includes(`Default: ${part.text}.`), part.text);
      }
    }
  });
}

Deno.test("formatHelp() gives synopsis, defaults with their units, and what differs from the original", () => {
  const send = flatten(formatHelp(SEND_DEFINITION, 80));
  assert.match(
    send,
    /Usage: nflog-zmq-send \[options\] SOURCE ENDPOINT\.\.\. /,
  );
  assert.match(send, /--libnflog-nlbufsiz MiB .*? Default: 64 MiB\./);
  assert.match(send, /--libnflog-qthresh PACKETS .*? Default: 1000\./);
  assert.match(send, /--libnflog-timeout SECONDS .*? Default: 0\.01 s\./);
  assert.match(send, /original waited up to 2 s\./);
  assert.match(send, /--zmq-buffer COUNT .*? Default: 256\./);
  assert.match(send, /--sensor NAME .*? Default: the host name\./);
  assert.match(send, /-u, --user NAME\[:GROUP\] /);
  assert.match(send, /--completion SHELL /);
  const receive = flatten(formatHelp(RECEIVE_DEFINITION, 80));
  assert.match(receive, /Usage: nflog-pcap-recv \[options\] ENDPOINT DEST /);
  assert.match(receive, /--precision us\|ns .*? Default: us\./);
  assert.match(receive, /--output-buffer MiB .*? Default: 64 MiB\./);
  assert.match(receive, /--rate-control Accepted and no longer needed/);
});

Deno.test("formatHelp() fits into its width", () => {
  for (const definition of PROGRAMS) {
    for (const columns of [72, 80, 120]) {
      const lines = formatHelp(definition, columns).split("\n");
      const wide = lines.filter((line) => line.length > columns);
      assert.deepEqual(wide, []);
      assert.ok(lines.every((line) => line.trimEnd() === line));
    }
  }
});

Deno.test("examples in help are command lines that the program takes", async () => {
  const { parseCommand } = await import("../../lib/cli/command.ts");
  const { splitArgs } = await import("./check_command.ts");
  for (const definition of PROGRAMS) {
    assert.ok(definition.examples.length > 0);
    for (const example of definition.examples) {
      const [line = ""] = example.split(/ [|>] /);
      parseCommand(definition, splitArgs(line));
    }
  }
});
