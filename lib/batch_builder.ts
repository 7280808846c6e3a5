import {
  type PacketBatch,
  type PacketContext,
  RUN,
  type TimeSource,
} from "./packet.ts";
import { RECORD } from "./pcap/constants.ts";

/** Number of runs a builder takes at first; the table doubles when it is full. */
const FIRST_RUNS = 256;

/** Runs after which a batch is crowded: they take 15 KiB of a frame at most. */
const MAX_RUNS = 1024;

/** Contexts after which a batch is crowded: NFLOG's take 14 KiB of a frame at most. */
const MAX_CONTEXTS = 64;

/** One packet as {@linkcode BatchBuilder.add} takes it. */
export interface PacketInput {
  /** Seconds since 1970. */
  seconds: number;
  /** Nanoseconds within the second, 0 to 999,999,999. */
  nanoseconds: number;
  /** Length on the wire in bytes, at least that of the data. */
  originalLength: number;
  /** The packet from its network layer on; copied. */
  data: Uint8Array;
}

/** Which part of a builder's buffer records may take. */
export interface BatchRoom {
  /** Offset of the first record; what lies before it is left for a header. @default {0} */
  start?: number;
  /** Offset that no record goes beyond; what lies behind is left for what follows them. @default {bytes.byteLength} */
  limit?: number;
}

/**
 * Gathers packets in a buffer, in the form in which they are sent and written.
 *
 * The capture's walk writes records straight into {@linkcode bytes} and then advances {@linkcode end} and {@linkcode packets}; everybody else
 * calls {@linkcode add}. The batch that {@linkcode build} gives borrows the buffer and is valid until {@linkcode reset}.
 *
 * @example A batch of two packets that share all but their bytes
 * ```ts
 * import assert from "node:assert/strict";
 * import { BatchBuilder, plainContext } from "./batch_builder.ts";
 *
 * const builder = new BatchBuilder(new Uint8Array(1000));
 * const context = plainContext(5, "kernel");
 * for (const version of [0x45, 0x60]) {
 *   const data = Uint8Array.of(version, 0, 0, 0);
 *   const packet = { seconds: 1, nanoseconds: 0, originalLength: 4, data };
 *   assert(builder.add(packet, context));
 * }
 * const batch = builder.build();
 * assert.deepEqual([batch.packets, batch.contexts.length], [2, 1]);
 * ```
 */
export class BatchBuilder {
  /** The buffer that the records go into. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** A view of all of {@linkcode bytes}. */
  readonly view: DataView;
  /** Offset of the first record. */
  readonly start: number;
  /** Offset that no record goes beyond. */
  readonly limit: number;
  /** Offset after the last record. */
  end: number;
  /** Number of packets so far. */
  packets = 0;
  #runs = new Uint32Array(FIRST_RUNS * RUN.WORDS);
  #runCount = 0;
  #contexts: PacketContext[] = [];
  #lastContext: PacketContext | undefined;
  #nanoseconds: Uint16Array | undefined;

  /**
   * Makes an empty builder.
   *
   * @param bytes The buffer to fill.
   * @param room Which part of it records may take.
   */
  constructor(bytes: Uint8Array<ArrayBuffer>, room: BatchRoom = {}) {
    const { start = 0, limit = bytes.byteLength } = room;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.start = start;
    this.limit = limit;
    this.end = start;
  }

  /** Bytes of records so far. */
  get size(): number {
    return this.end - this.start;
  }

  /** Whether so many runs or contexts were added that a frame has no room to state more. */
  get isCrowded(): boolean {
    return this.#runCount >= MAX_RUNS || this.#contexts.length >= MAX_CONTEXTS;
  }

  /**
   * Tells whether a whole batch fits behind what is there, and a frame still has room to state its runs and contexts.
   *
   * @param batch The batch.
   * @returns Whether it does; for an empty builder only its bytes count.
   */
  hasRoomFor(batch: PacketBatch): boolean {
    const runs = this.#runCount + batch.runs.length / RUN.WORDS;
    const contexts = this.#contexts.length + batch.contexts.length;
    return this.end + batch.records.byteLength <= this.limit &&
      (this.packets === 0 || runs <= MAX_RUNS && contexts <= MAX_CONTEXTS);
  }

  /** Starts an empty batch in the same buffer. */
  reset(): void {
    this.end = this.start;
    this.packets = 0;
    this.#runCount = 0;
    this.#contexts = [];
    this.#lastContext = undefined;
    this.#nanoseconds = undefined;
  }

  /**
   * Says what the next packets have in common: they continue the last run where nothing changed and nothing was lost.
   *
   * @param context Their context, the same object for the same context.
   * @param packets How many there are, 1 or more.
   * @param lostBefore How many packets of their group the kernel lost just before them.
   */
  addRun(context: PacketContext, packets: number, lostBefore: number): void {
    const last = (this.#runCount - 1) * RUN.WORDS;
    if (context === this.#lastContext && lostBefore === 0) {
      const soFar = this.#runs[last + RUN.PACKETS] ?? 0;
      this.#runs[last + RUN.PACKETS] = soFar + packets;
      return;
    }
    let index = this.#contexts.lastIndexOf(context);
    if (index < 0) index = this.#contexts.push(context) - 1;
    this.#lastContext = context;
    const offset = last + RUN.WORDS;
    if (offset + RUN.WORDS > this.#runs.length) {
      const wider = new Uint32Array(this.#runs.length * 2);
      wider.set(this.#runs);
      this.#runs = wider;
    }
    this.#runs[offset + RUN.PACKETS] = packets;
    this.#runs[offset + RUN.CONTEXT] = index;
    this.#runs[offset + RUN.LOST_BEFORE] = lostBefore;
    this.#runCount++;
  }

  /**
   * Notes what is left of a packet's time below a microsecond.
   *
   * @param packet Index of the packet.
   * @param nanoseconds 0 to 999.
   */
  setNanoseconds(packet: number, nanoseconds: number): void {
    let column = this.#nanoseconds;
    if (column === undefined || packet >= column.length) {
      const wider = new Uint16Array(Math.max(1024, packet * 2));
      if (column !== undefined) wider.set(column);
      this.#nanoseconds = column = wider;
    }
    column[packet] = nanoseconds;
  }

  /**
   * Appends one packet, copying its data.
   *
   * @param packet The packet.
   * @param context What it shares with others, the same object for the same context.
   * @param lostBefore How many packets of its group the kernel lost just before it.
   * @returns Whether there was room; when not, nothing changed.
   */
  add(packet: PacketInput, context: PacketContext, lostBefore = 0): boolean {
    const { data } = packet;
    const at = this.end;
    if (at + RECORD.SIZE + data.byteLength > this.limit || this.isCrowded) {
      return false;
    }
    const microseconds = Math.floor(packet.nanoseconds / 1000);
    const { view } = this;
    view.setUint32(at + RECORD.SECONDS, packet.seconds, true);
    view.setUint32(at + RECORD.FRACTION, microseconds, true);
    view.setUint32(at + RECORD.CAPTURED, data.byteLength, true);
    view.setUint32(at + RECORD.ORIGINAL, packet.originalLength, true);
    this.bytes.set(data, at + RECORD.SIZE);
    const rest = packet.nanoseconds - microseconds * 1000;
    if (rest !== 0) this.setNanoseconds(this.packets, rest);
    this.addRun(context, 1, lostBefore);
    this.end = at + RECORD.SIZE + data.byteLength;
    this.packets++;
    return true;
  }

  /**
   * Gives the batch gathered so far.
   *
   * @returns A batch that borrows this builder's memory until {@linkcode reset}.
   */
  build(): PacketBatch {
    return {
      packets: this.packets,
      records: this.bytes.subarray(this.start, this.end),
      nanoseconds: this.#nanosecondsOfAll(),
      runs: this.#runs.subarray(0, this.#runCount * RUN.WORDS),
      contexts: this.#contexts,
    };
  }

  #nanosecondsOfAll(): Uint16Array | undefined {
    const column = this.#nanoseconds;
    if (column === undefined || column.length >= this.packets) {
      return column?.subarray(0, this.packets);
    }
    const whole = new Uint16Array(this.packets);
    whole.set(column);
    return whole;
  }
}

/**
 * Makes the context of packets about which only their group and origin are known.
 *
 * @param group NFLOG group.
 * @param timeSource Who gave them their times.
 * @param rest What else is known.
 * @returns The context.
 *
 * @example Packets of group 5, whose rule has a prefix
 * ```ts
 * import assert from "node:assert/strict";
 * import { plainContext } from "./batch_builder.ts";
 *
 * const context = plainContext(5, "kernel", { prefix: "web" });
 * assert.deepEqual([context.group, context.prefix], [5, "web"]);
 * assert.equal(context.mark, undefined);
 * ```
 */
export function plainContext(
  group: number,
  timeSource: TimeSource,
  rest: Partial<PacketContext> = {},
): PacketContext {
  return {
    group,
    family: 0,
    hook: 255,
    protocol: 0,
    mark: undefined,
    uid: undefined,
    gid: undefined,
    inputInterface: "",
    outputInterface: "",
    physicalInputInterface: "",
    physicalOutputInterface: "",
    prefix: "",
    timeSource,
    ...rest,
  };
}
