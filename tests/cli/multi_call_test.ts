import assert from "node:assert/strict";
import { formatRoles, readCall, ROLES } from "../../lib/cli/multi_call.ts";
import { PROGRAMS } from "../../lib/cli/programs.ts";

Deno.test("readCall() goes by the name that the program is called by", () => {
  for (const calledAs of ["nflog-pcap-recv", "/usr/bin/nflog-pcap-recv"]) {
    assert.deepEqual(readCall(calledAs, ["send", "x"]), {
      kind: "run",
      name: "nflog-pcap-recv",
      args: ["send", "x"],
    });
  }
});

Deno.test("readCall() goes by the first argument where the name says nothing", () => {
  for (
    const [first, name] of [["send", "nflog-zmq-send"], [
      "nflog-pcap-dump",
      "nflog-pcap-dump",
    ]] as const
  ) {
    assert.deepEqual(readCall("./nflog-zmq-0.1.0", [first, "5", "--debug"]), {
      kind: "run",
      name,
      args: ["5", "--debug"],
    });
  }
});

Deno.test("readCall() tells what it is asked to say, and what it does not know", () => {
  assert.deepEqual(readCall("nflog-zmq", ["--help"]), { kind: "help" });
  assert.deepEqual(readCall("nflog-zmq", ["-h"]), { kind: "help" });
  assert.deepEqual(readCall("nflog-zmq", ["--version"]), { kind: "version" });
  assert.deepEqual(readCall("nflog-zmq", []), {
    kind: "usage",
    message: "say which: send, recv, compress, decompress, query, dump, extcap",
  });
  const unknown = readCall("nflog-zmq", ["constructor"]);
  assert.ok(unknown.kind === "usage");
  assert.match(unknown.message, /^Cannot be "constructor": choose send, /);
});

Deno.test("ROLES are all programs there are", () => {
  assert.deepEqual(ROLES, PROGRAMS.map(({ name }) => name));
});

Deno.test("formatRoles() lists every program with what it does", () => {
  const page = formatRoles(PROGRAMS);
  for (const { name, brief } of PROGRAMS) {
    const short = name.split("-").at(-1);
    const line = page.split("\n").find((each) => each.endsWith(brief));
    assert.match(line ?? "", new RegExp(`^  ${short} +`));
  }
});
