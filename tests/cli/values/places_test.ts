import assert from "node:assert/strict";
import {
  destination,
  endpoint,
  filePath,
  hostPort,
  listenAddress,
  packetSource,
  userName,
} from "../../../lib/cli/values/mod.ts";
import { checkValues } from "./check_values.ts";

Deno.test("packetSource() takes groups with ranges, each once, in their order", () => {
  checkValues(packetSource(), {
    good: [
      ["5", { kind: "groups", groups: [5] }],
      ["0,1,5-7", { kind: "groups", groups: [0, 1, 5, 6, 7] }],
      ["7,5-8,5", { kind: "groups", groups: [7, 5, 6, 8] }],
      ["65535", { kind: "groups", groups: [65535] }],
      ["3-3", { kind: "groups", groups: [3] }],
      ["pcap:a b.pcap", { kind: "file", path: "a b.pcap" }],
      ["pcap:./-", { kind: "file", path: "./-" }],
      ["pcap:-", { kind: "stdin" }],
    ],
    bad: [
      ["", /^Cannot use source "": write NFLOG groups, such as 5 or 0,1,5-7/],
      ["eth0", /write NFLOG groups/],
      ["1,,2", /a group is missing between its commas/],
      ["1,", /a group is missing between its commas/],
      ["1,x", /"x" is no group/],
      ["1-", /write NFLOG groups/],
      ["-1", /write NFLOG groups/],
      ["65536", /group 65536 is not in 0 to 65535/],
      ["1-70000", /group 70000 is not in 0 to 65535/],
      ["99999999999999999999", /is not in 0 to 65535/],
      ["7-5", /the range 7-5 runs backwards; write 5-7/],
      ["1 ,2", /"1 " is no group/],
      ["pcap:", /Cannot use file "": it has no name/],
      ["pcap:a\0b", /it has a NUL/],
      ["PCAP:x", /write NFLOG groups/],
    ],
  });
});

Deno.test("packetSource() takes all groups at once", () => {
  const result = packetSource().parse("0-65535");
  assert.ok(result.success && result.value.kind === "groups");
  assert.equal(result.value.groups.length, 65536);
});

Deno.test("endpoint() leaves the reading to libzmq's rules, for binding or connecting", () => {
  const result = endpoint({ use: "bind" }).parse("tcp://*:5555");
  assert.ok(result.success);
  assert.deepEqual(result.value, {
    transport: "tcp",
    host: { kind: "any" },
    port: 5555,
  });
  for (
    const [input, message] of [
      ["tcp://*:5555", /host \* is only for binding/],
      ["tcp://192.0.2.1:99999", /port 99999 is not in 1 to 65535/],
      ["192.0.2.1:5555", /it does not start with tcp:\/\//],
    ] as const
  ) {
    checkValues(endpoint({ use: "connect" }), {
      good: [],
      bad: [[input, message]],
    });
  }
  assert.equal(endpoint({ metavar: "SRC" }).metavar, "SRC");
});

Deno.test("destination() takes - for standard output", () => {
  checkValues(destination({ metavar: "DEST" }), {
    good: [
      ["-", { kind: "stdout" }],
      ["/run/nflog/ids.pcap", { kind: "path", path: "/run/nflog/ids.pcap" }],
      ["./-", { kind: "path", path: "./-" }],
    ],
    bad: [["", /it has no name/], ["a\0", /it has a NUL/]],
  });
});

Deno.test("filePath() refuses standard output", () => {
  checkValues(filePath(), {
    good: [["/var/lib/x.json", "/var/lib/x.json"]],
    bad: [["-", /only a path can be given here/], ["", /it has no name/]],
  });
});

Deno.test("hostPort() takes a host with or without a port", () => {
  checkValues(hostPort(8125), {
    good: [
      ["stats.example.net", { host: "stats.example.net", port: 8125 }],
      ["stats.example.net:9125", { host: "stats.example.net", port: 9125 }],
      ["192.0.2.1:1", { host: "192.0.2.1", port: 1 }],
      ["[2001:db8::1]:65535", { host: "2001:db8::1", port: 65535 }],
      ["[::1]", { host: "::1", port: 8125 }],
    ],
    bad: [
      ["", /the host is missing/],
      [":8125", /the host is missing/],
      ["a:b", /the port must be a whole number from 1 to 65535/],
      ["a:0", /from 1 to 65535/],
      ["a:65536", /from 1 to 65535/],
      ["a:", /from 1 to 65535/],
      ["::1", /an IPv6 address must stand in brackets/],
      ["[::1", /in brackets/],
      ["[fe80::zz]:1", /is no IPv6 address/],
      ["300.1.1.1", /is no IPv4 address/],
      ["a b", /the host is no name and no address/],
      ["http://a", /the port must be/],
      [`${"a".repeat(64)}.net`, /no name/],
    ],
  });
});

Deno.test("listenAddress() takes a port alone for the loopback address", () => {
  checkValues(listenAddress(), {
    good: [
      ["9100", { host: "127.0.0.1", port: 9100 }],
      ["0", { host: "127.0.0.1", port: 0 }],
      ["0.0.0.0:9100", { host: "0.0.0.0", port: 9100 }],
      ["[::]:9100", { host: "::", port: 9100 }],
      ["localhost:9100", { host: "localhost", port: 9100 }],
    ],
    bad: [
      ["127.0.0.1", /the port is missing/],
      ["65536", /from 0 to 65535/],
      ["*:9100", /no name|write an address/],
      ["example.net:80", /write an address of this host/],
      [":9100", /the host is missing/],
      ["::1:9100", /in brackets/],
    ],
  });
});

Deno.test("userName() takes a user, and a group behind a colon", () => {
  checkValues(userName(), {
    good: [
      ["nobody", { user: "nobody", group: undefined }],
      ["nobody:nogroup", { user: "nobody", group: "nogroup" }],
      ["65534:65534", { user: "65534", group: "65534" }],
      ["first.last", { user: "first.last", group: undefined }],
      ["machine$", { user: "machine$", group: undefined }],
    ],
    bad: [
      ["", /write a user's name or number/],
      [":nogroup", /write a user's name/],
      ["nobody:", /write a user's name/],
      ["a:b:c", /write a user's name/],
      ["--help", /write a user's name/],
      ["no body", /write a user's name/],
      ["a\u001b", /\\u001b/],
    ],
  });
});
