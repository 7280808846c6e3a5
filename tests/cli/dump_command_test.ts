import assert from "node:assert/strict";
import {
  DUMP_DEFINITION,
  parseDumpCommand,
} from "../../lib/cli/dump_command.ts";
import { checkRefused, splitArgs } from "./check_command.ts";

const MIB = 1024 * 1024;
const PLAIN = {
  kind: "dump",
  source: { kind: "groups", groups: [5] },
  maxPackets: undefined,
  snaplen: 262144,
  filter: undefined,
  output: undefined,
  print: "text",
  rotation: undefined,
  format: "pcap",
  fixChecksums: false,
  segmentSize: undefined,
  socketBuffer: 64 * MIB,
  kernelBuffer: 130752,
  flushThreshold: 1000,
  flushTimeout: 10,
  bindProtocolFamilies: false,
  user: undefined,
  statsFile: undefined,
  logFormat: "text",
  debug: false,
};
const TO_FILE = { output: { kind: "path", path: "f" }, print: undefined };

const GOOD: readonly (readonly [line: string, changes: object])[] = [
  ["", {}],
  ["-c10 -s 64", { maxPackets: 10, snaplen: 64 }],
  ["--json", { print: "json" }],
  ["--filter 'udp port 53'", { filter: "udp port 53" }],
  ["-w f", TO_FILE],
  ["-w -", { output: { kind: "stdout" }, print: undefined }],
  ["-wf --print", { ...TO_FILE, print: "text" }],
  ["-w f --print --json", { ...TO_FILE, print: "json" }],
  ["-w f -C 10", {
    ...TO_FILE,
    rotation: { maxSize: 10_000_000, maxAge: undefined, maxFiles: undefined },
  }],
  ["-w f -G 60 -W 3", {
    ...TO_FILE,
    rotation: { maxSize: undefined, maxAge: 60_000, maxFiles: 3 },
  }],
  ["--format pcapng", { format: "pcapng" }],
  ["--fix-checksums --segment", { fixChecksums: true, segmentSize: 1500 }],
  ["--segment --mtu 9000", { segmentSize: 9000 }],
  ["-u nobody", { user: { user: "nobody", group: undefined } }],
];

for (const [line, changes] of GOOD) {
  Deno.test(`parseDumpCommand() takes ${line} 5`, () => {
    const command = parseDumpCommand(splitArgs(`${line} 5`));
    assert.deepEqual(command, { ...PLAIN, ...changes });
  });
}

Deno.test("parseDumpCommand() refuses what is wrong, on one line", () => {
  checkRefused(DUMP_DEFINITION, [
    ["", /^SOURCE is missing$/],
    ["5 6", /^There is one argument too many: "6"$/],
    ["-W 3 -w f 5", /^-W does nothing without -C or -G/],
    ["-C 3 5", /^-C does nothing without -w FILE/],
    ["-G 3 -w - 5", /^-G does nothing without -w FILE/],
    ["--print 5", /^--print does nothing without -w/],
    ["--json -w f 5", /^--json does nothing without --print/],
    ["-w - --print 5", /^--print and -w - exclude each other/],
    ["--mtu 1500 5", /^--mtu does nothing without --segment/],
    ["--segment --mtu 10 5", /^--mtu: .*from 576 to 65535$/],
    ["-s 300000 5", /^-s: .*from 1 to 262144$/],
    ["-c 0 5", /^-c: .*from 1 to/],
    ["--zmq-buffer 5 5", /^There is no option/],
  ]);
});
