#!/usr/bin/env -S deno run --allow-ffi
// A cable between two network namespaces on which every packet takes its time. It ends when its standard input does.
//
//   nsenter ... scripts/deno run --allow-ffi tests/faults/slow_link.ts PID PID MILLISECONDS
//
// Each PID names a namespace, which gets a device "slow0". tc's netem would do the same in the kernel; many kernels have none.

const LIBC = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  setns: { parameters: ["i32", "i32"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  poll: {
    parameters: ["buffer", "u64", "i32"],
    result: "i32",
    nonblocking: true,
  },
} as const satisfies Deno.ForeignLibraryInterface;

type Libc = Deno.DynamicLibrary<typeof LIBC>["symbols"];

const CLONE_NEWNET = 0x40000000;
const O_RDWR_NONBLOCK = 0o4002;
const TUNSETIFF = 0x400454can;
const IFREQ_SIZE = 40;
const IFREQ_FLAGS = 16;
/** IFF_TUN: packets without a link layer; IFF_NO_PI: and without anything else before them. */
const IFF_TUN_NO_PI = 0x1001;
const POLLIN = 1;
const LARGEST_PACKET = 65536;
const LONGEST_WAIT = 1000;

/** A packet under way. */
interface Delayed {
  due: number;
  to: number;
  bytes: Uint8Array<ArrayBuffer>;
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

/** Makes the device in the namespace of a process, and gives its descriptor. */
function openEnd(libc: Libc, pid: string): number {
  const namespace = libc.open(cString(`/proc/${pid}/ns/net`), 0);
  if (libc.setns(namespace, CLONE_NEWNET) !== 0) {
    throw new Error(`Cannot enter the network namespace of ${pid}`);
  }
  const device = libc.open(cString("/dev/net/tun"), O_RDWR_NONBLOCK);
  const request = new Uint8Array(IFREQ_SIZE);
  request.set(cString("slow0"));
  new DataView(request.buffer).setUint16(IFREQ_FLAGS, IFF_TUN_NO_PI, true);
  if (device < 0 || libc.ioctl(device, TUNSETIFF, request) !== 0) {
    throw new Error("Cannot make a device by /dev/net/tun");
  }
  return device;
}

/** Carries packets from end to end. */
async function carry(
  libc: Libc,
  ends: readonly [number, number],
  delay: number,
): Promise<never> {
  const underWay: Delayed[] = [];
  const buffer = new Uint8Array(LARGEST_PACKET);
  const polled = new Uint32Array([ends[0], POLLIN, ends[1], POLLIN]);
  for (;;) {
    const wait = (underWay[0]?.due ?? Infinity) - performance.now();
    const timeout = Math.max(0, Math.min(LONGEST_WAIT, Math.ceil(wait)));
    await libc.poll(polled, 2n, timeout);
    for (const [index, from] of ends.entries()) {
      const to = ends[1 - index] ?? from;
      for (;;) {
        const size = Number(libc.read(from, buffer, BigInt(buffer.length)));
        if (size <= 0) break;
        const due = performance.now() + delay;
        underWay.push({ due, to, bytes: buffer.slice(0, size) });
      }
    }
    const now = performance.now();
    const early = underWay.findIndex(({ due }) => due > now);
    const arrived = underWay.splice(0, early < 0 ? underWay.length : early);
    for (const { to, bytes } of arrived) {
      libc.write(to, bytes, BigInt(bytes.length));
    }
  }
}

if (import.meta.main) {
  const [left = "", right = "", delay = "0"] = Deno.args;
  const { symbols } = Deno.dlopen("libc.so.6", LIBC);
  const ends = [openEnd(symbols, left), openEnd(symbols, right)] as const;
  Deno.stdout.writeSync(new TextEncoder().encode("ready\n"));
  void Array.fromAsync(Deno.stdin.readable).then(() => Deno.exit(0));
  await carry(symbols, ends, Number(delay));
}
