import { deflateSync } from "node:zlib";
import { RECORD } from "../pcap/constants.ts";
import { LEGACY_MARK, LEGACY_PREFIX_SIZE } from "./legacy_constants.ts";
import { legacyFromRecord, legacySize } from "./legacy_packet.ts";

/** The level that zlib takes where none is given, and the original always. */
export const LEGACY_LEVEL = 6;

/**
 * Writes messages of the Python original, each of one packet.
 *
 * The messages borrow one buffer, and each is valid until the next one.
 */
export class LegacyPacketEncoder {
  readonly #marked: boolean;
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);

  /**
   * Makes an encoder.
   *
   * @param options Whether the byte that says "not compressed" comes first, as an old receiver with `--rate-control` wants it.
   */
  constructor({ marked }: { marked: boolean }) {
    this.#marked = marked;
  }

  /**
   * Writes one packet.
   *
   * @param records The records of a batch.
   * @param offset Where this one begins.
   * @returns The message, borrowed until the next call.
   */
  encode(records: DataView, offset: number): Uint8Array<ArrayBuffer> {
    const start = this.#marked ? 1 : 0;
    const count = records.getUint32(offset + RECORD.CAPTURED, true);
    const size = start + legacySize(count);
    if (size > this.#bytes.byteLength) {
      this.#bytes = new Uint8Array(size * 2);
      this.#view = new DataView(this.#bytes.buffer);
    }
    // The mark is 0 and nothing else is ever written there.
    legacyFromRecord(records, offset, { view: this.#view, offset: start });
    return this.#bytes.subarray(0, size);
  }
}

/**
 * Writes the packets of a batch as one compressed message of the Python original.
 *
 * @param records The records of the batch, 1 or more.
 * @param level How hard zlib tries, 0 to 9. @default {6}
 * @returns A new message.
 */
export function encodeLegacyBatch(
  records: Uint8Array,
  level: number = LEGACY_LEVEL,
): Uint8Array<ArrayBuffer> {
  const source = new DataView(
    records.buffer,
    records.byteOffset,
    records.byteLength,
  );
  const structures = new Uint8Array(structuresSize(source));
  const view = new DataView(structures.buffer);
  let to = 0;
  for (let at = 0; at < records.byteLength;) {
    const start = to + LEGACY_PREFIX_SIZE;
    const end = legacyFromRecord(source, at, { view, offset: start });
    view.setUint32(to, end - start, false);
    to = end;
    at += RECORD.SIZE + source.getUint32(at + RECORD.CAPTURED, true);
  }
  const stream = deflateSync(structures, { level });
  const message = new Uint8Array(1 + stream.byteLength);
  message[0] = LEGACY_MARK.ZLIB;
  message.set(stream, 1);
  return message;
}

function structuresSize(records: DataView): number {
  let size = 0;
  for (let at = 0; at < records.byteLength;) {
    const count = records.getUint32(at + RECORD.CAPTURED, true);
    size += LEGACY_PREFIX_SIZE + legacySize(count);
    at += RECORD.SIZE + count;
  }
  return size;
}
