import assert from "node:assert/strict";
import { parseDumpCommand } from "../../lib/cli/dump_command.ts";
import {
  EXTCAP_DEFINITION,
  parseExtcapCommand,
} from "../../lib/cli/extcap_command.ts";
import {
  EXTCAP_INTERFACES,
  formatConfig,
  formatInterfaces,
  formatLinkTypes,
} from "../../lib/cli/extcap_interfaces.ts";
import { parseQueryCommand } from "../../lib/cli/query_command.ts";
import { checkRefused } from "./check_command.ts";

const [LOCAL, WINDOW] = EXTCAP_INTERFACES;
const OF_LOCAL = ["--extcap-interface", "nflog-local"];
const OF_WINDOW = ["--extcap-interface", "nflog-window"];
const CAPTURE = ["--capture", "--fifo", "/tmp/fifo"];

Deno.test("parseExtcapCommand() tells what Wireshark asks for", () => {
  const requestOf = (...args: string[]): object =>
    parseExtcapCommand(args).request;
  assert.deepEqual(requestOf("--extcap-interfaces", "--extcap-version=4.0"), {
    kind: "interfaces",
  });
  assert.deepEqual(requestOf(...OF_LOCAL, "--extcap-dlts"), {
    kind: "dlts",
    interface: LOCAL,
  });
  assert.deepEqual(requestOf(...OF_WINDOW, "--extcap-config"), {
    kind: "config",
    interface: WINDOW,
  });
  assert.deepEqual(
    requestOf(...OF_LOCAL, "--extcap-capture-filter", "tcp port 80"),
    { kind: "check", filter: "tcp port 80" },
  );
});

Deno.test("a capture of groups is a dump, with arguments that the dump takes", () => {
  const { request } = parseExtcapCommand([
    ...[...OF_LOCAL, ...CAPTURE, "--extcap-capture-filter", "udp"],
    ...["--groups", "5-7", "--snaplen", "96", "--fix-checksums", "--segment"],
  ]);
  assert(request.kind === "capture" && request.program === "dump");
  const command = parseDumpCommand(request.args);
  assert.deepEqual(command.source, { kind: "groups", groups: [5, 6, 7] });
  assert.deepEqual(command.output, { kind: "path", path: "/tmp/fifo" });
  const { format, filter, snaplen, fixChecksums, segmentSize } = command;
  assert.deepEqual([format, filter, snaplen], ["pcapng", "udp", 96]);
  assert.deepEqual([fixChecksums, segmentSize], [true, 1500]);
});

Deno.test("a capture of a window is a query, with arguments that the query takes", () => {
  const { request } = parseExtcapCommand([
    ...[...OF_WINDOW, ...CAPTURE, "--endpoint", "tcp://192.0.2.9:5556"],
    ...["--since", "1777636800", "--group", "5", "--sensor", "gw"],
  ]);
  assert(request.kind === "capture" && request.program === "query");
  const { selection, format, output } = parseQueryCommand(request.args);
  assert.equal(format, "pcapng");
  assert.deepEqual(output, { kind: "path", path: "/tmp/fifo" });
  assert.deepEqual([selection.group, selection.sensor], [5, "gw"]);
  assert.equal(selection.time.kind, "between");
});

Deno.test("parseExtcapCommand() refuses what is missing or unknown, on one line", () => {
  checkRefused(EXTCAP_DEFINITION, [
    ["", /^this is for Wireshark to call/],
    ["--extcap-dlts", /^--extcap-interface is missing/],
    ["--extcap-interface eth0 --extcap-dlts", /^--extcap-interface: there is/],
    [`${OF_LOCAL.join(" ")} --capture`, /^--capture needs --fifo/],
  ]);
});

Deno.test("a capture of a window without a receiver is a problem, told when Wireshark waits no more", () => {
  const { request } = parseExtcapCommand([...OF_WINDOW, ...CAPTURE]);
  assert(request.kind === "capture");
  assert.match(request.problem ?? "", /^--endpoint is missing/);
  assert.equal(request.fifo, "/tmp/fifo");
});

Deno.test("every setting that is shown is an option that is taken", () => {
  for (const of of EXTCAP_INTERFACES) {
    const sentences = formatConfig(of).trimEnd().split("\n");
    assert.equal(sentences.length, of.settings.length);
    for (const [number, { call, type }] of of.settings.entries()) {
      const sentence = sentences[number] ?? "";
      assert(sentence.startsWith(`arg {number=${number}}{call=${call}}`));
      // Braces end a value, so no value may have one.
      assert.match(sentence, /^arg (\{\w+=[^{}]*\})+$/);
      const value = type === "boolflag" ? [] : ["1"];
      parseExtcapCommand([
        ...["--extcap-interface", of.value, ...CAPTURE, call, ...value],
      ]);
    }
  }
  assert.match(formatInterfaces("1.2.3"), /^extcap \{version=1\.2\.3\}/);
  assert.equal(formatInterfaces("1").trimEnd().split("\n").length, 3);
  assert.match(formatLinkTypes(), /^dlt \{number=101\}/);
});
