import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { FilterCompiler } from "../../lib/libpcap/filter_compiler.ts";
import { MAX_FILTER_SIZE } from "../../lib/pcap/filter_limit.ts";
import { loadLibpcap } from "../../lib/libpcap/load.ts";
import type { PacketFilter } from "../../lib/libpcap/packet_filter.ts";
import {
  encodeFileHeader,
  encodeRecord,
  PcapParser,
} from "../../lib/pcap/mod.ts";
import type { PacketInput } from "../../lib/batch_builder.ts";
import { concatenate, generatePackets } from "../pcap/packets.ts";
import { canRun, withFile } from "../pcap/tools.ts";
import { packetsOfAllKinds } from "./ip_packets.ts";

/** Expressions that tcpdump and we must agree on, for raw IP. */
export const EXPRESSIONS: readonly string[] = [
  "",
  "ip",
  "ip6",
  "tcp",
  "udp",
  "icmp",
  "icmp6",
  "sctp",
  "igmp",
  "host 192.0.2.7",
  "src host 192.0.2.7",
  "host 192.0.2.7 and tcp port 443",
  "host 2001:db8::7",
  "net 192.0.2.0/24",
  "net 2001:db8::/32",
  "src net 10 or dst net 198.51.100.0/25",
  "port 443",
  "tcp port 443",
  "udp dst port 53",
  "portrange 440-450",
  "not port 443",
  "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
  "tcp[tcpflags] == tcp-syn",
  "ip[6:2] & 0x1fff != 0",
  "ip[6:2] & 0x3fff != 0 and udp",
  "ip6[6] = 44",
  "ip6 protochain 17",
  "ip proto 47",
  "ip multicast",
  "ip6 multicast",
  "icmp[icmptype] == icmp-echo",
  "icmp6[0] == 128",
  "greater 1000",
  "less 60",
  "len > 700 and len < 800",
  "ip[8] < 5",
  "ip[0] & 0xf != 5",
  "udp[8:4] = 0x47455420",
  "(tcp or udp) and not (port 53 or port 443)",
  "ip host 192.0.2.1 and (icmp or udp port 53)",
];

const CAN_RUN = canRun("tcpdump");

Deno.test({
  name: "PacketFilter chooses the packets that tcpdump chooses",
  ignore: !CAN_RUN,
  async fn(): Promise<void> {
    const packets = [...packetsOfAllKinds(), ...generatePackets(300)]
      .map((packet, seconds) => ({ ...packet, seconds }));
    const file = [encodeFileHeader(), ...packets.map((p) => encodeRecord(p))];
    await using compiler = new FilterCompiler();
    await withFile(concatenate(file), async (path) => {
      let matched = 0;
      for (const expression of EXPRESSIONS) {
        using filter = await compiler.compile(expression);
        const ours = choose(filter, packets);
        const theirs = await tcpdumpChoice(path, expression);
        deepEqual(ours, theirs, expression);
        matched += ours.length > 0 ? 1 : 0;
      }
      ok(matched >= EXPRESSIONS.length - 1, "expressions match something");
    });
  },
});

Deno.test("FilterCompiler gives libpcap's own message for an expression that it refuses", async () => {
  await using compiler = new FilterCompiler();
  const cases = {
    "tcp prot 443": /syntax error/,
    "host": /syntax error/,
    "port 99999": /port.*99999/,
    "ether host 00:11:22:33:44:55":
      /ethernet addresses supported only on ethernet/,
    "vlan 5": /no VLAN support/,
    "ip broadcast": /netmask not known/,
    "host 192.0.2.999": /./,
    "\u{1f600}": /./,
    "not ": /syntax error/,
  };
  for (const [expression, reason] of Object.entries(cases)) {
    await rejects(compiler.compile(expression), (error: Error) => {
      equal(error.name, "FilterError");
      ok(reason.test(error.message), error.message);
      ok(!error.message.includes("\n"));
      return true;
    });
  }
  using filter = await compiler.compile("tcp");
  ok(choose(filter, packetsOfAllKinds()).length > 0);
});

Deno.test("attack: expressions that would overflow libpcap's stack are refused, long and deep ones that fit are not", async () => {
  await using compiler = new FilterCompiler();
  await rejects(
    compiler.compile("(".repeat(40_000)),
    /Cannot use a filter of 40000 bytes: 4096 are allowed/,
  );
  const clause = "port 1 or ";
  const count = Math.floor((MAX_FILTER_SIZE - 3) / clause.length);
  const ports = Array.from({ length: count }, (_, at) => `port ${at % 9 + 1}`);
  for (
    const expression of [
      ports.join(" or "),
      `${"(".repeat(2000)}tcp${")".repeat(2000)}`,
      `${"not ".repeat(1000)}tcp`,
      `ip[${"1+".repeat(1500)}1] = 1`,
    ]
  ) {
    using _filter = await compiler.compile(expression);
  }
  await rejects(compiler.compile("tcp\0 or udp"), TypeError);
});

Deno.test("FilterCompiler says which package is missing, and goes on to say so", async () => {
  await using compiler = new FilterCompiler(() =>
    loadLibpcap(["libpcap-that-is-not-there.so.1"])
  );
  for (let count = 0; count < 2; count++) {
    await rejects(compiler.compile("tcp"), {
      name: "LibraryError",
      message: /install libpcap0\.8 \(Debian, Ubuntu\) or libpcap/,
    });
  }
});

Deno.test("PacketFilter refuses packets that are not in its memory, and all once it is closed", async () => {
  await using compiler = new FilterCompiler();
  const filter = await compiler.compile("ip");
  throws(() => filter.matches(0, 1, 1), RangeError);
  const memory = Uint8Array.from([0, 0x45, ...new Array(30).fill(0)]);
  filter.use(memory);
  equal(filter.matches(1, 31, 31), true);
  equal(filter.matches(0, 32, 32), false);
  for (const [offset, size] of [[1, 32], [-1, 2], [40, 0], [0, NaN]] as const) {
    throws(() => filter.matches(offset, size, 40), RangeError);
  }
  filter[Symbol.dispose]();
  filter[Symbol.dispose]();
  throws(() => filter.matches(1, 31, 31), RangeError);
});

Deno.test("FilterCompiler compiles several at a time, one after the other", async () => {
  await using compiler = new FilterCompiler();
  const compiled = await Promise.allSettled(
    ["tcp", "nonsense (", "udp", "icmp"].map((text) => compiler.compile(text)),
  );
  deepEqual(compiled.map(({ status }) => status), [
    "fulfilled",
    "rejected",
    "fulfilled",
    "fulfilled",
  ]);
  for (const result of compiled) {
    if (result.status === "fulfilled") result.value[Symbol.dispose]();
  }
});

/** The places of the packets that a filter lets through. */
function choose(filter: PacketFilter, packets: PacketInput[]): number[] {
  const memory = concatenate(packets.map(({ data }) => data));
  filter.use(new Uint8Array(memory));
  let at = 0;
  return packets.flatMap(({ data, originalLength }, index) => {
    const matches = filter.matches(at, data.length, originalLength);
    at += data.length;
    return matches ? [index] : [];
  });
}

/** The same by tcpdump, which writes what it chose; each packet has a second of its own. */
async function tcpdumpChoice(
  path: string,
  expression: string,
): Promise<number[]> {
  const args = ["-r", path, "-w", "-", expression];
  const command = new Deno.Command("tcpdump", { args, stderr: "null" });
  const { stdout, success } = await command.output();
  ok(success, expression);
  const parser = new PcapParser();
  parser.push(stdout);
  const chosen: number[] = [];
  for (let next = parser.next(); next !== undefined; next = parser.next()) {
    chosen.push(next.seconds);
  }
  return chosen;
}
