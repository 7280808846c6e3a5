import assert from "node:assert/strict";
import { RATE_CONTROL_DEFAULTS } from "../../lib/cli/groups/rate_control_options.ts";
import { CAPTURE_OPTION_DEFAULTS } from "../../lib/cli/groups/capture_options.ts";
import {
  parseSendCommand,
  SEND_DEFINITION,
} from "../../lib/cli/send_command.ts";
import { CAPTURE_DEFAULTS } from "../../lib/nflog/nflog_capture.ts";
import { parseEndpoint } from "../../lib/zmq/endpoint.ts";
import { type BadCommand, checkRefused, splitArgs } from "./check_command.ts";

const MIB = 1024 * 1024;
const ENDPOINT = parseEndpoint("tcp://ids:5555", { use: "connect" });

const PLAIN = {
  kind: "send",
  source: { kind: "groups", groups: [5] },
  endpoints: [ENDPOINT],
  socketBuffer: 64 * MIB,
  kernelBuffer: 130752,
  flushThreshold: 1000,
  flushTimeout: 10,
  bindProtocolFamilies: false,
  sendHighWaterMark: 256,
  rateControl: undefined,
  wireFormat: "frames",
  sensor: undefined,
  heartbeat: 5000,
  curveClient: undefined,
  user: undefined,
  http: undefined,
  httpTokenFile: undefined,
  statsd: undefined,
  statsFile: undefined,
  logFormat: "text",
  debug: false,
} as const;

Deno.test("parseSendCommand() gives bytes and milliseconds, and the defaults", () => {
  assert.deepEqual(parseSendCommand(["5", "tcp://ids:5555"]), PLAIN);
});

const GOOD: readonly (readonly [line: string, changes: object])[] = [
  ["5 tcp://ids:5555 --libnflog-nlbufsiz 10", { socketBuffer: 10 * MIB }],
  [
    "--libnflog-nlbufsiz=0.0625 5 tcp://ids:5555",
    { socketBuffer: 65536, kernelBuffer: 65536 },
  ],
  [
    "--libnflog-nlbufsiz 4096B 5 tcp://ids:5555",
    { socketBuffer: 4096, kernelBuffer: 4096 },
  ],
  ["--libnflog-qthresh 100 5 tcp://ids:5555", { flushThreshold: 100 }],
  ["--libnflog-timeout 2 5 tcp://ids:5555", { flushTimeout: 2000 }],
  ["--libnflog-timeout 0.25 5 tcp://ids:5555", { flushTimeout: 250 }],
  ["--libnflog-timeout 0 5 tcp://ids:5555", { flushTimeout: 0 }],
  ["--zmq-buffer 50 5 tcp://ids:5555", { sendHighWaterMark: 50 }],
  ["--wire legacy 5 tcp://ids:5555", { wireFormat: "legacy" }],
  [
    "--rate-control --hwm 0 --shed tail 5 tcp://ids:5555",
    {
      rateControl: {
        ...RATE_CONTROL_DEFAULTS,
        highWatermark: 0,
        watermarkInterval: 4 * MIB,
        shed: "tail",
      },
    },
  ],
  ["--bind-pf 5 tcp://ids:5555", { bindProtocolFamilies: true }],
  ["--sensor gate-1 5 tcp://ids:5555", { sensor: "gate-1" }],
  [
    "-u nobody 5 tcp://ids:5555",
    { user: { user: "nobody", group: undefined } },
  ],
  [
    "-unobody:nogroup 5 tcp://ids:5555",
    { user: { user: "nobody", group: "nogroup" } },
  ],
  [
    "--user=0:0 5 tcp://ids:5555",
    { user: { user: "0", group: "0" } },
  ],
  ["--stats-json /run/s.json 5 tcp://ids:5555", { statsFile: "/run/s.json" }],
  ["--log-format json 5 tcp://ids:5555", { logFormat: "json" }],
  ["5 --debug tcp://ids:5555", { debug: true }],
  [
    "0,1,5-7 tcp://ids:5555",
    { source: { kind: "groups", groups: [0, 1, 5, 6, 7] } },
  ],
  ["pcap:- tcp://ids:5555", { source: { kind: "stdin" } }],
  ["--debug -- pcap:-x tcp://ids:5555", {
    debug: true,
    source: { kind: "file", path: "-x" },
  }],
  ["5 tcp://ids:5555 ipc:///run/n", {
    endpoints: [ENDPOINT, { transport: "ipc", path: "/run/n" }],
  }],
];

for (const [line, changes] of GOOD) {
  Deno.test(`parseSendCommand() takes ${line}`, () => {
    const command = parseSendCommand(splitArgs(line));
    assert.deepEqual(command, { ...PLAIN, ...changes });
  });
}

const BAD: readonly BadCommand[] = [
  ["", /^SOURCE and ENDPOINT are missing$/],
  ["--debug", /^SOURCE is missing$/],
  ["5", /^ENDPOINT is missing$/],
  ["x tcp://ids:5555", /^SOURCE: Cannot use source "x": write NFLOG groups/],
  ["5 tcp://ids", /^ENDPOINT: Cannot use endpoint "tcp:\/\/ids": the port is/],
  ["5 tcp://*:5555", /only for binding/],
  ["5 tcp://ids:5555 6", /Cannot use endpoint "6"/],
  ["--zmq-buffer 0 5 tcp://ids:5555", /^--zmq-buffer: Cannot read number "0"/],
  ["--zmq-buffer -1 5 tcp://ids:5555", /^--zmq-buffer: Cannot read number/],
  ["--libnflog-nlbufsiz 0 5 tcp://ids:5555", /it must be from 4096 B to/],
  ["--libnflog-nlbufsiz 1024 5 tcp://ids:5555", /it must be from 4096 B to/],
  ["--libnflog-qthresh 0 5 tcp://ids:5555", /from 1 to 4294967295/],
  ["--libnflog-timeout 1y 5 tcp://ids:5555", /its unit is none of/],
  ["--user '' 5 tcp://ids:5555", /^--user: Cannot use user ""/],
  ["--user", /^--user needs a value: NAME\[:GROUP\]$/],
  ["5 tcp://ids:5555 --sensor", /^--sensor needs a value: NAME$/],
  ["--user --debug 5 tcp://ids:5555", /^--user: Cannot use user "--debug"/],
  ["--debug --debug 5 tcp://ids:5555", /^--debug is given twice$/],
  ["-u a --user b 5 tcp://ids:5555", /^--user is given twice$/],
  ["--debug=1 5 tcp://ids:5555", /^--debug takes no value$/],
  ["--stats-json - 5 tcp://ids:5555", /^--stats-json: .*only a path/],
  ["--log-format xml 5 tcp://ids:5555", /^--log-format: .*text or json$/],
  ["--sensor a\u0007 5 tcp://ids:5555", /it has control characters/],
  [
    "--debg 5 tcp://ids:5555",
    /^There is no option "--debg"; did you mean --debug\?$/,
  ],
  [
    "--libnflog-n 1 5 tcp://ids:5555",
    /^There is no option "--libnflog-n"; did you mean --libnflog-nlbufsiz\?$/,
  ],
  ["--bogus=1 5 tcp://ids:5555", /^There is no option "--bogus"$/],
  ["-x 5 tcp://ids:5555", /^There is no option "-x"$/],
  ["--\u001b[2J 5", /^SOURCE: Cannot use source "--\\u001b\[2J"/],
];

Deno.test("parseSendCommand() refuses what is wrong, on one line", () => {
  checkRefused(SEND_DEFINITION, BAD);
});

Deno.test("parseSendCommand() makes keys in place of sending", () => {
  assert.deepEqual(parseSendCommand(["--keygen", "/etc/nflog/gw1"]), {
    kind: "keygen",
    prefix: "/etc/nflog/gw1",
  });
});

const KEY = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";

Deno.test("parseSendCommand() takes a key and that of the receiver", () => {
  const args = ["--curve-key", "gw1.key", "--curve-server", KEY];
  assert.deepEqual(parseSendCommand([...args, "5", "tcp://ids:5555"]), {
    ...PLAIN,
    curveClient: { keyFile: "gw1.key", serverKey: KEY },
  });
});

Deno.test("CAPTURE_OPTION_DEFAULTS are those of a capture", () => {
  assert.deepEqual({ ...CAPTURE_DEFAULTS, ...CAPTURE_OPTION_DEFAULTS }, {
    ...CAPTURE_DEFAULTS,
  });
});
