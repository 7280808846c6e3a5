import assert from "node:assert/strict";
import { formatIPv6 } from "../../lib/dissect/address.ts";
import { dissect } from "../../lib/dissect/dissect.ts";
import { formatSummary } from "../../lib/dissect/format_summary.ts";
import { formatTcpFlags } from "../../lib/dissect/format_tcp.ts";
import { PcapDecoderStream } from "../../lib/pcap/pcap_decoder_stream.ts";
import { PacketStripper } from "../../lib/pcap/packet_stripper.ts";
import { makeRandom } from "../pcap/packets.ts";
import { canRun, findTraces, run } from "../pcap/tools.ts";

const FILES = new URL("../testdata/pcap/", import.meta.url);

async function readPackets(url: URL): Promise<Uint8Array[]> {
  const file = await Deno.open(url);
  const packets = file.readable.pipeThrough(new PcapDecoderStream());
  return Array.fromAsync(packets, ({ data }) => data);
}

const PACKETS = await readPackets(new URL("scapy_dissect.pcap", FILES));

/** Where we write on purpose something else than tcpdump: it does not name ports first when there are extension headers. */
const OURS: ReadonlyMap<number, string> = new Map([
  [21, "IP 192.0.2.1 > 198.51.100.2: frag (160|148) udp"],
  [
    24,
    "IP6 2001:db8::1.40000 > 2001:db8:0:1:1:1:1:2.61000: HBH UDP, length 100",
  ],
  [
    25,
    "IP6 2001:db8::1.49152 > 2001:db8:0:1:1:1:1:2.61000: DSTOPT Flags [.], ack 2000, win 512, length 0",
  ],
  [
    26,
    "IP6 2001:db8::1.40000 > 2001:db8:0:1:1:1:1:2.61000: frag (0|108) UDP, length 500",
  ],
  [27, "IP6 2001:db8::1 > 2001:db8:0:1:1:1:1:2: frag (104|100) udp"],
  [
    34,
    "IP6 2001:db8::1 > 2001:db8:0:1:1:1:1:2: ICMP6, time exceeded in-transit, length 60",
  ],
]);

Deno.test("formatSummary() writes packets of many kinds as tcpdump does", async () => {
  const text = await Deno.readTextFile(new URL("tcpdump_dissect.txt", FILES));
  const lines = text.trimEnd().split("\n");
  assert.equal(lines.length, PACKETS.length);
  PACKETS.forEach((packet, index) => {
    const expected = OURS.get(index) ?? lines[index];
    assert.equal(formatSummary(dissect(packet)), expected);
  });
});

const TRACES = findTraces(".pcap");

Deno.test({
  name: "formatSummary() agrees with tcpdump about other people's captures",
  ignore: TRACES === undefined || !canRun("tcpdump"),
  fn: async () => {
    // What tcpdump reads deeper, or can not read: protocols over UDP, spanning trees, packets of more than 64 KiB.
    const otherwise =
      /length \d+$| \d+[+ ].*\(\d+\)$|STP 802|bad-len|\[\|tcp\]/;
    let same = 0;
    for (const url of TRACES ?? []) {
      if (/nflog|dns_fwdptr/.test(url.pathname)) continue;
      const dump = await run("tcpdump", "-nStr", url.pathname);
      const lines = dump.stdout.split("\n").filter((line) =>
        /^(IP|IP6|ARP|STP) /.test(line) || line.startsWith("ARP,")
      );
      const stripper = new PacketStripper();
      const file = await Deno.open(url);
      const packets = file.readable.pipeThrough(new PcapDecoderStream());
      let index = 0;
      for await (const packet of packets) {
        const stripped = stripper.strip(packet);
        assert(stripped !== undefined);
        const { data, context } = stripped;
        const ours = formatSummary(dissect(data, context.protocol));
        const theirs = lines[index++] ?? "";
        if (theirs.startsWith(ours)) same++;
        else assert.match(theirs, otherwise, `${url.pathname}: ${ours}`);
      }
    }
    assert(same > 5000, `only ${same} lines are the same`);
  },
});

Deno.test("dissect() and formatSummary() survive every truncated length", () => {
  for (const packet of PACKETS) {
    for (let length = 0; length <= packet.length; length++) {
      const line = formatSummary(dissect(packet.slice(0, length)));
      assert.match(line, /^[ -~]+$/);
    }
  }
});

Deno.test("dissect() and formatSummary() survive changed bytes", () => {
  const random = makeRandom(7);
  for (let round = 0; round < 200; round++) {
    for (const packet of PACKETS) {
      const bytes = packet.slice();
      for (let change = random(4); change >= 0; change--) {
        bytes[random(bytes.length)] = random(256);
      }
      const etherType = [0, 0x0800, 0x86dd, 0x0806][random(4)];
      assert.match(formatSummary(dissect(bytes, etherType)), /^[ -~]+$/);
    }
  }
});

Deno.test("dissect() reads every field of a TCP segment", () => {
  const packet = dissect(PACKETS[7] ?? assert.fail());
  assert(packet.kind === "ip");
  assert.deepEqual(packet.ip, {
    version: 4,
    source: "192.0.2.1",
    destination: "198.51.100.2",
    hopLimit: 64,
    protocol: 6,
    headerLength: 20,
    length: 140,
    extensions: [],
    fragment: undefined,
  });
  assert.deepEqual(packet.transport, {
    kind: "tcp",
    sourcePort: 49152,
    destinationPort: 61000,
    sequence: 0xfffffff0,
    acknowledgement: 2000,
    flags: 0x29,
    window: 512,
    urgent: 9,
    options: [],
    headerLength: 20,
  });
  assert.equal(packet.payload.length, 100);
  assert.equal(packet.payloadLength, 100);
});

Deno.test("dissect() leaves out padding, and tells what was cut off", () => {
  const whole = PACKETS[11] ?? assert.fail();
  const padded = new Uint8Array(whole.length + 6);
  padded.set(whole);
  const packet = dissect(padded);
  assert(packet.kind === "ip");
  assert.equal(packet.payload.length, 100);
  const cut = dissect(whole.subarray(0, 50));
  assert(cut.kind === "ip");
  assert.equal(cut.payload.length, 22);
  assert.equal(cut.payloadLength, 100);
});

Deno.test("dissect() reads fragments", () => {
  const later = dissect(PACKETS[21] ?? assert.fail());
  assert(later.kind === "ip");
  assert.deepEqual(later.ip.fragment, { id: 7, offset: 160, more: false });
  assert.equal(later.transport, undefined);
  const first = dissect(PACKETS[26] ?? assert.fail());
  assert(first.kind === "ip");
  assert.deepEqual(first.ip.fragment, { id: 9, offset: 0, more: true });
  assert.equal(first.transport?.kind, "udp");
});

Deno.test("dissect() heeds the EtherType", () => {
  const arp = new Uint8Array(28);
  // deno-fmt-ignore
  arp.set([
    0, 1, 8, 0, 6, 4, 0, 2,
    2, 0, 0, 0, 0, 1, 192, 0, 2, 1,
    2, 0, 0, 0, 0, 2, 192, 0, 2, 2,
  ]);
  const line = (bytes: Uint8Array, etherType?: number): string =>
    formatSummary(dissect(bytes, etherType));
  assert.equal(
    line(arp, 0x0806),
    "ARP, Reply 192.0.2.1 is-at 02:00:00:00:00:01, length 28",
  );
  assert.equal(line(arp, 0x88cc), "ethertype 0x88cc, length 28");
  assert.equal(line(arp), "unknown, length 28");
  assert.equal(line(arp.subarray(0, 8), 0x86dd), "[|ip6], length 8");
  assert.equal(line(new Uint8Array(0)), "unknown, length 0");
});

Deno.test("formatIPv6() follows RFC 5952", () => {
  const cases: [string, number[]][] = [
    ["::", [0, 0, 0, 0, 0, 0, 0, 0]],
    ["::1", [0, 0, 0, 0, 0, 0, 0, 1]],
    ["1::", [1, 0, 0, 0, 0, 0, 0, 0]],
    ["2001:db8:0:1:1:1:1:1", [0x2001, 0xdb8, 0, 1, 1, 1, 1, 1]],
    ["2001:db8::1:0:0:1", [0x2001, 0xdb8, 0, 0, 1, 0, 0, 1]],
    ["2001:0:0:1::1", [0x2001, 0, 0, 1, 0, 0, 0, 1]],
    ["fe80::abcd:0:1", [0xfe80, 0, 0, 0, 0, 0xabcd, 0, 1]],
    ["::ffff:192.0.2.1", [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x201]],
  ];
  for (const [text, groups] of cases) {
    const view = new DataView(new ArrayBuffer(16));
    groups.forEach((group, index) => view.setUint16(index * 2, group));
    assert.equal(formatIPv6(view, 0), text);
  }
});

Deno.test("formatTcpFlags() names every flag", () => {
  assert.equal(formatTcpFlags(0), "none");
  assert.equal(formatTcpFlags(0x1ff), "FSRP.UEWe");
});
