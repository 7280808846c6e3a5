import { FRAME_HEADER, FRAME_VERSION, MAX_SENSOR_LENGTH } from "./constants.ts";
import { hasFrameMagic } from "./frame_header_decoder.ts";

const encoder = new TextEncoder();

/**
 * Puts another sensor's name into a frame: the name that belongs to the key it came by, in place of what it says of itself.
 *
 * @param message The message.
 * @param sensor The name, as `sanitizeSensorName` leaves it.
 * @returns The message itself if it has that name, or is no frame as it should be, which is for its reader to judge; else a copy with the name.
 */
export function relabelFrame(
  message: Uint8Array<ArrayBuffer>,
  sensor: string,
): Uint8Array<ArrayBuffer> {
  if (
    message.byteLength < FRAME_HEADER.SIZE || !hasFrameMagic(message) ||
    message[FRAME_HEADER.VERSION] !== FRAME_VERSION
  ) return message;
  const claimed = message[FRAME_HEADER.SENSOR_LENGTH] ?? 0;
  const bodyAt = FRAME_HEADER.SIZE + claimed;
  if (
    claimed === 0 || claimed > MAX_SENSOR_LENGTH || bodyAt > message.byteLength
  ) return message;
  const name = encoder.encode(sensor);
  if (claimed === name.byteLength && hasName(message, name)) return message;
  const body = message.subarray(bodyAt);
  const size = FRAME_HEADER.SIZE + name.byteLength;
  const relabelled = new Uint8Array(size + body.byteLength);
  relabelled.set(message.subarray(0, FRAME_HEADER.SIZE));
  relabelled[FRAME_HEADER.SENSOR_LENGTH] = name.byteLength;
  relabelled.set(name, FRAME_HEADER.SIZE);
  relabelled.set(body, size);
  return relabelled;
}

function hasName(message: Uint8Array, name: Uint8Array): boolean {
  return name.every((byte, index) =>
    message[FRAME_HEADER.SIZE + index] === byte
  );
}
