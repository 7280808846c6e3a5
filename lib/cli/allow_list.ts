import type { KeyHolder, KeyUse } from "../roles/key_holder.ts";
import { sanitizeSensorName } from "../wire/sensor_name.ts";
import { decodeCurveKey } from "../zmq/curve.ts";
import { SECRET_KEY_WORD } from "./key_file.ts";

/** A file with public keys. */
export interface AllowListSource {
  /** Which file, for errors. */
  readonly path: string;
  /** What is in it. */
  readonly text: string;
  /** Name of a key that stands alone on its line; undefined where each line must have one. */
  readonly name?: string;
}

const USES: ReadonlySet<string> = new Set<KeyUse>(["send", "query"]);
const RELAY = "relay";

/**
 * Reads who may connect: lines of a name, a public key and words that say what the key is good for: `send`, `query`, or both when neither is there; `relay` for a
 * relay that sends under the names of many sensors. Lines that begin with # and empty ones say nothing.
 *
 * @param sources The files.
 * @returns The holders by key; none if there are no lines.
 * @throws {SyntaxError} If a line is none of these, or a key is there twice. Errors quote no key, for somebody may have written a secret one.
 */
export function parseAllowList(
  sources: readonly AllowListSource[],
): Map<string, KeyHolder> {
  const holders = new Map<string, KeyHolder>();
  for (const source of sources) {
    for (const [index, line] of source.text.split("\n").entries()) {
      const words = line.trim().split(/\s+/u);
      if (words[0] === "" || words[0]?.startsWith("#")) continue;
      const place = `line ${index + 1} of ${source.path}`;
      const holder = readHolder(nameFirst(words, source.name), place);
      const known = holders.get(holder.publicKey);
      if (known !== undefined) {
        throw refused(place, `${known.name} has the same key`);
      }
      holders.set(holder.publicKey, holder);
    }
  }
  return holders;
}

/**
 * Tells which files of a directory are read as an allow list: those named `*.pub`, and those without any dot. Others are left by editors and package managers, or
 * are no lists of keys.
 *
 * @param name The file's name.
 * @returns The name of a key that stands alone in it, or undefined if the file is not read.
 */
export function allowFileName(name: string): string | undefined {
  const base = name.endsWith(".pub")
    ? name.slice(0, -".pub".length)
    : name.includes(".")
    ? ""
    : name;
  return base === "" || /[~#\s]/u.test(name) || name.startsWith(".")
    ? undefined
    : base;
}

/** Puts the name before a key that stands alone. */
function nameFirst(
  words: readonly string[],
  name: string | undefined,
): readonly string[] {
  const [first = "", ...flags] = words;
  return name !== undefined && isKey(first) && !flags.some(isKey)
    ? [name, ...words]
    : words;
}

function readHolder(words: readonly string[], place: string): KeyHolder {
  const [name = "", publicKey = "", ...flags] = words;
  if (name === SECRET_KEY_WORD || name.startsWith("public-key")) {
    throw refused(
      place,
      "it is of a key pair, which belongs elsewhere: give the .pub, not the .key",
    );
  }
  if (isKey(name) && !isKey(publicKey)) {
    throw refused(place, "the name is missing: it stands before the key");
  }
  if (name !== sanitizeSensorName(name)) {
    throw refused(
      place,
      "a name has at most 64 bytes and no characters that are not shown",
    );
  }
  if (!isKey(publicKey)) {
    throw refused(
      place,
      "a public key, 40 characters of Z85, must follow the name",
    );
  }
  const uses = new Set<KeyUse>();
  for (const flag of flags) {
    if (isUse(flag)) uses.add(flag);
    else if (flag !== RELAY) {
      throw refused(place, "only send, query and relay may follow the key");
    }
  }
  return {
    name,
    publicKey,
    relay: flags.includes(RELAY),
    uses: uses.size > 0 ? uses : new Set<KeyUse>(["send", "query"]),
  };
}

function isUse(word: string): word is KeyUse {
  return USES.has(word);
}

function isKey(word: string): boolean {
  try {
    decodeCurveKey(word);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function refused(place: string, state: string): SyntaxError {
  return new SyntaxError(`Cannot read ${place}: ${state}`);
}
