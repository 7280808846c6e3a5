// Every attribute that the kernel has, of packets that it logged just now: over a bridge with a VLAN, and from a local socket.
import assert from "node:assert/strict";
import type { NflogPacket } from "../../lib/nflog/nflog_packet.ts";
import {
  type Nflog,
  type NflogOptions,
  openNflog,
} from "../../lib/nflog/open_nflog.ts";
import { inNamespace } from "../helpers/in_namespace.ts";
import {
  canUseNamespaces,
  type Namespace,
  openNamespace,
} from "../helpers/namespace.ts";
import { needsRoot } from "../helpers/needs_root.ts";

const ignore = !canUseNamespaces() || needsRoot("enter a namespace by itself");

const BRIDGED = 5;
const OWN = 6;
const RULES = `table bridge t {
  chain c {
    type filter hook forward priority 0
    ether saddr 02:00:00:00:00:01 meta mark set 0xbeef log group ${BRIDGED} prefix "bridged"
  }
}
table inet t {
  chain c {
    type filter hook output priority 0
    udp dport 9999 meta mark set 7 log group ${OWN} prefix "own"
  }
}
`;
const BRIDGE = `
set -e
ip link add br0 type bridge mcast_snooping 0
for port in 1 2; do
  ip link add p$port type veth peer name q$port
  ip link set p$port master br0
done
for name in br0 p1 p2 q1 q2; do
  ip link set $name addrgenmode none
  ip link set $name up
done
`;
const DESTINATION = "020000000002";
const SOURCE = "020000000001";
/** Priority 3, VLAN 42. */
const TAG = 3 << 13 | 42;
/** UDP from 192.0.2.1 to 192.0.2.2, with eight bytes of payload. */
const PACKET = "45000024000040004011b6c5c0000201c0000202" +
  "1234567800100000" + "6162636465666768";

function toHex(bytes: Uint8Array | undefined): string | undefined {
  return bytes?.toHex();
}

/** Sends frames out of q1, which come into the bridge by p1. */
function sendFrames(
  namespace: Namespace,
  ...frames: string[]
): Promise<string> {
  const program = "import socket,sys\n" +
    "s=socket.socket(socket.AF_PACKET,socket.SOCK_RAW)\n" +
    "s.bind(('q1',0))\n" +
    "[s.send(bytes.fromhex(frame)) for frame in sys.argv[1:]]";
  return namespace.run("python3", ["-c", program, ...frames]);
}

function open(namespace: Namespace, options: NflogOptions): Nflog {
  return inNamespace(namespace, () => openNflog(options));
}

/** Takes packets with this thread in the namespace, where the names of interfaces are looked up. */
async function take(
  namespace: Namespace,
  nflog: Nflog,
  count: number,
): Promise<NflogPacket[]> {
  const packets: NflogPacket[] = [];
  while (packets.length < count) {
    packets.push(...inNamespace(namespace, () => nflog.take()));
    // Something to do until the kernel has delivered.
    await namespace.run("true", []);
  }
  return packets;
}

/** The interfaces of the namespace, by name. */
async function listInterfaces(
  namespace: Namespace,
): Promise<Map<string, number>> {
  const listed = await namespace.run("ip", ["-o", "link"]);
  return new Map(
    Array.from(
      listed.matchAll(/^(\d+): (\w+)/gm),
      ([, index, name = ""]) => [name, Number(index)],
    ),
  );
}

Deno.test({
  name:
    "a packet over a bridge has its ports, MAC addresses, VLAN tag, header and number",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  await namespace.run("sh", ["-c", BRIDGE]);
  await namespace.nft(RULES);
  const indices = await listInterfaces(namespace);
  await using nflog = open(namespace, {
    groups: BRIDGED,
    globalSequence: true,
  });
  const addresses = DESTINATION + SOURCE;
  const tag = TAG.toString(16).padStart(4, "0");
  await sendFrames(
    namespace,
    `${addresses}0800${PACKET}`,
    `${addresses}8100${tag}0800${PACKET}`,
  );
  const [plain, tagged] = await take(namespace, nflog, 2);
  assert(plain !== undefined && tagged !== undefined);
  for (const [number, packet] of [plain, tagged].entries()) {
    const { group, family, hook, protocol, prefix, mark } = packet;
    assert.deepEqual([group, family, hook], [BRIDGED, 7, 2]);
    assert.deepEqual([protocol, prefix, mark], [0x0800, "bridged", 0xbeef]);
    assert.equal(toHex(packet.payload), PACKET);
    assert.equal(packet.capturedLength, PACKET.length / 2);
    assert.equal(packet.originalLength, PACKET.length / 2);
    assert.equal(packet.timeSource, "kernel");
    const named = (name: string): object => ({
      index: indices.get(name),
      name,
    });
    assert.deepEqual(packet.inputInterface, named("br0"));
    assert.deepEqual(packet.outputInterface, named("br0"));
    assert.deepEqual(packet.physicalInputInterface, named("p1"));
    assert.deepEqual(packet.physicalOutputInterface, named("p2"));
    assert.equal(toHex(packet.hardwareAddress), SOURCE);
    assert.equal(packet.macAddress, "02:00:00:00:00:01");
    assert.equal(packet.hardwareType, 1);
    assert.equal(toHex(packet.hardwareHeader), `${addresses}0800`);
    assert.equal(toHex(packet.l2Header), `${addresses}0800`);
    assert.equal(packet.sequence, number);
    assert.equal(packet.lostBefore, 0);
  }
  assert.equal(plain.vlan, undefined);
  assert.deepEqual(tagged.vlan, { protocol: 0x8100, tag: TAG });
  const [first = 0, second = 0] = [plain, tagged]
    .map(({ globalSequence }) => globalSequence);
  assert.equal(second - first, 1);
});

Deno.test({
  name: "a packet of a local socket has its owner, and no time of the kernel",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  await namespace.nft(RULES);
  await using nflog = open(namespace, { groups: OWN });
  const program = "import os,socket\n" +
    "os.setgroups([]); os.setgid(4321); os.setuid(1234)\n" +
    "socket.socket(socket.AF_INET,socket.SOCK_DGRAM).sendto(b'own',('127.0.0.1',9999))";
  const before = Date.now() / 1000 - 1;
  await namespace.run("python3", ["-c", program]);
  const [packet] = await take(namespace, nflog, 1);
  assert(packet !== undefined);
  assert.deepEqual([packet.uid, packet.gid, packet.mark], [1234, 4321, 7]);
  assert.deepEqual([packet.family, packet.hook], [2, 3]);
  assert.deepEqual(packet.outputInterface, { index: 1, name: "lo" });
  assert.equal(packet.inputInterface, undefined);
  assert.equal(packet.physicalInputInterface, undefined);
  assert.equal(packet.timeSource, "clock");
  assert(packet.time.seconds >= Math.floor(before));
  // What only packets with an input device, on a bridge, or that were asked for have.
  const { macAddress, hardwareHeader, hardwareType, l2Header } = packet;
  assert.deepEqual(
    [macAddress, hardwareHeader, hardwareType, l2Header],
    Array(4).fill(undefined),
  );
  const { vlan, conntrack, conntrackId, globalSequence } = packet;
  assert.deepEqual(
    [vlan, conntrack, conntrackId, globalSequence],
    Array(4).fill(undefined),
  );
});
