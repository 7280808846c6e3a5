// The token of --http-token.

import { readGuardedFile } from "../../lib/libc/guarded_file.ts";

/** Fewest characters of a token: fewer could be guessed. */
const LEAST = 16;

/**
 * Reads a token from a file: its first line.
 *
 * @param path The file.
 * @returns The token.
 * @throws {Error} If others can read the file, or it holds no token; the content is never quoted.
 */
export async function readHttpToken(path: string): Promise<string> {
  const text = await readGuardedFile(path, "secret");
  const token = (text.split("\n")[0] ?? "").trim();
  if (/^[!-~]+$/.test(token) && token.length >= LEAST) return token;
  throw new RangeError(
    `Cannot use the token in ${path}: its first line must be ${LEAST} or more ASCII characters without spaces, such as openssl rand -hex 16 prints`,
  );
}
