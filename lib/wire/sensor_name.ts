import { FRAME_HEADER, MAX_SENSOR_LENGTH } from "./constants.ts";
import { FrameError } from "./frame_error.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What a terminal or a page would obey or hide in place of showing it: control characters, and marks that turn the direction of text. */
const UNSAFE =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Cuts a sensor's name to what a frame can carry, and makes it harmless to show: control characters and marks of direction become `?`.
 *
 * @param name The name.
 * @returns A name of at most 64 bytes of UTF-8, `unnamed` for an empty one.
 */
export function sanitizeSensorName(name: string): string {
  const shown = name.replace(UNSAFE, "?").toWellFormed();
  const bytes = new Uint8Array(MAX_SENSOR_LENGTH);
  const { read } = encoder.encodeInto(shown, bytes);
  return shown.slice(0, read) || "unnamed";
}

/**
 * Reads the name of a sensor from a frame.
 *
 * @param bytes The bytes of the name.
 * @returns The name, harmless to show.
 * @throws {FrameError} If it is empty, too long, no UTF-8, or not harmless to show.
 */
export function decodeSensorName(bytes: Uint8Array): string {
  const size = bytes.byteLength;
  if (size === 0 || size > MAX_SENSOR_LENGTH) {
    throw refused(`has ${size} bytes, 1 to ${MAX_SENSOR_LENGTH} are allowed`);
  }
  let name: string;
  try {
    name = decoder.decode(bytes);
  } catch (cause) {
    throw refused("is not UTF-8", { cause });
  }
  if (name !== sanitizeSensorName(name)) {
    throw refused("has characters that are not shown");
  }
  return name;
}

function refused(state: string, options?: ErrorOptions): FrameError {
  return new FrameError(
    `Cannot read a frame: the sensor's name ${state}`,
    "content",
    { offset: FRAME_HEADER.SIZE, ...options },
  );
}
