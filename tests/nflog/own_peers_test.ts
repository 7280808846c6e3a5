import assert from "node:assert/strict";
import { OwnPeers } from "../../lib/nflog/own_peers.ts";

const V4 = Uint8Array.of(10, 0, 0, 1);
const OTHER_V4 = Uint8Array.of(10, 0, 0, 2);
const V6 = Uint8Array.from({ length: 16 }, (_, at) => at === 0 ? 0xfd : at);
const OTHER_V6 = V6.map((byte) => byte ^ 1);
const PORT = 5555;
const TCP = 6;
const UDP = 17;

interface Ends {
  source: Uint8Array;
  sourcePort: number;
  destination: Uint8Array;
  destinationPort: number;
  protocol?: number;
  /** Bytes of IPv4 options. */
  options?: number;
}

/** An IP packet that ends with the first eight bytes of its transport header. */
function packet(ends: Ends): Uint8Array {
  const { source, destination, protocol = TCP, options = 0 } = ends;
  const v6 = source.length === 16;
  const ports = v6 ? 40 : 20 + options;
  const bytes = new Uint8Array(ports + 8);
  const view = new DataView(bytes.buffer);
  bytes[0] = v6 ? 0x60 : 0x45 + options / 4;
  bytes[v6 ? 6 : 9] = protocol;
  bytes.set(source, v6 ? 8 : 12);
  bytes.set(destination, v6 ? 24 : 16);
  view.setUint16(ports, ends.sourcePort);
  view.setUint16(ports + 2, ends.destinationPort);
  return bytes;
}

function makePeers(): OwnPeers {
  const peers = new OwnPeers();
  peers.add({ address: V4, port: PORT });
  peers.add({ address: V6, port: PORT + 1 });
  return peers;
}

/** Asks about a packet that lies somewhere in a buffer. */
function matches(peers: OwnPeers, bytes: Uint8Array): boolean {
  const outer = new Uint8Array(bytes.length + 20).fill(0xee);
  outer.set(bytes, 7);
  return peers.matches(outer, 7, bytes.length);
}

for (
  const [what, ours, other, port] of [
    ["IPv4", V4, OTHER_V4, PORT],
    ["IPv6", V6, OTHER_V6, PORT + 1],
  ] as const
) {
  const there: Ends = {
    source: other,
    sourcePort: 40000,
    destination: ours,
    destinationPort: port,
  };
  const back: Ends = {
    source: ours,
    sourcePort: port,
    destination: other,
    destinationPort: 40000,
  };

  Deno.test(`OwnPeers recognises ${what} packets in both directions`, () => {
    assert(matches(makePeers(), packet(there)));
    assert(matches(makePeers(), packet(back)));
  });

  Deno.test(`OwnPeers leaves other ${what} traffic alone`, () => {
    const peers = makePeers();
    for (
      const ends of [
        { ...there, protocol: UDP },
        { ...there, destination: other },
        { ...there, destinationPort: port + 7 },
        // The receiver's host talking from another port, to the port's number elsewhere.
        { ...back, sourcePort: 40000, destinationPort: port },
        { ...there, sourcePort: port, destinationPort: 40000 },
      ]
    ) {
      assert(!matches(peers, packet(ends)), JSON.stringify(ends));
    }
  });

  Deno.test(`OwnPeers does not read past a short ${what} packet`, () => {
    const peers = makePeers();
    for (const ends of [there, back]) {
      const whole = packet(ends);
      const needed = whole.length - 4;
      for (let length = 0; length < whole.length; length++) {
        const found = peers.matches(whole, 0, length);
        assert.equal(found, length >= needed, `${length}`);
      }
    }
  });
}

Deno.test("OwnPeers finds the ports behind IPv4 options", () => {
  const ends: Ends = {
    source: OTHER_V4,
    sourcePort: 1,
    destination: V4,
    destinationPort: PORT,
    options: 12,
  };
  const whole = packet(ends);
  assert(matches(makePeers(), whole));
  assert(!matches(makePeers(), whole.subarray(0, 30)));
});

Deno.test("OwnPeers does not take the ports of one family for those of the other", () => {
  const peers = new OwnPeers();
  peers.add({ address: V4, port: PORT });
  const ends: Ends = {
    source: OTHER_V6,
    sourcePort: 1,
    destination: Uint8Array.from([...V4, ...new Array<number>(12).fill(0)]),
    destinationPort: PORT,
  };
  assert(!matches(peers, packet(ends)));
});

Deno.test("OwnPeers ignores packets that are neither IPv4 nor IPv6", () => {
  const arp = new Uint8Array(60);
  arp.set([0, 1, 8, 0, 6, 4]);
  assert(!matches(makePeers(), arp));
});

Deno.test("OwnPeers.active tells whether there is anything to look for", () => {
  const peers = new OwnPeers();
  assert.equal(peers.active, false);
  peers.add({ address: V4, port: PORT });
  peers.add({ address: V4.slice(), port: PORT });
  assert.equal(peers.active, true);
  assert.equal(peers.peers.length, 1);
  peers.add({ address: V4, port: PORT + 1 });
  peers.add({ address: V6, port: PORT });
  assert.equal(peers.peers.length, 3);
});
