// Groups of options that programs take when they do what the options say, each tried in a program of its own.
import assert from "node:assert/strict";
import { object } from "@optique/core/constructs";
import {
  type CommandDefinition,
  commandMode,
  defineCommand,
  type OptionGroup,
  optionGroup,
  parseCommand,
} from "../../lib/cli/command.ts";
import {
  curveClientOptions,
  curveServerOptions,
  queryCurveServerOptions,
} from "../../lib/cli/groups/curve_options.ts";
import { heartbeatOptions } from "../../lib/cli/groups/heartbeat_options.ts";
import {
  httpOptions,
  receiverHttpOptions,
} from "../../lib/cli/groups/http_options.ts";
import { keygenOptions } from "../../lib/cli/groups/keygen_options.ts";
import {
  optionalRateControlOptions,
  RATE_CONTROL_DEFAULTS,
} from "../../lib/cli/groups/rate_control_options.ts";
import { statsdOptions } from "../../lib/cli/groups/statsd_options.ts";
import { windowOptions } from "../../lib/cli/groups/window_options.ts";
import { requiredArgument } from "../../lib/cli/declare_option.ts";
import { plainText } from "../../lib/cli/values/mod.ts";
import { parseEndpoint } from "../../lib/zmq/endpoint.ts";
import { checkRefused, splitArgs } from "./check_command.ts";

const MIB = 1024 * 1024;
const KEY = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";

/** Makes a program that takes one group of options. */
function programOf<S extends object>(
  group: OptionGroup<S>,
): CommandDefinition<{ readonly kind: "test" } & S> {
  return defineCommand({
    name: "test-program",
    brief: "Tests.",
    description: [],
    examples: [],
    modes: [commandMode("test", [group])],
  });
}

/** Checks what one group makes of a command line. */
function checkRead<S extends object>(
  group: OptionGroup<S>,
  line: string,
  expected: S,
): void {
  const command = parseCommand(programOf(group), splitArgs(line));
  assert.deepEqual(command, { kind: "test", ...expected }, line);
}

Deno.test("optionalRateControlOptions control the rate when told to", () => {
  const group = optionalRateControlOptions;
  checkRead(group, "", { rateControl: undefined });
  checkRead(group, "--rate-control", { rateControl: RATE_CONTROL_DEFAULTS });
  checkRead(group, "--rate-control --lwm 0.5", {
    rateControl: { ...RATE_CONTROL_DEFAULTS, lowWatermark: MIB / 2 },
  });
  checkRefused(programOf(group), [
    ["--lwm 2", /^--lwm does nothing without --rate-control: add/],
    ["--shed tail", /^--shed does nothing without --rate-control/],
    ["--rate-control --lwm 6", /is above --hwm/],
  ]);
});

Deno.test("windowOptions need an interface and a size, or neither", () => {
  const endpoint = parseEndpoint("ipc:///run/q");
  const both = "--buffer-interface ipc:///run/q --buffer-window 256";
  checkRead(windowOptions, "", { window: undefined });
  checkRead(windowOptions, both, {
    window: { endpoint, size: 256 * MIB, answerTimeout: 1000 },
  });
  checkRead(windowOptions, `${both} --buffer-timeout 2.5`, {
    window: { endpoint, size: 256 * MIB, answerTimeout: 2500 },
  });
  checkRefused(programOf(windowOptions), [
    ["--buffer-window 256", /^--buffer-window needs --buffer-interface beside/],
    ["--buffer-interface ipc://x", /^--buffer-interface needs --buffer-window/],
    ["--buffer-timeout 1", /^--buffer-timeout does nothing without/],
  ]);
});

Deno.test("statsdOptions name a server, or nothing", () => {
  const server = { host: "stats", port: 8125 };
  checkRead(statsdOptions, "", { statsd: undefined });
  checkRead(statsdOptions, "-m stats", {
    statsd: {
      server,
      prefix: "{host}.nflog_pipe.",
      type: "c",
      interval: 10_000,
      sampling: undefined,
    },
  });
  checkRead(statsdOptions, "-mstats:8125 -n a. -i 50/60 -t d", {
    statsd: {
      server,
      prefix: "a.",
      type: "d",
      interval: 10_000,
      sampling: { count: 50, interval: 60_000 },
    },
  });
  checkRefused(programOf(statsdOptions), [
    ["-n a.", /^--statsd-metrics-prefix does nothing without --statsd/],
    ["-i 50", /^--statsd-sampling does nothing without --statsd/],
    ["-t c", /^--statsd-type does nothing without --statsd/],
    ["--statsd-interval 5", /^--statsd-interval does nothing without/],
    ["-m a:b", /^--statsd: Cannot use address/],
  ]);
});

Deno.test("httpOptions listen on the loopback address unless told otherwise", () => {
  for (const options of [httpOptions, receiverHttpOptions]) {
    checkRead(options, "", { http: undefined, httpTokenFile: undefined });
    checkRead(options, "--http 9100", {
      http: { host: "127.0.0.1", port: 9100 },
      httpTokenFile: undefined,
    });
  }
});

Deno.test("httpOptions want a token where other hosts can reach", () => {
  const reached = { host: "0.0.0.0", port: 9100 };
  checkRead(httpOptions, "--http [::1]:9100", {
    http: { host: "::1", port: 9100 },
    httpTokenFile: undefined,
  });
  checkRead(httpOptions, "--http 0.0.0.0:9100 --http-token /t", {
    http: reached,
    httpTokenFile: "/t",
  });
  checkRefused(programOf(httpOptions), [
    [
      "--http 0.0.0.0:9100",
      /can be reached from other hosts: add --http-token/,
    ],
    ["--http [::]:9100", /can be reached from other hosts/],
    ["--http-token /t", /^--http-token does nothing without --http/],
  ]);
});

Deno.test("curve options go in pairs", () => {
  checkRead(curveServerOptions, "", { curveServer: undefined });
  checkRead(curveServerOptions, "--curve-server-key k --curve-allow a", {
    curveServer: { keyFile: "k", allowPath: "a" },
  });
  checkRead(
    queryCurveServerOptions,
    "--buffer-curve-server-key k --buffer-curve-allow a",
    { queryCurveServer: { keyFile: "k", allowPath: "a" } },
  );
  checkRead(curveClientOptions, `--curve-key k --curve-server ${KEY}`, {
    curveClient: { keyFile: "k", serverKey: KEY },
  });
  checkRefused(programOf(curveServerOptions), [
    ["--curve-server-key k", /^--curve-server-key needs --curve-allow beside/],
    ["--curve-allow k", /^--curve-allow needs --curve-server-key beside/],
  ]);
  checkRefused(programOf(queryCurveServerOptions), [
    ["--buffer-curve-allow k", /needs --buffer-curve-server-key beside it$/],
  ]);
  checkRefused(programOf(curveClientOptions), [
    ["--curve-key k", /^--curve-key needs --curve-server beside it$/],
    ["--curve-server k", /^--curve-server: Cannot use a key of 1 characters/],
  ]);
});

Deno.test("heartbeatOptions take 0 for never", () => {
  checkRead(heartbeatOptions, "", { heartbeat: 5000 });
  checkRead(heartbeatOptions, "--heartbeat 0", { heartbeat: 0 });
});

Deno.test("defineCommand() tells modes apart", () => {
  const place = optionGroup(
    object({
      place: requiredArgument({
        value: plainText({ metavar: "PLACE", name: "place" }),
        help: "Where.",
      }),
    }),
    (settings) => settings,
  );
  const definition = defineCommand<
    { readonly kind: "keygen"; prefix: string } | {
      readonly kind: "go";
      place: string;
      heartbeat: number;
    }
  >({
    name: "test-program",
    brief: "Tests.",
    description: [],
    examples: [],
    modes: [
      commandMode("keygen", [keygenOptions]),
      commandMode("go", [place, heartbeatOptions]),
    ],
  });
  assert.deepEqual(parseCommand(definition, ["--keygen", "/etc/k"]), {
    kind: "keygen",
    prefix: "/etc/k",
  });
  assert.deepEqual(parseCommand(definition, ["--heartbeat", "1", "here"]), {
    kind: "go",
    heartbeat: 1000,
    place: "here",
  });
  checkRefused(definition, [
    ["", /^PLACE is missing$/],
    ["--heartbeat 1", /^PLACE is missing$/],
    ["--keygen", /needs? a value|requires/],
    ["--keygen a here", /./],
    ["--keygen a --heartbeat 1", /./],
    ["--heartbet 1", /^There is no option "--heartbet"; did you mean/],
    ["here there", /^There is one argument too many: "there"$/],
  ]);
});
