import assert from "node:assert/strict";
import { plainContext } from "../../lib/batch_builder.ts";
import type { BatchPacket } from "../../lib/batch_packets.ts";
import { formatPacketJson } from "../../lib/roles/packet_json.ts";
import { formatPacketLine } from "../../lib/roles/packet_line.ts";
import { somePayload, transportPacket } from "../pcap/transport_packets.ts";

const CONTEXT = plainContext(5, "kernel", {
  prefix: "to web",
  inputInterface: "eth0",
  outputInterface: "eth1",
  hook: 2,
  family: 2,
  protocol: 0x0800,
  mark: 0x2a,
  uid: 33,
  gid: 34,
});

function packetOf(more: Partial<BatchPacket> = {}): BatchPacket {
  const data = transportPacket({
    ...{ version: 4, protocol: "udp", payload: somePayload(5) },
  });
  const seconds = new Date(2026, 4, 1, 2, 3, 4).getTime() / 1000;
  return {
    ...{ seconds, nanoseconds: 56_789, originalLength: data.length, data },
    ...{ context: CONTEXT, lostBefore: 0, ...more },
  };
}

const SUMMARY = "IP 192.0.2.1.40000 > 198.51.100.2.443: UDP, length 5";

Deno.test("formatPacketLine() writes what tcpdump would, and what the firewall knew", () => {
  assert.equal(
    formatPacketLine(packetOf({ lostBefore: 3 })),
    `02:03:04.000056 5 "to web" eth0→eth1 ${SUMMARY} uid=33 gid=34 mark=0x2a lost_before=3`,
  );
});

Deno.test("formatPacketLine() leaves out what is not known", () => {
  const bare = plainContext(7, "clock");
  assert.equal(
    formatPacketLine(packetOf({ context: bare })),
    `02:03:04.000056 7 ${SUMMARY}`,
  );
  const into = plainContext(7, "clock", {
    inputInterface: "br0",
    physicalInputInterface: "eth1",
  });
  assert.equal(
    formatPacketLine(packetOf({ context: into })),
    `02:03:04.000056 7 br0(eth1)→ ${SUMMARY}`,
  );
  const out = plainContext(7, "clock", { outputInterface: "eth1" });
  assert.match(formatPacketLine(packetOf({ context: out })), / 7 →eth1 IP /);
});

Deno.test("formatPacketLine() colours parts, which say the same without the colours", () => {
  const packet = packetOf({ lostBefore: 1 });
  const line = formatPacketLine(packet, "colour");
  // deno-lint-ignore no-control-regex -- colours begin with this one
  const plain = line.replace(/\x1b\[\d+m/g, "");
  assert.notEqual(line, plain);
  assert.equal(plain, formatPacketLine(packet));
});

Deno.test("no line has anything that acts on a terminal, whatever a rule or an interface is called", () => {
  const evil = "a\x1b[2Jb\u009b\u202ec\u2066\nd\x7f";
  const context = plainContext(5, "kernel", {
    prefix: evil,
    inputInterface: evil,
    outputInterface: evil,
    physicalInputInterface: evil,
  });
  const packet = packetOf({ context });
  for (const line of [formatPacketLine(packet), formatPacketJson(packet)]) {
    assert.doesNotMatch(
      line,
      /[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u,
    );
  }
  assert.equal(JSON.parse(formatPacketJson(packet)).prefix, evil);
});

Deno.test("formatPacketJson() writes everything that is known, and leaves out what is not", () => {
  const packet = packetOf({ lostBefore: 2, seconds: 1_777_600_984 });
  assert.deepEqual(JSON.parse(formatPacketJson(packet)), {
    time: "2026-05-01T02:03:04.000056789Z",
    time_source: "kernel",
    group: 5,
    prefix: "to web",
    hook: "forward",
    in: "eth0",
    out: "eth1",
    mark: 0x2a,
    uid: 33,
    gid: 34,
    length: 33,
    captured: 33,
    lost_before: 2,
    ip_version: 4,
    src: "192.0.2.1",
    dst: "198.51.100.2",
    protocol: "udp",
    sport: 40000,
    dport: 443,
    summary: SUMMARY,
  });
  const bare = packetOf({
    context: plainContext(7, "clock"),
    data: Uint8Array.of(1, 2),
    seconds: 0,
    nanoseconds: 0,
    originalLength: 9,
  });
  assert.deepEqual(JSON.parse(formatPacketJson(bare)), {
    time: "1970-01-01T00:00:00.000000000Z",
    time_source: "clock",
    group: 7,
    length: 9,
    captured: 2,
    summary: "unknown, length 2",
  });
});

Deno.test("formatPacketJson() tells TCP flags, ICMP types and hooks of other families", () => {
  const tcp = transportPacket({
    ...{ version: 6, protocol: "tcp", payload: somePayload(2) },
  });
  const object = JSON.parse(formatPacketJson(packetOf({ data: tcp })));
  assert.equal(object.flags, "P.");
  assert.equal(object.ip_version, 6);
  const icmp = transportPacket({
    ...{ version: 6, protocol: "icmp6", payload: somePayload(2) },
  });
  const echo = JSON.parse(formatPacketJson(packetOf({ data: icmp })));
  assert.deepEqual([echo.icmp_type, echo.icmp_code], [128, 0]);
  const hooks = [[5, 1, "egress"], [3, 2, "forward"], [7, 0, "prerouting"]];
  for (const [family, hook, name] of hooks) {
    const context = { ...CONTEXT, family: Number(family), hook: Number(hook) };
    const { hook: told } = JSON.parse(formatPacketJson(packetOf({ context })));
    assert.equal(told, name);
  }
});
