// The token of --http-token.

/** Fewest characters of a token: fewer could be guessed. */
const LEAST = 16;

/** Bits of a file's mode that let everybody read or write it. */
const FOR_EVERYBODY = 0o006;

/**
 * Reads a token from a file: its first line.
 *
 * @param path The file.
 * @returns The token.
 * @throws {Error} If everybody can read it, or it holds no token.
 */
export async function readHttpToken(path: string): Promise<string> {
  const { mode } = await Deno.stat(path);
  if (((mode ?? 0) & FOR_EVERYBODY) !== 0) {
    throw new Error(
      `Cannot use the token in ${path}: every user can read or change it; run chmod o-rw ${path}`,
    );
  }
  const text = await Deno.readTextFile(path);
  const token = (text.split("\n")[0] ?? "").trim();
  if (/^[!-~]+$/.test(token) && token.length >= LEAST) return token;
  throw new Error(
    `Cannot use the token in ${path}: its first line must be ${LEAST} or more ASCII characters without spaces, such as openssl rand -hex 16 prints`,
  );
}
