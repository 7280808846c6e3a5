import assert from "node:assert/strict";
import {
  parseReceiveCommand,
  RECEIVE_DEFINITION,
} from "../../lib/cli/receive_command.ts";
import { parseEndpoint } from "../../lib/zmq/endpoint.ts";
import { checkRefused, splitArgs } from "./check_command.ts";

const MIB = 1024 * 1024;
const PLAIN = {
  kind: "receive",
  endpoint: parseEndpoint("tcp://*:5555"),
  destination: { kind: "path", path: "/run/ids.pcap" },
  precision: "microseconds",
  outputBuffer: 64 * MIB,
  format: "pcap",
  fixChecksums: false,
  segmentSize: undefined,
  window: undefined,
  rateControl: false,
  curveServer: undefined,
  queryCurveServer: undefined,
  user: undefined,
  http: undefined,
  httpTokenFile: undefined,
  statsd: undefined,
  statsFile: undefined,
  logFormat: "text",
  debug: false,
} as const;

const GOOD: readonly (readonly [line: string, changes: object])[] = [
  ["tcp://*:5555 /run/ids.pcap", {}],
  ["tcp://*:5555 -", { destination: { kind: "stdout" } }],
  ["--precision ns tcp://*:5555 /run/ids.pcap", { precision: "nanoseconds" }],
  ["--output-buffer 1 tcp://*:5555 /run/ids.pcap", { outputBuffer: MIB }],
  ["--rate-control tcp://*:5555 /run/ids.pcap", { rateControl: true }],
  [
    "--buffer-interface ipc:///run/q --buffer-window 256 tcp://*:5555 /run/ids.pcap",
    {
      window: {
        endpoint: parseEndpoint("ipc:///run/q"),
        size: 256 * MIB,
        answerTimeout: 1000,
      },
    },
  ],
  ["ipc:///run/n /run/ids.pcap --debug", {
    endpoint: parseEndpoint("ipc:///run/n"),
    debug: true,
  }],
];

for (const [line, changes] of GOOD) {
  Deno.test(`parseReceiveCommand() takes ${line}`, () => {
    const command = parseReceiveCommand(splitArgs(line));
    assert.deepEqual(command, { ...PLAIN, ...changes });
  });
}

Deno.test("parseReceiveCommand() refuses what is wrong, on one line", () => {
  checkRefused(RECEIVE_DEFINITION, [
    ["", /^ENDPOINT and DEST are missing$/],
    ["tcp://*:5555", /^DEST is missing$/],
    ["tcp://*:5555 a b", /^There is one argument too many: "b"$/],
    ["tcp://*:99999 a", /^ENDPOINT: .*port 99999 is not in 1 to 65535$/],
    ["--precision ms tcp://*:5555 a", /^--precision: .*write us or ns$/],
    ["--output-buffer 0.1 tcp://*:5555 a", /it must be from 0.5 MiB to/],
    ["--curve-allow a tcp://*:5555 a", /^--curve-allow needs --curve-server/],
    [
      "--buffer-window 1 tcp://*:5555 a",
      /^--buffer-window needs --buffer-interface/,
    ],
    [
      "--buffer-interface ipc:///q tcp://*:5555 a",
      /^--buffer-interface needs --buffer-window/,
    ],
    [
      "--buffer-interface ipc:///q --buffer-window 0.5 tcp://*:5555 a",
      /^--buffer-window: .*it must be from 1 MiB to/,
    ],
    [
      "--buffer-curve-server-key k --buffer-curve-allow a tcp://*:5555 a",
      /^--buffer-curve-server-key does nothing without --buffer-interface/,
    ],
    ["--format tcpdump tcp://*:5555 a", /^--format: /],
    ["tcp://*:5555 ''", /^DEST: Cannot use file "": it has no name$/],
  ]);
});
