import type { ValueParser } from "@optique/core/valueparser";
import { decodeZ85 } from "../../zmq/z85.ts";
import { valueParser } from "./value_parser.ts";

/** Characters in the text of a CURVE key: 32 bytes, five characters for four bytes (ZeroMQ RFC 32). */
const KEY_LENGTH = 40;

/**
 * The public half of a CURVE key pair as text (Z85).
 *
 * @returns The parser; its values are the text.
 */
export function curveKey(): ValueParser<"sync", string> {
  return valueParser({
    metavar: "KEY",
    placeholder: "0".repeat(KEY_LENGTH),
    read: parseCurveKey,
    format: (value) => value,
  });
}

/**
 * Checks the text of a CURVE key. Errors do not repeat it: somebody may have given the secret half.
 *
 * @param input What was written.
 * @returns The same text.
 * @throws {SyntaxError} If it is none.
 */
export function parseCurveKey(input: string): string {
  if (input.length !== KEY_LENGTH) {
    throw new SyntaxError(
      `Cannot use a key of ${input.length} characters: a public key has ${KEY_LENGTH} (Z85), as in the file that --keygen writes`,
    );
  }
  try {
    decodeZ85(input);
  } catch (cause) {
    throw new SyntaxError(
      "Cannot use the key: it is not the Z85 text of 32 bytes, as in the file that --keygen writes",
      { cause },
    );
  }
  return input;
}
