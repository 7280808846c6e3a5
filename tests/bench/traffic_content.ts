// Bytes as real traffic has them, for loads whose packets are to be compressed.

const TRACES = new URL("../../../shared/traces/", import.meta.url);
/** Real traffic, captured by others: text, encrypted and binary protocols. */
const TRACE_FILES: readonly string[] = [
  "zeek-206_example_a.pcap",
  "zeek-bro.org.pcap",
  "zeek-firefox-102.13.0esr-blog-cloudflare-com.pcap",
  "zeek-smb2.pcap",
  "zeek-ssh.pcap",
  "zeek-ssl.v3.pcap",
];
/** Bytes taken of each: together somewhat more than a flood repeats. */
const PART = 48 * 1024;
/** Where each part begins: behind the handshakes. */
const START = 64 * 1024;

/**
 * Writes a file of such bytes.
 *
 * @param path Where to.
 * @returns What they are, for a note.
 */
export async function writeContent(path: string): Promise<string> {
  try {
    const parts = TRACE_FILES.map((name) => {
      const bytes = Deno.readFileSync(new URL(name, TRACES));
      return bytes.subarray(START, START + PART);
    });
    await Deno.writeFile(path, ReadableStream.from(parts));
    return "bytes of six real captures";
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await Deno.writeFile(path, madeBytes(TRACE_FILES.length * PART));
    return `bytes half of which are random, since there are no captures in ${TRACES.pathname}`;
  }
}

/** Bytes that compress about as real traffic does. */
function madeBytes(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 4096) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(at + 2048, size)));
    const text = "GET /index.html HTTP/1.1\r\nHost: www.example.org\r\n";
    for (let index = 2048; index < 4096 && at + index < size; index++) {
      bytes[at + index] = text.charCodeAt(index * 7 % text.length);
    }
  }
  return bytes;
}
