import assert from "node:assert/strict";
import { flowHash } from "../../lib/dissect/flow_hash.ts";

interface Flow {
  source?: number[];
  destination?: number[];
  ports?: [number, number];
  protocol?: number;
  fragment?: number;
}

function ipv4(flow: Flow): Uint8Array {
  const { source = [192, 0, 2, 1], destination = [198, 51, 100, 2] } = flow;
  const { ports: [from, to] = [1024, 53], protocol = 17, fragment = 0 } = flow;
  // deno-fmt-ignore
  return Uint8Array.of(
    0x45, 0, 0, 28, 0, 7, fragment >> 8, fragment & 255, 64, protocol, 0, 0,
    ...source, ...destination,
    from >> 8, from & 255, to >> 8, to & 255, 0, 8, 0, 0,
  );
}

const ADDRESS = (last: number): number[] => [
  ...[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0],
  ...[0, 0, 0, 0, 0, 0, 0, last],
];

function ipv6(flow: Flow, ...extensions: number[]): Uint8Array {
  const { source = ADDRESS(1), destination = ADDRESS(2) } = flow;
  const { ports: [from, to] = [1024, 53], protocol = 17 } = flow;
  // deno-fmt-ignore
  return Uint8Array.of(
    0x60, 0, 0, 0, 0, 8 + extensions.length, protocol, 64,
    ...source, ...destination, ...extensions,
    from >> 8, from & 255, to >> 8, to & 255, 0, 8, 0, 0,
  );
}

const hash = (bytes: Uint8Array): number => flowHash(bytes, 0, bytes.length);

Deno.test("flowHash() is the same in both directions", () => {
  for (let port = 0; port < 1000; port++) {
    const there: Flow = { ports: [port, 53] };
    assert.equal(
      hash(ipv4(there)),
      hash(ipv4({
        source: [198, 51, 100, 2],
        destination: [192, 0, 2, 1],
        ports: [53, port],
      })),
    );
    assert.equal(
      hash(ipv6(there)),
      hash(ipv6({
        source: ADDRESS(2),
        destination: ADDRESS(1),
        ports: [53, port],
      })),
    );
  }
});

Deno.test("flowHash() tells flows apart, and spreads them over all of its bits", () => {
  const seen = new Set<number>();
  const buckets = new Uint32Array(64);
  let flows = 0;
  for (let port = 1; port <= 4000; port++) {
    for (const make of [ipv4, ipv6]) {
      for (const protocol of [6, 17]) {
        const value = hash(make({ ports: [port, 443], protocol }));
        assert(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff);
        seen.add(value);
        flows++;
        for (const shift of [0, 26]) {
          const bucket = value >>> shift & 63;
          buckets[bucket] = (buckets[bucket] ?? 0) + 1;
        }
      }
    }
  }
  assert(flows - seen.size < 5, `${flows - seen.size} collisions`);
  const mean = flows * 2 / 64;
  assert(
    Math.max(...buckets) < mean * 1.3 && Math.min(...buckets) > mean * 0.7,
  );
});

Deno.test("flowHash() does not mix up addresses and ports", () => {
  const swapped = { ports: [53, 1024] as [number, number] };
  assert.notEqual(hash(ipv4({})), hash(ipv4(swapped)));
  assert.notEqual(hash(ipv6({})), hash(ipv6(swapped)));
});

Deno.test("flowHash() gives all fragments of a pair of hosts one number", () => {
  const first = ipv4({ fragment: 0x2000 });
  const later = ipv4({ fragment: 0x00b9, ports: [0xdead, 0xbeef] });
  const back = ipv4({
    fragment: 0x2001,
    source: [198, 51, 100, 2],
    destination: [192, 0, 2, 1],
  });
  assert.equal(hash(first), hash(later));
  assert.equal(hash(first), hash(back));
  const first6 = ipv6({ protocol: 44 }, 17, 0, 0, 1, 0, 0, 0, 9);
  const later6 = ipv6(
    { protocol: 44, ports: [1, 2] },
    ...[17, 0, 5, 0, 0, 0, 0, 9],
  );
  assert.equal(hash(first6), hash(later6));
});

Deno.test("flowHash() finds ports behind extension headers", () => {
  const plain = hash(ipv6({}));
  const hopByHop = [17, 0, 1, 4, 0, 0, 0, 0];
  assert.equal(hash(ipv6({ protocol: 0 }, ...hopByHop)), plain);
  const long = [17, 1, 1, 12, ...new Array<number>(12).fill(0)];
  assert.equal(hash(ipv6({ protocol: 60 }, ...long)), plain);
});

Deno.test("flowHash() works within a buffer and on packets cut short", () => {
  const packet = ipv4({});
  const buffer = new Uint8Array(100).fill(0xaa);
  buffer.set(packet, 13);
  assert.equal(flowHash(buffer, 13, packet.length), hash(packet));
  assert.equal(hash(packet.subarray(0, 19)), 0);
  assert.equal(flowHash(buffer, 13, 19), 0);
  const fragments = hash(ipv4({ fragment: 0x2000 }));
  assert.equal(flowHash(buffer, 13, 23), fragments, "no room for ports");
  assert.equal(flowHash(new Uint8Array(40).fill(0x60), 0, 39), 0);
  assert.equal(flowHash(new Uint8Array(0), 0, 0), 0);
  assert.equal(hash(new Uint8Array(40).fill(0x12)), 0, "neither 4 nor 6");
});
