import { type PacketBatch, RUN } from "../packet.ts";
import { RECORD } from "../pcap/constants.ts";

/** Runs of a part at most. */
const MAX_RUNS = 512;

/**
 * Cuts a batch into parts between packets.
 *
 * @param batch The batch.
 * @param most Bytes of records that a part has at most; one packet that is larger is a part by itself.
 * @returns The parts, in order; they borrow from the batch. A batch that is small enough is its only part.
 */
export function* splitBatch(
  batch: PacketBatch,
  most: number,
): Generator<PacketBatch, void, void> {
  if (
    batch.records.byteLength <= most &&
    batch.runs.length <= MAX_RUNS * RUN.WORDS
  ) {
    yield batch;
    return;
  }
  const cutter = new Cutter(batch);
  for (let part = cutter.next(most); part; part = cutter.next(most)) yield part;
}

class Cutter {
  readonly #batch: PacketBatch;
  readonly #view: DataView;
  /** Where the next part begins: in the records, in packets, in the runs, and how many packets of its first run are gone. */
  #at = 0;
  #packet = 0;
  #run = 0;
  #gone = 0;
  /** Whether the part being made has no packet yet. */
  #isEmpty = true;

  constructor(batch: PacketBatch) {
    this.#batch = batch;
    const { buffer, byteOffset, byteLength } = batch.records;
    this.#view = new DataView(buffer, byteOffset, byteLength);
  }

  next(most: number): PacketBatch | undefined {
    const { runs, records, nanoseconds, contexts } = this.#batch;
    const start = this.#at;
    const first = this.#packet;
    const own: number[] = [];
    this.#isEmpty = true;
    while (
      this.#run < runs.length && own.length < MAX_RUNS * RUN.WORDS
    ) {
      const length = runs[this.#run + RUN.PACKETS] ?? 0;
      const taken = this.#take(length - this.#gone, start + most);
      if (taken === 0) break;
      const lost = this.#gone === 0
        ? runs[this.#run + RUN.LOST_BEFORE] ?? 0
        : 0;
      own.push(taken, runs[this.#run + RUN.CONTEXT] ?? 0, lost);
      this.#gone += taken;
      if (this.#gone < length) break;
      this.#gone = 0;
      this.#run += RUN.WORDS;
    }
    const packets = this.#packet - first;
    if (packets === 0) return undefined;
    return {
      packets,
      records: records.subarray(start, this.#at),
      nanoseconds: nanoseconds?.subarray(first, this.#packet),
      runs: Uint32Array.from(own),
      contexts,
    };
  }

  /** Passes over so many packets at most, to an offset at most, but over the first packet of a part in any case. */
  #take(packets: number, limit: number): number {
    let taken = 0;
    for (; taken < packets; taken++) {
      const length = this.#view.getUint32(this.#at + RECORD.CAPTURED, true);
      const end = this.#at + RECORD.SIZE + length;
      if (end > limit && !this.#isEmpty) break;
      this.#at = end;
      this.#packet++;
      this.#isEmpty = false;
    }
    return taken;
  }
}
