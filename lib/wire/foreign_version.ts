import { FRAME_HEADER, FRAME_VERSION } from "./constants.ts";
import { hasFrameMagic } from "./frame_header_decoder.ts";

/**
 * Finds frames of a version that is not known here, without reading them.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(foreignVersion(new Uint8Array(0)), undefined);
 * ```
 *
 * @param message The message.
 * @returns The version that it says, undefined if it is this one or the message is no frame.
 */
export function foreignVersion(message: Uint8Array): number | undefined {
  if (!hasFrameMagic(message)) return undefined;
  const version = message[FRAME_HEADER.VERSION];
  return version === FRAME_VERSION ? undefined : version;
}
