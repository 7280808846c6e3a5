const CHUNK = 1024 * 1024;

/**
 * Compares two files byte by byte.
 *
 * @param first One file.
 * @param second The other.
 * @returns What differs, in words, or undefined if nothing does.
 */
export async function describeDifference(
  first: string,
  second: string,
): Promise<string | undefined> {
  const [a, b] = [await Deno.stat(first), await Deno.stat(second)];
  if (a.size !== b.size) return `sizes ${a.size} and ${b.size}`;
  using one = await Deno.open(first);
  using other = await Deno.open(second);
  let offset = 0;
  let count = 0;
  let from: number | undefined;
  let to = 0;
  for (;;) {
    const [left, right] = [await readChunk(one), await readChunk(other)];
    if (left.length === 0) break;
    for (let at = 0; at < left.length; at++) {
      if (left[at] === right[at]) continue;
      from ??= offset + at;
      to = offset + at;
      count++;
    }
    offset += left.length;
  }
  return from === undefined
    ? undefined
    : `${count} of ${a.size} bytes, between offsets ${from} and ${to}`;
}

/** Reads as much as there is, at most a chunk. */
async function readChunk(file: Deno.FsFile): Promise<Uint8Array> {
  const chunk = new Uint8Array(CHUNK);
  let size = 0;
  while (size < CHUNK) {
    const count = await file.read(chunk.subarray(size));
    if (count === null) break;
    size += count;
  }
  return chunk.subarray(0, size);
}
