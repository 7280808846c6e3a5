import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type FloodOptions, runFlood } from "./flood.ts";
import { fillPayload, HEADERS_SIZE } from "./flood_payload.ts";
import { within } from "./within.ts";

/** Few enough to wait in a socket's buffer until they are read. */
const COUNT = 50;

async function openReceiver(
  type: "udp4" | "udp6",
): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket(type);
  socket.bind(0, type === "udp4" ? "127.0.0.1" : "::1");
  await once(socket, "listening");
  return { socket, port: socket.address().port };
}

async function receive(socket: Socket, count: number): Promise<Uint8Array[]> {
  const payloads: Uint8Array[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on("message", (payload) => {
    payloads.push(new Uint8Array(payload));
    if (payloads.length === count) resolve();
  });
  try {
    await within(promise, () => `${count} packets, after ${payloads.length}`);
  } finally {
    socket.close();
  }
  return payloads;
}

Deno.test("runFlood() sends each numbered packet once, in order and with its pattern", async (t) => {
  const cases: readonly (Omit<FloodOptions, "to" | "count"> & {
    name: string;
    type: "udp4" | "udp6";
  })[] = [
    { name: "IPv4", type: "udp4", size: 100 },
    { name: "IPv6", type: "udp6", size: 1400 },
    { name: "from a high number", type: "udp4", size: 32, first: 0xffff_ff00 },
    { name: "with a rate", type: "udp4", size: 101, rate: 20_000, batch: 7 },
  ];
  for (const { name, type, ...options } of cases) {
    await t.step(name, async () => {
      const { socket, port } = await openReceiver(type);
      const received = receive(socket, COUNT);
      const to = type === "udp4" ? `127.0.0.1:${port}` : `[::1]:${port}`;
      const report = runFlood({ ...options, count: COUNT, to });
      assert.equal(report.packets, COUNT);
      const version = type === "udp4" ? 4 : 6;
      const payloads = await received;
      for (const [index, payload] of payloads.entries()) {
        const wanted = new Uint8Array(options.size - HEADERS_SIZE[version]);
        fillPayload(wanted, (options.first ?? 0) + index);
        assert.deepEqual(payload, wanted);
      }
    });
  }
});

Deno.test("runFlood() keeps to its rate", () => {
  const rate = 10_000;
  const options = { count: 500, rate, size: 100, batch: 10 };
  const report = runFlood({ ...options, to: "127.0.0.1:9" });
  const shortest = (options.count - options.batch) / rate * 1000;
  assert.ok(report.milliseconds >= shortest - 1, String(report.milliseconds));
});

const REFUSED: readonly { name: string; options: FloodOptions }[] = [
  { name: "no packets", options: { count: 0, size: 100, to: "127.0.0.1:9" } },
  {
    name: "too small a packet",
    options: { count: 1, size: 31, to: "127.0.0.1:9" },
  },
  {
    name: "too large a packet",
    options: { count: 1, size: 65536, to: "127.0.0.1:9" },
  },
  { name: "no port", options: { count: 1, size: 100, to: "127.0.0.1" } },
  {
    name: "too large a batch",
    options: { count: 1, size: 100, to: "127.0.0.1:9", batch: 1025 },
  },
  {
    name: "a start within a message",
    options: { count: 1, size: 100, to: "127.0.0.1:9", segments: 4, first: 3 },
  },
];
for (const { name, options } of REFUSED) {
  Deno.test(`runFlood() refuses ${name}`, () => {
    assert.throws(() => runFlood(options), RangeError);
  });
}
