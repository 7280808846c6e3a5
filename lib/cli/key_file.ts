import {
  type CurveKeyPair,
  decodeCurveKey,
  deriveCurvePublicKey,
} from "../zmq/curve.ts";
import { sanitizeSensorName } from "../wire/sensor_name.ts";

/** First word of the line with the public half, in the file of a pair. */
const PUBLIC = "public-key";

/** First word of the line with the secret half. A list of public keys that has it is a file in the wrong place. */
export const SECRET_KEY_WORD = "secret-key";

/**
 * Writes the file of a key pair, which is to be kept secret.
 *
 * @param keys The pair.
 * @param name Whose it is.
 * @returns The text.
 */
export function formatKeyFile(keys: CurveKeyPair, name: string): string {
  return `# CURVE key pair of ${name}. Keep this file secret: whoever has it can pose as ${name}.
${PUBLIC} ${keys.publicKey}
${SECRET_KEY_WORD} ${keys.secretKey}
`;
}

/**
 * Writes the file with a public key: a line of an allow list.
 *
 * @param publicKey The key.
 * @param name Whose it is.
 * @returns The text.
 */
export function formatPublicKeyFile(publicKey: string, name: string): string {
  return `# Public CURVE key of ${name}, for --curve-allow where it is to be let in.
${name} ${publicKey}
`;
}

/**
 * Makes a name for a key out of that of its file.
 *
 * @param path Where its files go, without their endings.
 * @returns The name: one word that can stand in an allow list.
 */
export function nameForKey(path: string): string {
  const base = path.slice(path.lastIndexOf("/") + 1);
  const word = sanitizeSensorName(base).replace(/\s/gu, "_");
  return word.startsWith("#") ? `_${word.slice(1)}` : word;
}

/**
 * Reads the file of a key pair. Errors quote nothing of it.
 *
 * @param text What is in the file.
 * @param path Which file, for errors.
 * @returns The pair.
 * @throws {SyntaxError} If it holds no secret key, or its two halves do not belong together.
 * @throws {LibraryError} If libzmq cannot be loaded.
 */
export function parseKeyFile(text: string, path: string): CurveKeyPair {
  const words = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [word = "", value = "", ...rest] = line.trim().split(/\s+/u);
    if (word === "" || word.startsWith("#")) continue;
    const known = word === PUBLIC || word === SECRET_KEY_WORD;
    if (!known || rest.length > 0 || words.has(word)) {
      throw refused(path, `it is no file that --keygen writes as PREFIX.key`);
    }
    words.set(word, value);
  }
  const secretKey = words.get(SECRET_KEY_WORD);
  if (secretKey === undefined) {
    throw refused(path, "it holds no secret key: give the .key, not the .pub");
  }
  try {
    decodeCurveKey(secretKey);
  } catch (cause) {
    throw refused(path, "its secret key is damaged", { cause });
  }
  const publicKey = deriveCurvePublicKey(secretKey);
  if (publicKey !== (words.get(PUBLIC) ?? publicKey)) {
    throw refused(path, "its public key is that of another secret key");
  }
  return { publicKey, secretKey };
}

function refused(
  path: string,
  state: string,
  options?: ErrorOptions,
): SyntaxError {
  return new SyntaxError(
    `Cannot use the key pair in ${path}: ${state}`,
    options,
  );
}
