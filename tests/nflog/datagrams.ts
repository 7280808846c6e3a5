// Datagrams for the tests of the walker: those recorded from the kernel, and ones made to order.
import { BatchBuilder } from "../../lib/batch_builder.ts";
import { SenderLedger } from "../../lib/metrics/sender_ledger.ts";
import {
  DatagramWalker,
  type OwnTraffic,
} from "../../lib/nflog/datagram_walker.ts";
import { GroupStates } from "../../lib/nflog/group_state.ts";

const FILES = new URL("../testdata/nflog/", import.meta.url);

/** What `packets.json` says of one packet; make.py has the meaning of each field. */
export interface SentPacket {
  version?: 4 | 6;
  payload?: string;
  ethertype?: number;
  data?: string;
  prefix?: string;
  hook: number;
  family?: number;
  mark?: number;
  uid?: number;
  gid?: number;
  input?: string;
  output?: string;
  physicalInput?: string;
  kernelTime: boolean;
  snaplen?: number;
}

export interface RecordedCase {
  group: number;
  before: number;
  after: number;
  datagrams: number;
  interfaces: Record<string, string>;
  packets: SentPacket[];
}

export const CASES: Record<string, RecordedCase> = JSON.parse(
  Deno.readTextFileSync(new URL("packets.json", FILES)),
);

/** The datagrams of a recorded case. */
export function recordedDatagrams(name: string): Uint8Array[] {
  const bytes = Deno.readFileSync(new URL(`${name}.nl`, FILES));
  const view = new DataView(bytes.buffer);
  const datagrams: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = view.getUint32(at, true);
    datagrams.push(bytes.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return datagrams;
}

const NOBODY: OwnTraffic = { active: false, matches: () => false };

/** A walker with all that it counts in. */
export interface Bench {
  walker: DatagramWalker;
  ledger: SenderLedger;
  groups: GroupStates;
}

export function makeWalker(
  options: {
    own?: OwnTraffic;
    interfaces?: Record<string, string>;
    size?: number;
  } = {},
): Bench {
  const { own = NOBODY, interfaces = {}, size = 512 * 1024 } = options;
  const ledger = new SenderLedger();
  const groups = new GroupStates((group) => ledger.group(group));
  const walker = new DatagramWalker(size, {
    groups,
    nameOf: (index) => interfaces[index] ?? "",
    own,
  });
  return { walker, ledger, groups };
}

export function makeTarget(limit = 256 * 1024): BatchBuilder {
  return new BatchBuilder(new Uint8Array(limit + 8), { limit });
}

/** Walks datagrams into as many batches of `limit` bytes as they take; the batches are copies. */
export function walkAll(
  { walker }: Bench,
  datagrams: readonly Uint8Array[],
  limit?: number,
): BatchBuilder[] {
  let builder = makeTarget(limit);
  const builders = [builder];
  for (const datagram of datagrams) {
    walker.bytes.set(datagram);
    walker.begin(datagram.length);
    while (!walker.walk(builder)) {
      if (builder.packets === 0) throw new Error("An empty batch is full");
      builder = makeTarget(limit);
      builders.push(builder);
    }
  }
  return builders;
}

/** What a made message says; what is left out is left out of it. */
export interface MadeMessage {
  group?: number;
  sequence?: number;
  time?: [number, number];
  mark?: number;
  payload?: Uint8Array;
}

/** Makes a message as the kernel makes them for IPv4 in INPUT. */
export function makeMessage(message: MadeMessage): Uint8Array {
  const { group = 5, sequence, time, mark, payload } = message;
  const bytes = new Uint8Array(256 + (payload?.length ?? 0));
  const view = new DataView(bytes.buffer);
  view.setUint16(4, 0x0400, true);
  bytes[16] = 2;
  view.setUint16(18, group);
  let end = 20;
  const add = (type: number, value: Uint8Array): void => {
    view.setUint16(end, 4 + value.length, true);
    view.setUint16(end + 2, type, true);
    bytes.set(value, end + 4);
    end += (4 + value.length + 3) & ~3;
  };
  const word = (...values: number[]): Uint8Array => {
    const words = new DataView(new ArrayBuffer(4 * values.length));
    values.forEach((value, at) => words.setUint32(4 * at, value));
    return new Uint8Array(words.buffer);
  };
  add(1, word(0x08000100));
  if (mark !== undefined) add(2, word(mark));
  if (time !== undefined) add(3, word(0, time[0], 0, time[1]));
  if (sequence !== undefined) add(12, word(sequence));
  if (payload !== undefined) add(9, payload);
  view.setUint32(0, end, true);
  return bytes.subarray(0, end);
}

/** NLMSG_DONE, with which a batch of two or more ends. */
export const DONE: Uint8Array = Uint8Array.of(
  ...[20, 0, 0, 0, 3, 0],
  ...new Array<number>(14).fill(0),
);

/** An IPv4 packet of `size` bytes whose last byte is `mark`. */
export function ipv4Packet(size: number, mark = 0): Uint8Array {
  const packet = new Uint8Array(size);
  packet[0] = 0x45;
  packet[2] = size >> 8;
  packet[3] = size & 0xff;
  if (size > 20) packet[size - 1] = mark;
  return packet;
}
