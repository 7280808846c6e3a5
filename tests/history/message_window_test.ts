import { deepEqual, equal, ok, throws } from "node:assert/strict";
import {
  type MessageInfo,
  MessageWindow,
  type WindowReader,
} from "../../lib/history/mod.ts";

const ENTRY_SIZE = 32;
const KIB = 1024;
const MIB = 1024 * KIB;

const info = (fields: Partial<MessageInfo> = {}): MessageInfo => ({
  packets: 1,
  recordsSize: 0,
  recordsOffset: 0,
  first: 0,
  last: 0,
  ...fields,
});

/** A message that tells which one it is in every byte. */
function message(number: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => number * 7 + at & 0xff);
}

/** Reads to the end; gives the time by which each message is known. */
function readAll(reader: WindowReader): number[] {
  const numbers: number[] = [];
  while (reader.next()) numbers.push(reader.first);
  return numbers;
}

Deno.test("MessageWindow holds the newest messages that fit, byte for byte, whatever their sizes", () => {
  for (const size of [1000, 100 * KIB, MIB + 17]) {
    const window = new MessageWindow(size);
    const added: { number: number; size: number }[] = [];
    let seed = size;
    for (let number = 0; number < 600; number++) {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      const length = seed % Math.ceil(size / 12);
      added.push({ number, size: length });
      window.add(message(number, length), info({ first: number, packets: 2 }));
    }
    using reader = window.read();
    const held: number[] = [];
    let bytes = 0;
    while (reader.next()) {
      const { first: number } = reader;
      equal(reader.size, added[number]?.size);
      deepEqual(reader.message(), message(number, reader.size));
      const start = new Uint8Array(10);
      const peeked = reader.peek(start);
      deepEqual(
        start.subarray(0, peeked),
        message(number, reader.size).subarray(0, 10),
      );
      held.push(number);
      bytes += ENTRY_SIZE + reader.size;
    }
    const oldest = held[0] ?? 0;
    deepEqual(held, added.slice(oldest).map(({ number }) => number));
    const { state } = window;
    // Heads of entries are not torn apart: a few bytes at the end of a piece may stay empty.
    const padding = state.held_bytes - bytes;
    ok(padding >= 0 && padding < ENTRY_SIZE * (size / (64 * KIB) + 2));
    ok(state.held_bytes <= size);
    const next = ENTRY_SIZE + (added[oldest - 1]?.size ?? 0);
    ok(state.held_bytes + next + ENTRY_SIZE > size, "one more would have fit");
    equal(state.held_frames, held.length);
    equal(state.held_packets, 2 * held.length);
    equal(state.held_packets + state.expired_packets, 2 * 600);
    equal(state.kept_bytes, 0);
  }
});

Deno.test("MessageWindow takes no more memory than its size and the pieces at its ends", () => {
  const window = new MessageWindow(64 * MIB);
  equal(window.state.memory_bytes, 0);
  const frame = new Uint8Array(255 * KIB);
  for (let number = 0; number < 1000; number++) window.add(frame, info());
  const { memory_bytes, held_bytes } = window.state;
  ok(memory_bytes <= 64 * MIB * 1.02, `${memory_bytes}`);
  ok(held_bytes > 64 * MIB - 256 * KIB);
});

Deno.test("MessageWindow keeps no message that is larger than itself, and counts its packets", () => {
  const window = new MessageWindow(1000);
  ok(window.add(message(1, 900), info({ packets: 3 })));
  equal(window.add(message(2, 969), info({ packets: 5 })), false);
  ok(window.add(message(3, 968), info({ packets: 7, first: 3 })));
  const { state } = window;
  equal(state.oversized_packets, 5);
  equal(state.expired_packets, 3);
  equal(state.held_packets, 7);
  equal(state.held_bytes, 1000);
});

Deno.test("WindowReader reads what was there when it was made, while the window goes on", () => {
  const window = new MessageWindow(MIB);
  const add = (number: number): boolean =>
    window.add(message(number, 10 * KIB), info({ first: number }));
  for (let number = 0; number < 200; number++) add(number);
  using early = window.read();
  equal(early.next(), true);
  const { first } = early;
  for (let number = 200; number < 500; number++) add(number);
  // Everything that it has yet to read has left the window long ago.
  ok(window.keptBytes > 900 * KIB && window.keptBytes <= 1100 * KIB);
  const numbers = [first];
  while (early.next()) {
    deepEqual(early.message(), message(early.first, 10 * KIB));
    numbers.push(early.first);
  }
  deepEqual(
    numbers,
    Array.from({ length: 200 - first }, (_, at) => first + at),
  );
  equal(early.done, early.total);
  equal(window.keptBytes, 0);
  using late = window.read();
  equal(readAll(late).at(-1), 499);
});

Deno.test("MessageWindow gives up what a reader has passed, and all of it when the reader ends", () => {
  const window = new MessageWindow(MIB);
  const add = (): boolean => window.add(new Uint8Array(10 * KIB), info());
  for (let number = 0; number < 200; number++) add();
  const reader = window.read();
  reader.next();
  for (let number = 0; number < 200; number++) add();
  const all = window.keptBytes;
  for (let number = 0; number < 50; number++) reader.next();
  const half = window.keptBytes;
  ok(half < all * 0.6 && half > all * 0.4);
  reader[Symbol.dispose]();
  reader[Symbol.dispose]();
  equal(window.keptBytes, 0);
  equal(reader.next(), false);
  ok(window.state.memory_bytes <= 1.3 * MIB);
});

Deno.test("WindowReader lends records that stay as they are until they are given back", () => {
  const window = new MessageWindow(MIB);
  const size = 100 * KIB;
  const plain = info({ recordsOffset: 8, recordsSize: size - 20 });
  const loans = [];
  for (let number = 0; number < 9; number++) {
    window.add(message(number, size), plain);
  }
  const reader = window.read();
  while (reader.next()) loans.push(reader.lendRecords());
  reader[Symbol.dispose]();
  for (let number = 0; number < 50; number++) {
    window.add(message(100 + number, size), plain);
  }
  ok(window.keptBytes > 800 * KIB);
  for (const [number, loan] of loans.entries()) {
    const bytes = loan.parts.flatMap((part) => [...part]);
    deepEqual(bytes, [...message(number, size).subarray(8, size - 12)]);
    const kept = window.keptBytes;
    loan[Symbol.dispose]();
    loan[Symbol.dispose]();
    ok(window.keptBytes <= kept);
  }
  equal(window.keptBytes, 0);
});

Deno.test("MessageWindow keeps no more than its limit, and leaves the reader behind that is furthest back", () => {
  const window = new MessageWindow(2 * MIB, { keepLimit: MIB });
  const add = (number: number): boolean =>
    window.add(message(number, 10 * KIB), info({ first: number }));
  for (let number = 0; number < 210; number++) add(number);
  using slow = window.read();
  using fast = window.read();
  equal(slow.next(), true);
  let most = 0;
  for (let number = 210; number < 420; number++) {
    add(number);
    // It reads as fast as messages come, but for the first ones.
    equal(fast.next(), number < 414);
    equal(fast.isLeftBehind, false);
    most = Math.max(most, window.keptBytes);
    if (slow.isLeftBehind) continue;
    deepEqual(slow.message(), message(slow.first, 10 * KIB));
  }
  ok(most <= MIB && most >= 0.9 * MIB, `${most}`);
  equal(slow.isLeftBehind, true);
  equal(slow.next(), false);
  equal(window.keptBytes, 0);
});

Deno.test("MessageWindow.span tells from when to when the packets in it are, not those that left", () => {
  const window = new MessageWindow(MIB);
  equal(window.span, undefined);
  for (let number = 0; number < 1000; number++) {
    window.add(
      message(number, 3 * KIB),
      info({ first: number, last: number + 5 }),
    );
    using reader = window.read();
    reader.next();
    deepEqual(window.span, { first: reader.first, last: number + 5 });
  }
});

Deno.test("WindowReader lends nothing that must be unpacked", () => {
  const window = new MessageWindow(MIB);
  window.add(message(1, 100), info());
  using reader = window.read();
  reader.next();
  throws(() => reader.lendRecords(), TypeError);
});

Deno.test("WindowReader passes over messages of other times", () => {
  const window = new MessageWindow(4 * MIB);
  for (let number = 0; number < 1000; number++) {
    const span = { first: number * 10, last: number * 10 + 5 };
    window.add(message(number, 4 * KIB), info(span));
  }
  const between = (since: number, until: number): number[] => {
    using reader = window.read();
    const found: number[] = [];
    while (reader.next(since, until)) found.push(reader.first);
    return found;
  };
  deepEqual(between(5000, 5029), [5000, 5010, 5020]);
  deepEqual(between(5005, 5010), [5000, 5010]);
  deepEqual(between(5006, 5009), []);
  deepEqual(between(9990, Infinity), [9990]);
  deepEqual(between(-Infinity, 0), [0]);
  deepEqual(between(10_000, Infinity), []);
  equal(between(-Infinity, Infinity).length, 1000);
});

Deno.test("WindowReader finds messages of one time among others that came late", () => {
  const window = new MessageWindow(4 * MIB);
  for (let number = 0; number < 1000; number++) {
    const time = number % 100 === 0 ? 1 : 1_000_000 + number;
    window.add(message(number, 3 * KIB), info({ first: time, last: time }));
  }
  using reader = window.read();
  let found = 0;
  while (reader.next(0, 10)) found++;
  equal(found, 10);
});

Deno.test("MessageWindow.read() begins later where more would have to be unpacked than it may", () => {
  const window = new MessageWindow(64 * MIB);
  for (let number = 0; number < 600; number++) {
    // Every second one must be unpacked, and takes ten times its room.
    const recordsOffset = number % 2;
    const fields = { recordsOffset, recordsSize: 1_000_000 };
    const span = { first: number, last: number };
    window.add(message(number, 100_000), info({ ...fields, ...span }));
  }
  using reader = window.read({ unpacked: 20_000_000 });
  const numbers = readAll(reader);
  equal(numbers.at(-1), 599);
  const unpacked = numbers.filter((number) => number % 2 === 0).length;
  // It begins at a piece of memory, so a few less than the twenty may do.
  ok(unpacked <= 20 && unpacked >= 17, `${unpacked}`);
  using all = window.read();
  equal(readAll(all).length, 600);
  // What is of other times does not count.
  const early = { first: 0, last: 30 };
  using some = window.read({ unpacked: 20_000_000, ...early });
  let found = 0;
  while (some.next(early.first, early.last)) found++;
  equal(found, 31);
});

Deno.test("MessageWindow refuses a size that is none", () => {
  throws(() => new MessageWindow(0), RangeError);
  throws(() => new MessageWindow(1.5), RangeError);
});

Deno.test("an empty window has nothing to read", () => {
  const window = new MessageWindow(MIB);
  using reader = window.read();
  equal(reader.next(), false);
  equal(reader.total, 0);
  equal(window.keptBytes, 0);
});
