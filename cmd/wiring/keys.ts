// Keys and lists of keys, from files.

import {
  allowFileName,
  type AllowListSource,
  parseAllowList,
} from "../../lib/cli/allow_list.ts";
import type { CurveClient } from "../../lib/cli/groups/curve_options.ts";
import {
  formatKeyFile,
  formatPublicKeyFile,
  nameForKey,
  parseKeyFile,
} from "../../lib/cli/key_file.ts";
import {
  createFiles,
  listTrustedDirectory,
  readGuardedFile,
} from "../../lib/libc/guarded_file.ts";
import type { KeyHolders } from "../../lib/roles/key_holder.ts";
import {
  type CurveClientOptions,
  type CurveKeyPair,
  generateCurveKeyPair,
} from "../../lib/zmq/curve.ts";

/** Modes of a file with a secret, and of one that everybody may read. */
const MODE = { SECRET: 0o600, PUBLIC: 0o644 } as const;

/**
 * Reads the file of a key pair.
 *
 * @param path The file, as {@linkcode writeKeyPair} made it.
 * @returns The pair.
 * @throws {RangeError} If others can read the file.
 * @throws {SyntaxError} If it holds no key pair.
 */
export async function readKeyPair(path: string): Promise<CurveKeyPair> {
  return parseKeyFile(await readGuardedFile(path, "secret"), path);
}

/**
 * Reads what a connecting socket needs for CURVE.
 *
 * @param client What was given; undefined for no CURVE.
 * @returns The socket's option, undefined for no CURVE.
 * @throws {RangeError} If others can read the key file.
 * @throws {SyntaxError} If it holds no key pair.
 */
export async function readCurveClient(
  client: CurveClient | undefined,
): Promise<CurveClientOptions | undefined> {
  if (client === undefined) return undefined;
  const { serverKey, keyFile } = client;
  return { role: "client", serverKey, keys: await readKeyPair(keyFile) };
}

/**
 * Reads who may connect.
 *
 * @param path A file, or a directory of files named `*.pub` or without a dot.
 * @returns The holders of keys; none if no file has a key.
 * @throws {RangeError} If every user can write to a file or the directory.
 * @throws {SyntaxError} If a line is not as it should be.
 */
export async function readAllowList(path: string): Promise<KeyHolders> {
  const { isDirectory } = await Deno.stat(path);
  const sources = isDirectory ? await readDirectory(path) : [{
    path,
    text: await readGuardedFile(path, "trusted"),
  }];
  return parseAllowList(sources);
}

async function readDirectory(directory: string): Promise<AllowListSource[]> {
  const sources: AllowListSource[] = [];
  for (const file of await listTrustedDirectory(directory)) {
    const name = allowFileName(file);
    if (name === undefined) continue;
    const path = `${directory}/${file}`;
    sources.push({ path, name, text: await readGuardedFile(path, "trusted") });
  }
  return sources;
}

/**
 * Makes a new key pair and writes it to files, `PREFIX.key` and `PREFIX.pub`. Neither may be there already.
 *
 * @param prefix What their names begin with.
 * @returns What to do with them, in words.
 * @throws {RangeError} If one of the files is there.
 */
export async function writeKeyPair(prefix: string): Promise<string> {
  const name = nameForKey(prefix);
  const keys = makeKeyPair();
  const secret = `${prefix}.key`;
  const open = `${prefix}.pub`;
  await createFiles([
    { path: secret, text: formatKeyFile(keys, name), mode: MODE.SECRET },
    {
      path: open,
      text: formatPublicKeyFile(keys.publicKey, name),
      mode: MODE.PUBLIC,
    },
  ]);
  return `${secret} is secret: for --curve-key or --curve-server-key, on this host
${open} is public: for --curve-allow, where ${name} is to be let in
'${keys.publicKey}' is the same public key: for --curve-server, where others connect to ${name}
`;
}

/** Makes a pair whose public key can be given to an option as it is. */
function makeKeyPair(): CurveKeyPair {
  for (;;) {
    const keys = generateCurveKeyPair();
    if (!keys.publicKey.startsWith("-")) return keys;
  }
}
