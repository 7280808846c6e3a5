import { createHash } from "node:crypto";
import { listFiles } from "./stage.ts";

/** The file that holds the checksums of a folder, as `sha256sum --check` reads it. */
export const CHECKSUMS = "SHA256SUMS";

/**
 * Computes the SHA-256 of a file.
 *
 * @param path The file.
 * @returns 64 hexadecimal digits.
 */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const chunk = new Uint8Array(1024 * 1024);
  for (;;) {
    const size = await file.read(chunk);
    if (size === null) return hash.digest("hex");
    hash.update(chunk.subarray(0, size));
  }
}

/**
 * Writes the checksums of all files in a folder into it.
 *
 * @param folder The folder.
 * @returns The checksums by file.
 */
export async function writeChecksums(
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const files = (await listFiles(folder)).filter((name) => name !== CHECKSUMS);
  const sums = new Map<string, string>();
  for (const name of files) sums.set(name, await hashFile(`${folder}/${name}`));
  const lines = Array.from(sums, ([name, sum]) => `${sum}  ${name}\n`);
  await Deno.writeTextFile(`${folder}/${CHECKSUMS}`, lines.join(""));
  return sums;
}
