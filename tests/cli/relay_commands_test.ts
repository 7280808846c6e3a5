import assert from "node:assert/strict";
import {
  COMPRESS_DEFINITION,
  parseCompressCommand,
} from "../../lib/cli/compress_command.ts";
import {
  DECOMPRESS_DEFINITION,
  parseDecompressCommand,
} from "../../lib/cli/decompress_command.ts";
import { RATE_CONTROL_DEFAULTS } from "../../lib/cli/groups/rate_control_options.ts";
import { parseEndpoint } from "../../lib/zmq/endpoint.ts";
import { checkRefused, splitArgs } from "./check_command.ts";

const MIB = 1024 * 1024;
const ENDS = "tcp://*:5555 ipc:///run/n";
const RELAY = {
  source: parseEndpoint("tcp://*:5555"),
  destination: parseEndpoint("ipc:///run/n", { use: "connect" }),
  sendHighWaterMark: 256,
  curveServer: undefined,
  curveClient: undefined,
  user: undefined,
  http: undefined,
  httpTokenFile: undefined,
  statsd: undefined,
  statsFile: undefined,
  logFormat: "text",
  debug: false,
};

Deno.test("parseCompressCommand() controls the rate without being told", () => {
  assert.deepEqual(parseCompressCommand(splitArgs(ENDS)), {
    kind: "compress",
    ...RELAY,
    rateControl: RATE_CONTROL_DEFAULTS,
    wireFormat: "frames",
  });
});

const RATES: readonly (readonly [line: string, changes: object])[] = [
  ["--lwm 0", { lowWatermark: 0 }],
  ["--hwm 0", { highWatermark: 0, watermarkInterval: 4 * MIB }],
  ["--hwm 0 --lwm 9", {
    highWatermark: 0,
    lowWatermark: 9 * MIB,
    watermarkInterval: 36 * MIB,
  }],
  ["--lwm 2 --hwm 10", {
    lowWatermark: 2 * MIB,
    highWatermark: 10 * MIB,
    watermarkInterval: 20 * MIB,
  }],
  ["--lwm 5", { lowWatermark: 5 * MIB, watermarkInterval: 20 * MIB }],
  ["--wm-interval 3", { watermarkInterval: 3 * MIB }],
  ["--codec deflate", { codec: "deflate", compressionLevel: 6 }],
  ["--codec deflate --level 9", { codec: "deflate", compressionLevel: 9 }],
  ["--level 22", { compressionLevel: 22 }],
  ["--flush-timeout 50ms", { compressionTimeout: 50 }],
  ["--shed tail", { shed: "tail" }],
];

for (const [line, changes] of RATES) {
  Deno.test(`parseCompressCommand() takes ${line}`, () => {
    const { rateControl } = parseCompressCommand(splitArgs(`${line} ${ENDS}`));
    assert.deepEqual(rateControl, { ...RATE_CONTROL_DEFAULTS, ...changes });
  });
}

Deno.test("parseCompressCommand() takes the old wire format and a queue", () => {
  const line = `--wire legacy --zmq-buffer 50 ${ENDS}`;
  const command = parseCompressCommand(splitArgs(line));
  assert.equal(command.wireFormat, "legacy");
  assert.equal(command.sendHighWaterMark, 50);
});

Deno.test("parseCompressCommand() refuses what is wrong, on one line", () => {
  checkRefused(COMPRESS_DEFINITION, [
    ["", /^SRC and DST are missing$/],
    ["tcp://*:5555", /^DST is missing$/],
    [
      `--lwm 6 ${ENDS}`,
      /^--lwm \(6 MiB\/s\) is above --hwm \(5 MiB\/s\): make --hwm the larger/,
    ],
    [`--lwm 2 --hwm 1 ${ENDS}`, /^--lwm \(2 MiB\/s\) is above/],
    [`--codec deflate --level 10 ${ENDS}`, /^--level 10 is more than deflate/],
    [`--level 23 ${ENDS}`, /^--level: .*from 1 to 22/],
    [`--codec gzip ${ENDS}`, /^--codec: .*zstd or deflate$/],
    [`--rate-control ${ENDS}`, /^There is no option "--rate-control"/],
    [`--lwm -1 ${ENDS}`, /^--lwm: Cannot read rate "-1"/],
    ["tcp://*:5555 tcp://*:5556", /^DST: .*only for binding/],
  ]);
});

Deno.test("parseDecompressCommand() takes two ends and a queue", () => {
  assert.deepEqual(parseDecompressCommand(splitArgs(`${ENDS}`)), {
    kind: "decompress",
    ...RELAY,
  });
  checkRefused(DECOMPRESS_DEFINITION, [
    ["", /^SRC and DST are missing$/],
    [`--lwm 1 ${ENDS}`, /^There is no option "--lwm"/],
    [`--wire legacy ${ENDS}`, /^There is no option "--wire"/],
  ]);
});
