const encoder = new TextEncoder();

/**
 * Encodes text as a NUL-terminated C string.
 *
 * The result must stay referenced for as long as C reads it.
 *
 * @param text The text; a NUL inside it is refused.
 * @returns A new buffer that holds the UTF-8 bytes and the terminator.
 * @throws {TypeError} If the text contains a NUL.
 */
export function encodeCString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) {
    throw new TypeError(
      `Cannot pass ${JSON.stringify(text)} to C: it has a NUL`,
    );
  }
  const bytes = new Uint8Array(text.length * 3 + 1);
  const { written } = encoder.encodeInto(text, bytes);
  return bytes.slice(0, written + 1);
}

/**
 * Reads a NUL-terminated C string, copying it out of C's memory.
 *
 * @param pointer Address of the first byte; null reads as the empty string.
 * @returns The text.
 */
export function readCString(pointer: Deno.PointerValue): string {
  return pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer);
}
