// What the capture's hot loop is made of: the walk over a datagram, ways to copy a payload, and the calls around them.
//
//   scripts/deno bench --allow-ffi tests/bench/walk_bench.ts
//
// An iteration is one datagram of 128 KiB: some 560 packets of 100 bytes, or 85 of 1400. docs/performance.md has the results.

import { BatchBuilder } from "../../lib/batch_builder.ts";
import { DatagramWalker } from "../../lib/nflog/datagram_walker.ts";
import { GroupStates } from "../../lib/nflog/group_state.ts";
import { emptyGroupTotals } from "../../lib/metrics/sender_ledger.ts";
import { recordedDatagram } from "./recorded_datagram.ts";

const BUFFER_SIZE = 256 * 1024;
const RECORD_SIZE = 16;

for (const size of [100, 1400]) {
  const { bytes } = recordedDatagram(size);
  const totals = emptyGroupTotals();
  const groups = new GroupStates(() => totals);
  const walker = new DatagramWalker(BUFFER_SIZE, {
    groups,
    nameOf: () => "lo",
    own: { active: false, matches: () => false },
  });
  walker.bytes.set(bytes);
  const builder = new BatchBuilder(new Uint8Array(BUFFER_SIZE), {
    limit: BUFFER_SIZE - 8,
  });
  const group = `walk, ${size}-byte packets`;
  Deno.bench({ name: "DatagramWalker", group, baseline: true }, () => {
    groups.of(5).nextSequence = 0;
    builder.reset();
    walker.begin(bytes.length);
    walker.walk(builder);
  });
  const source = new DataView(bytes.buffer);
  const target = new Uint8Array(BUFFER_SIZE);
  Deno.bench({ name: "every attribute by a switch", group }, () => {
    walkAttributes(source, target);
  });
}

/** The plainest walk: reads each attribute of each message, compares nothing. */
function walkAttributes(source: DataView, target: Uint8Array): number {
  const view = new DataView(target.buffer);
  let end = 0;
  let sum = 0;
  for (let at = 0; at < source.byteLength;) {
    const size = source.getUint32(at, true);
    let seconds = 0;
    let microseconds = 0;
    let payload = 0;
    let captured = 0;
    for (let attribute = at + 20; attribute < at + size;) {
      const length = source.getUint16(attribute, true);
      switch (source.getUint16(attribute + 2, true)) {
        case 3:
          seconds = source.getUint32(attribute + 8);
          microseconds = source.getUint32(attribute + 16);
          break;
        case 9:
          payload = attribute + 4;
          captured = length - 4;
          break;
        case 4:
        case 12:
          sum ^= source.getUint32(attribute + 4);
          break;
      }
      attribute += length + 3 & ~3;
    }
    view.setUint32(end, seconds, true);
    view.setUint32(end + 4, microseconds, true);
    view.setUint32(end + 8, captured, true);
    view.setUint32(end + 12, captured, true);
    const from = new Uint8Array(source.buffer, payload, captured);
    target.set(from, end + RECORD_SIZE);
    end += RECORD_SIZE + captured;
    at += size + 3 & ~3;
  }
  return sum + end;
}

/** Copies `size` bytes. */
type Copy = (from: number, to: number, size: number) => void;

/** Copies all payloads of a datagram to where their records begin, all but a few of them unaligned. */
function copyAll(
  copy: Copy,
  { packets, stride, size }: { packets: number; stride: number; size: number },
): void {
  let to = RECORD_SIZE + 1;
  for (let packet = 0; packet < packets; packet++) {
    copy(packet * stride + 132, to, size);
    to += RECORD_SIZE + size;
  }
}

for (const size of [40, 100, 250, 1400]) {
  const { bytes, packets, stride } = recordedDatagram(size);
  // One buffer for all, with room behind the last payload, so that copyWithin can be compared.
  const buffer = new ArrayBuffer(BUFFER_SIZE * 2);
  const all = new Uint8Array(buffer);
  all.set(bytes);
  const view = new DataView(buffer);
  const ways: Record<string, Copy> = {
    "byte by byte": (from, to, size) => {
      for (let done = 0; done < size; done++) {
        all[to + done] = all[from + done] ?? 0;
      }
    },
    "4 bytes a time": (from, to, size) => {
      for (let done = 0; done < size; done += 4) {
        view.setUint32(to + done, view.getUint32(from + done, true), true);
      }
    },
    "8 bytes a time, BigUint64": (from, to, size) => {
      for (let done = 0; done < size; done += 8) {
        const eight = view.getBigUint64(from + done, true);
        view.setBigUint64(to + done, eight, true);
      }
    },
    "set(subarray)": (from, to, size) => {
      all.set(all.subarray(from, from + size), to);
    },
    "set(new Uint8Array)": (from, to, size) => {
      all.set(new Uint8Array(buffer, from, size), to);
    },
    "copyWithin": (from, to, size) => {
      all.copyWithin(to, from, from + size);
    },
  };
  for (const [name, copy] of Object.entries(ways)) {
    const there: Copy = (from, to, size) => copy(from, to + BUFFER_SIZE, size);
    Deno.bench({
      name,
      group: `copy ${packets} payloads of ${size} bytes`,
      baseline: name === "8 bytes a time, BigUint64",
    }, () => copyAll(there, { packets, stride, size }));
  }
}

const LIBC_SYMBOLS = {
  getppid: { parameters: [], result: "i32" },
  poll: {
    parameters: [
      "buffer", // struct pollfd *fds
      "u64", // nfds_t nfds
      "i32", // int timeout
    ],
    result: "i32",
  },
  poll_elsewhere: {
    name: "poll",
    parameters: ["buffer", "u64", "i32"],
    result: "i32",
    nonblocking: true,
  },
} as const satisfies Deno.ForeignLibraryInterface;
const libc = Deno.dlopen("libc.so.6", LIBC_SYMBOLS).symbols;
const nothing = new Uint8Array(8);
const memory = new Uint8Array(BUFFER_SIZE);
const address = Deno.UnsafePointer.of(memory);
const calls = "calls";

Deno.bench({ name: "getppid()", group: calls, baseline: true }, () => {
  libc.getppid();
});
Deno.bench({ name: "poll() that need not wait", group: calls }, () => {
  libc.poll(nothing, 0n, 0);
});
Deno.bench({
  name: "poll() that need not wait, nonblocking",
  group: calls,
}, async () => {
  await libc.poll_elsewhere(nothing, 0n, 0);
});
Deno.bench({ name: "a view of C's memory", group: calls }, () => {
  if (address === null) return;
  const buffer = Deno.UnsafePointerView.getArrayBuffer(address, BUFFER_SIZE);
  new DataView(buffer).getUint8(0);
});
Deno.bench({ name: "a new buffer of 256 KiB", group: calls }, () => {
  new Uint8Array(BUFFER_SIZE).fill(1, 0, 1);
});
