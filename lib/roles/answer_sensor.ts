import type { WindowReader } from "../history/window_reader.ts";
import { UNNUMBERED } from "../metrics/receiver_ledger.ts";
import { FRAME_HEADER, MAX_HEADER_SIZE } from "../wire/constants.ts";
import { hasFrameMagic } from "../wire/frame_header_decoder.ts";

const decoder = new TextDecoder();

/** Tells which sensors messages in a window are from, without unpacking them. */
export class SensorReader {
  readonly #head = new Uint8Array(MAX_HEADER_SIZE);
  /** The name that was read last, and its bytes: most messages are of the same few sensors. */
  #name = "";
  #bytes = new Uint8Array(0);

  /**
   * Reads the name of a message's sensor.
   *
   * @param reader Where the message is; it was found good when it arrived.
   * @returns The name; for messages of the Python original that of all unnumbered senders.
   */
  sensorOf(reader: Pick<WindowReader, "peek">): string {
    const start = this.#head.subarray(0, reader.peek(this.#head));
    if (!hasFrameMagic(start)) return UNNUMBERED;
    const size = start[FRAME_HEADER.SENSOR_LENGTH] ?? 0;
    const name = start.subarray(FRAME_HEADER.SIZE, FRAME_HEADER.SIZE + size);
    if (!isEqual(name, this.#bytes)) {
      this.#bytes = name.slice();
      this.#name = decoder.decode(name);
    }
    return this.#name;
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.byteLength !== other.byteLength) return false;
  for (let at = 0; at < one.byteLength; at++) {
    if (one[at] !== other[at]) return false;
  }
  return true;
}
