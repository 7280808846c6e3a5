import assert from "node:assert/strict";
import { LINK_TYPE } from "../../lib/pcap/constants.ts";
import {
  findNetworkLayer,
  hasNetworkLayer,
  lengthOnWire,
} from "../../lib/pcap/network_layer.ts";

/** A frame of 60 bytes whose bytes from the EtherType on are given. */
function frame(...typeAndRest: number[]): Uint8Array {
  const bytes = new Uint8Array(60);
  bytes.set(typeAndRest, 12);
  return bytes;
}

const FRAMES: [string, Uint8Array, number, number][] = [
  ["IPv4", frame(0x08, 0x00), 14, 0x0800],
  ["IPv6", frame(0x86, 0xdd), 14, 0x86dd],
  ["ARP", frame(0x08, 0x06), 14, 0x0806],
  ["a VLAN tag", frame(0x81, 0, 0x60, 5, 0x08, 0), 18, 0x0800],
  ["QinQ", frame(0x88, 0xa8, 0, 1, 0x81, 0, 0, 2, 0x86, 0xdd), 22, 0x86dd],
  [
    "three tags",
    frame(0x91, 0, 0, 1, 0x81, 0, 0, 2, 0x81, 0, 0, 3, 8, 0),
    26,
    0x0800,
  ],
  ["802.3", frame(0, 46, 0x42, 0x42, 3), 14, 0x0004],
  ["a frame cut within its header", frame().subarray(0, 13), 13, 0],
  ["a frame cut within its tag", frame(0x81, 0, 0).subarray(0, 17), 17, 0],
  ["a frame of a header alone", frame(0x08, 0).subarray(0, 14), 14, 0x0800],
  ["nothing", new Uint8Array(0), 0, 0],
];

for (const [name, bytes, offset, protocol] of FRAMES) {
  Deno.test(`findNetworkLayer() finds the network layer of ${name}`, () => {
    const layer = findNetworkLayer(bytes, LINK_TYPE.ETHERNET);
    assert.deepEqual(layer, { offset, protocol });
  });
}

Deno.test("findNetworkLayer() tells IPv4 and IPv6 apart where there is no link-layer header", () => {
  for (const linkType of [LINK_TYPE.RAW, LINK_TYPE.DLT_RAW]) {
    const find = (first: number): number =>
      findNetworkLayer(Uint8Array.of(first), linkType).protocol;
    assert.deepEqual([0x45, 0x60, 0x12].map(find), [0x0800, 0x86dd, 0]);
  }
});

Deno.test("hasNetworkLayer() knows what findNetworkLayer() can read", () => {
  assert(hasNetworkLayer(LINK_TYPE.ETHERNET));
  assert(!hasNetworkLayer(LINK_TYPE.NFLOG));
  assert(!hasNetworkLayer(105));
});

Deno.test("lengthOnWire() reads the IP header, never below what is there", () => {
  const v4 = new Uint8Array(20);
  v4.set([0x45, 0, 2, 0x10]);
  assert.equal(lengthOnWire(v4, 0x0800), 528);
  assert.equal(lengthOnWire(v4, 0x0806), 20, "not IP");
  assert.equal(lengthOnWire(v4.subarray(0, 19), 0x0800), 19, "half a header");
  v4.set([0x45, 0, 0, 0]);
  assert.equal(lengthOnWire(v4, 0x0800), 20, "no length, as in a TSO packet");
  const v6 = new Uint8Array(40);
  v6.set([0x60, 0, 0, 0, 1, 0]);
  assert.equal(lengthOnWire(v6, 0x86dd), 296);
  v6.set([0x60, 0, 0, 0, 0, 0]);
  assert.equal(lengthOnWire(v6, 0x86dd), 40, "no length, as in a jumbogram");
});
