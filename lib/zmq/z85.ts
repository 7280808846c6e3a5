// ZeroMQ's text form of binary data, RFC 32 (https://rfc.zeromq.org/spec/32/).

const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz" +
  "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
const BASE = 85;
const GROUP_BYTES = 4;
const GROUP_TEXT = 5;
const VALUES: ReadonlyMap<string, number> = new Map(
  [...ALPHABET].map((character, value) => [character, value]),
);

/**
 * Writes bytes as Z85 text.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * const bytes = new Uint8Array([0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b]);
 * equal(encodeZ85(bytes), "HelloWorld");
 * ```
 *
 * @param bytes The bytes, a multiple of 4.
 * @returns The text, 5 characters for 4 bytes.
 * @throws {RangeError} If the length is no multiple of 4.
 */
export function encodeZ85(bytes: Uint8Array): string {
  if (bytes.length % GROUP_BYTES !== 0) {
    throw new RangeError(
      `Cannot write ${bytes.length} bytes as Z85: not a multiple of ${GROUP_BYTES}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let text = "";
  for (let offset = 0; offset < bytes.length; offset += GROUP_BYTES) {
    let value = view.getUint32(offset);
    let group = "";
    for (let index = 0; index < GROUP_TEXT; index++) {
      group = ALPHABET.charAt(value % BASE) + group;
      value = Math.floor(value / BASE);
    }
    text += group;
  }
  return text;
}

/**
 * Reads Z85 text. The text is not quoted in errors, for it may be a secret key.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(decodeZ85("HelloWorld").length, 8);
 * ```
 *
 * @param text The text, a multiple of 5 characters.
 * @returns The bytes, newly made.
 * @throws {SyntaxError} If it is no Z85 text.
 */
export function decodeZ85(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % GROUP_TEXT !== 0) {
    throw new SyntaxError(
      `Cannot read Z85 text of ${text.length} characters: not a multiple of ${GROUP_TEXT}`,
    );
  }
  const bytes = new Uint8Array(text.length / GROUP_TEXT * GROUP_BYTES);
  const view = new DataView(bytes.buffer);
  let group = 0;
  for (let index = 0; index < text.length; index++) {
    const value = VALUES.get(text.charAt(index));
    if (value === undefined) {
      throw new SyntaxError(
        `Cannot read Z85 text: character ${index + 1} is not in its alphabet`,
      );
    }
    group = group * BASE + value;
    if (index % GROUP_TEXT !== GROUP_TEXT - 1) continue;
    if (group > 0xffffffff) {
      throw new SyntaxError(
        `Cannot read Z85 text: the group that ends at character ${
          index + 1
        } is too large`,
      );
    }
    view.setUint32((index + 1) / GROUP_TEXT * GROUP_BYTES - GROUP_BYTES, group);
    group = 0;
  }
  return bytes;
}
