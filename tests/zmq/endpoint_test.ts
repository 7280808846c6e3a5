import { deepEqual, equal, throws } from "node:assert/strict";
import {
  formatEndpoint,
  isLoopback,
  parseEndpoint,
} from "../../lib/zmq/endpoint.ts";

const GOOD: [text: string, use: "bind" | "connect"][] = [
  ["tcp://127.0.0.1:5555", "connect"],
  ["tcp://*:5555", "bind"],
  ["tcp://*:*", "bind"],
  ["tcp://192.0.2.1:*", "bind"],
  ["tcp://eth0:65535", "bind"],
  ["tcp://wg-tunnel0:1", "bind"],
  ["tcp://[::1]:5555", "connect"],
  ["tcp://[::]:5555", "bind"],
  ["tcp://[2001:db8::1:2]:5555", "connect"],
  ["tcp://[fe80::1%eth0]:5555", "connect"],
  ["tcp://[::ffff:192.0.2.1]:5555", "connect"],
  ["tcp://ids.example.org:5555", "connect"],
  ["tcp://ids_1.example.org.:5555", "connect"],
  ["tcp://127.0.0.2:4444;127.0.0.1:5555", "connect"],
  ["tcp://eth0:0;[2001:db8::1]:5555", "connect"],
  ["ws://192.0.2.1:80/path", "connect"],
  ["ws://*:80", "bind"],
  ["ipc:///run/nflog/query", "connect"],
  ["ipc://relative", "bind"],
  ["ipc://@abstract", "connect"],
  ["ipc://*", "bind"],
  [`ipc:///${"a".repeat(106)}`, "bind"],
  ["inproc://zeromq.zap.01", "bind"],
  ["tipc://{5560,0,0}", "bind"],
];

for (const [text, use] of GOOD) {
  Deno.test(`parseEndpoint() reads ${text.slice(0, 60)}, and formatEndpoint() writes it again`, () => {
    equal(formatEndpoint(parseEndpoint(text, { use })), text);
  });
}

const BAD: [text: string, use: "bind" | "connect", reason: RegExp][] = [
  ["", "bind", /does not start with tcp/],
  ["5555", "bind", /does not start with tcp/],
  ["://x", "bind", /does not start with tcp/],
  ["TCP://*:5555", "bind", /write tcp:\/\/ in lower case/],
  ["Ipc:///run/x", "bind", /write ipc:\/\/ in lower case/],
  ["http://192.0.2.1:80", "connect", /http can not be used: known are/],
  ["udp://192.0.2.1:80", "connect", /udp can not be used: it carries no/],
  ["pgm://eth0;239.0.0.1:5555", "connect", /pgm can not be used.*without/],
  ["toString://x", "connect", /toString can not be used: known are/],
  ["tcp://", "connect", /port is missing/],
  ["tcp://192.0.2.1", "connect", /port is missing/],
  ["tcp://192.0.2.1:", "connect", /port is missing/],
  ["tcp://192.0.2.1:0", "connect", /port 0 is not in 1 to 65535/],
  ["tcp://*:0", "bind", /port 0 is not in 1 to 65535/],
  ["tcp://192.0.2.1:65536", "connect", /port 65536 is not in 1 to 65535/],
  ["tcp://192.0.2.1:99999", "connect", /port 99999 is not in 1 to 65535/],
  ["tcp://192.0.2.1:+80", "connect", /"\+80" is no number/],
  ["tcp://192.0.2.1:http", "connect", /"http" is no number/],
  ["tcp://192.0.2.1:80/x", "connect", /is no number/],
  ["tcp://192.0.2.1:*", "connect", /port \* is only for binding/],
  ["tcp://*:5555", "connect", /host \* is only for binding/],
  ["tcp://:5555", "bind", /host is missing/],
  ["tcp://300.1.1.1:5555", "connect", /300\.1\.1\.1 is no IPv4 address/],
  ["tcp://1.2.3:5555", "connect", /1\.2\.3 is no IPv4 address/],
  ["tcp://1.2.3.4.5:5555", "connect", /is no IPv4 address/],
  ["tcp://01.2.3.4:5555", "connect", /is no IPv4 address/],
  ["tcp://0x7f.1:5555", "connect", /is no IPv4 address/],
  ["tcp://5555:5555", "connect", /5555 is no IPv4 address/],
  ["tcp://::1:5555", "connect", /must stand in brackets/],
  ["tcp://[::1:5555", "connect", /must stand in brackets/],
  ["tcp://[::1]5555", "connect", /must stand in brackets/],
  ["tcp://[]:5555", "connect", /\[\] is no IPv6 address/],
  ["tcp://[1::2::3]:5555", "connect", /is no IPv6 address/],
  ["tcp://[1:2:3:4:5:6:7]:5555", "connect", /is no IPv6 address/],
  ["tcp://[12345::]:5555", "connect", /is no IPv6 address/],
  ["tcp://[::1%]:5555", "connect", /is no IPv6 address/],
  ["tcp://[::ffff:300.0.0.1]:5555", "connect", /is no IPv6 address/],
  ["tcp://-x:5555", "connect", /"-x" is no host name/],
  ["tcp://a..b:5555", "connect", /is no host name/],
  ["tcp://a,b:5555", "connect", /is no host name/],
  [`tcp://${"a".repeat(64)}:5555`, "connect", /is no host name/],
  [`tcp://${"a.".repeat(127)}:5555`, "connect", /is no host name/],
  ["tcp://a b:5555", "connect", /space or a control/],
  ["tcp://127.0.0.1:5555\n", "connect", /space or a control/],
  ["ipc:///run/x\0y", "bind", /space or a control/],
  ["tcp://127.0.0.1:1;127.0.0.1:2", "bind", /only connecting can name/],
  ["tcp://127.0.0.1:1;127.0.0.1:2;x", "connect", /too many parts/],
  ["ipc://", "bind", /path is missing/],
  ["ipc://@", "bind", /path is missing/],
  ["ipc:///run/", "bind", /is a directory/],
  ["ipc://*", "connect", /only for binding/],
  [`ipc:///${"a".repeat(107)}`, "bind", /108 bytes.* at most 107/],
  [`ipc:///${"ä".repeat(54)}`, "bind", /109 bytes.* at most 107/],
  ["inproc://", "bind", /name is missing/],
  ["tipc://", "bind", /address is missing/],
];

for (const [text, use, reason] of BAD) {
  const shown = JSON.stringify(text).slice(0, 60);
  Deno.test(`parseEndpoint() refuses ${shown} for ${use}: ${reason.source}`, () => {
    throws(() => parseEndpoint(text, { use }), (error: Error) => {
      equal(error.message.split("\n").length, 1);
      return reason.test(error.message) &&
        error.message.startsWith("Cannot use endpoint ") &&
        (error instanceof RangeError || error instanceof SyntaxError);
    });
  });
}

Deno.test("parseEndpoint() takes an endpoint apart", () => {
  deepEqual(parseEndpoint("tcp://[fe80::1%eth0]:*"), {
    transport: "tcp",
    host: {
      kind: "ipv6",
      address: "fe80::1",
      bytes: new Uint8Array([
        0xfe,
        0x80,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        1,
      ]),
      zone: "eth0",
    },
    port: "*",
  });
  deepEqual(parseEndpoint("tcp://lo;127.0.0.1:80", { use: "connect" }), {
    transport: "tcp",
    host: {
      kind: "ipv4",
      address: "127.0.0.1",
      bytes: new Uint8Array([127, 0, 0, 1]),
    },
    port: 80,
    source: { host: { kind: "name", name: "lo" }, port: "*" },
  });
});

const LOOPBACK: [text: string, expected: boolean][] = [
  ["tcp://127.0.0.1:1", true],
  ["tcp://127.255.0.9:1", true],
  ["tcp://[::1]:1", true],
  ["tcp://[::ffff:127.0.0.1]:1", true],
  ["tcp://localhost:1", true],
  ["tcp://lo:1", true],
  ["ipc:///run/x", true],
  ["inproc://x", true],
  ["tcp://*:1", false],
  ["tcp://0.0.0.0:1", false],
  ["tcp://[::]:1", false],
  ["tcp://[::ffff:192.0.2.1]:1", false],
  ["tcp://[1::1]:1", false],
  ["tcp://192.0.2.1:1", false],
  ["tcp://localhost.example.org:1", false],
  ["ws://127.0.0.1:1/", true],
  ["tipc://{1,0,0}", false],
];

for (const [text, expected] of LOOPBACK) {
  Deno.test(`isLoopback() is ${expected} for ${text}`, () => {
    equal(isLoopback(parseEndpoint(text)), expected);
  });
}
