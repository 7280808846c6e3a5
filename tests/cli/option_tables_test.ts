import assert from "node:assert/strict";
import {
  formatOptionTable,
  updateOptionTables,
} from "../../lib/cli/option_tables.ts";
import { PROGRAMS } from "../../lib/cli/programs.ts";
import { COMPRESS_DEFINITION } from "../../lib/cli/compress_command.ts";

Deno.test("formatOptionTable() gives one row an option, with unit, default and meaning", () => {
  const table = formatOptionTable(COMPRESS_DEFINITION);
  const rows = table.trimEnd().split("\n");
  assert.equal(rows[0], "| option | default | meaning |");
  assert.equal(rows[1], "| --- | --- | --- |");
  assert.ok(rows.every((row) => row.match(/(?<!\\)\|/g)?.length === 4), table);
  assert.match(table, /^\| `SRC` \| {2}\| ZeroMQ endpoint /m);
  assert.match(table, /^\| \*\*Rate control\*\* \| \| \|$/m);
  assert.match(table, /^\| `--lwm MiB\/s` \| 1 MiB\/s \| Low watermark: /m);
  assert.match(table, /^\| `--codec zstd\\\|deflate` \| zstd \| /m);
  assert.match(
    table,
    /^\| `-h, --help` \| {2}\| Print this help and end\. \|$/m,
  );
});

Deno.test("updateOptionTables() replaces what stands between markers, and is stable", () => {
  const text = "# T\n\n<!-- options:nflog-zmq-compress -->\nSTALE\n" +
    "<!-- /options -->\n\nmiddle\n\n<!-- options:nflog-pcap-recv -->\n" +
    "<!-- /options -->\n\nend\n";
  const updated = updateOptionTables(text, PROGRAMS);
  assert.ok(updated.includes(formatOptionTable(COMPRESS_DEFINITION)));
  assert.ok(!updated.includes("STALE"));
  assert.match(
    updated,
    /^# T\n\n<!-- options:nflog-zmq-compress -->\n<!-- deno-fmt-ignore-start -->\n\n\| option/,
  );
  assert.match(
    updated,
    /\|\n\n<!-- deno-fmt-ignore-end -->\n<!-- \/options -->\n\nmiddle\n\n<!-- options:nflog-pcap-recv/,
  );
  assert.match(updated, /<!-- \/options -->\n\nend\n$/);
  assert.equal(updateOptionTables(updated, PROGRAMS), updated);
  assert.equal(updateOptionTables("no markers\n", PROGRAMS), "no markers\n");
});

Deno.test("updateOptionTables() refuses markers that are wrong", () => {
  const open = "<!-- options:nflog-zmq-send -->\n";
  for (
    const [text, message] of [
      ["<!-- options:nflog-zmq-sned -->\n<!-- /options -->", /no such program/],
      [open, /no <!-- \/options --> behind/],
      [`${open}${open}<!-- /options -->`, /no <!-- \/options --> behind/],
    ] as const
  ) {
    assert.throws(() => updateOptionTables(text, PROGRAMS), message);
  }
});
