// Capture files whose packets say which file they are from, and which packet of it they are.
import { encodeFileHeader } from "../../lib/pcap/file_header.ts";
import { decodeRecord, encodeRecord } from "../../lib/pcap/record.ts";
import { concatenate, makeRandom } from "../pcap/packets.ts";

const HEADER_SIZE = 24;
const HEADERS = 28;

/** A packet of a made capture. */
export interface MadePacket {
  /** Number of the file. */
  file: number;
  /** Number of the packet in it. */
  number: number;
  /** The whole record, as hexadecimal digits of a hash. */
  hash: string;
}

/**
 * Makes a RAW capture of UDP packets of many connections, half of whose bytes compress.
 *
 * @param path Where to.
 * @param file Number of the file.
 * @param packets How many.
 */
export async function writeCapture(
  path: string,
  file: number,
  packets: number,
): Promise<void> {
  const random = makeRandom(file + 1);
  const parts: Uint8Array[] = [encodeFileHeader({ snaplen: 262144 })];
  for (let number = 0; number < packets; number++) {
    const data = new Uint8Array(HEADERS + 8 + random(1200));
    const view = new DataView(data.buffer);
    const flow = random(100);
    view.setUint8(0, 0x45);
    view.setUint16(2, data.length);
    view.setUint8(8, 64);
    view.setUint8(9, 17);
    view.setUint32(12, 0x0a000000 + flow);
    view.setUint32(16, 0xc0000201);
    view.setUint16(20, 1024 + flow);
    view.setUint16(22, 53);
    view.setUint16(24, data.length - 20);
    view.setUint32(HEADERS, file);
    view.setUint32(HEADERS + 4, number);
    for (let at = HEADERS + 8; at < data.length; at++) {
      data[at] = at % 20 < 12 ? 97 : random(256);
    }
    parts.push(encodeRecord({
      seconds: 1_700_000_000 + Math.floor(number / 1000),
      nanoseconds: (number % 1000) * 1_000_000,
      originalLength: data.length,
      data,
    }));
  }
  await Deno.writeFile(path, concatenate(parts));
}

/**
 * Reads the packets of made captures.
 *
 * @param path A capture file.
 * @returns Its packets, in order.
 */
export async function readCapture(path: string): Promise<MadePacket[]> {
  const bytes = await Deno.readFile(path);
  const view = new DataView(bytes.buffer);
  const packets: MadePacket[] = [];
  for (let at = HEADER_SIZE; at < bytes.length;) {
    const { data, nextOffset } = decodeRecord(view, at);
    const own = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const digest = await crypto.subtle.digest(
      "SHA-1",
      bytes.subarray(at, nextOffset),
    );
    packets.push({
      file: own.getUint32(HEADERS),
      number: own.getUint32(HEADERS + 4),
      hash: new Uint8Array(digest).toHex(),
    });
    at = nextOffset;
  }
  return packets;
}
