// Messages of the Python original: those that its own libraries made, and the packets in them.
import type { PacketInput } from "../../lib/batch_builder.ts";

const DIRECTORY = new URL("../testdata/legacy/", import.meta.url);

/** Reads a message of tests/testdata/legacy. */
export function readGolden(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(`${name}.message`, DIRECTORY));
}

const RAW4 = Uint8Array.fromHex(
  "45000021000100004011b6c60a4d00010a4d00021388270f000d0000686921",
);
const RAW6 = Uint8Array.fromHex(
  "6000000000083a40fd770000000000000000000000000001" +
    "fd7700000000000000000000000000028000000000010002",
);

/** The packets of tests/testdata/legacy, as they are to be read. */
export const GOLDEN_PACKETS: readonly PacketInput[] = [
  {
    seconds: 1_700_000_000,
    nanoseconds: 123_456_000,
    originalLength: RAW4.length,
    data: RAW4,
  },
  {
    seconds: 1_700_000_000,
    nanoseconds: 999_999_000,
    originalLength: 1500,
    data: RAW6,
  },
  // A length of 0 stands for that of the bytes.
  {
    seconds: 0xf4ff_ffff,
    nanoseconds: 0,
    originalLength: 29,
    data: RAW4.subarray(0, 29),
  },
  {
    seconds: 100,
    nanoseconds: 1000,
    originalLength: 0,
    data: new Uint8Array(0),
  },
];
