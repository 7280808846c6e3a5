import { constants, deflateSync, inflateSync } from "node:zlib";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import {
  type BenchContext,
  type BenchSection,
  type BenchTable,
  type Cell,
  median,
} from "../section.ts";

/** A codec at one level. */
interface Codec {
  name: string;
  compress: (bytes: Uint8Array) => Uint8Array;
  decompress: (bytes: Uint8Array) => Uint8Array;
}

/** Bytes that are compressed at a time: those of a full frame. */
const FRAME_SIZE = 256 * 1024;
const TRACES = new URL("../../../../shared/traces/", import.meta.url);
/** Real traffic, captured by others. */
const TRACE_FILES: readonly string[] = [
  "zeek-206_example_a.pcap",
  "zeek-bro.org.pcap",
  "zeek-firefox-102.13.0esr-blog-cloudflare-com.pcap",
  "zeek-smb2.pcap",
  "zeek-ssh.pcap",
  "zeek-ssl.v3.pcap",
];
const ZSTD_LEVELS: readonly number[] = [-5, -1, 1, 3, 6, 9];
const DEFLATE_LEVELS: readonly number[] = [1, 3, 6, 9];
/** What the Python original used: zlib at its default level. */
const BASELINE = "deflate 6";

/** Speed and ratio of each codec and level on real traffic. */
export const compressionSection: BenchSection = {
  name: "compression",
  title: "codecs and levels on real traffic, beside zlib 6",
  run: (context) => Promise.resolve(run(context)),
};

function run(context: BenchContext): BenchTable {
  const frames = readFrames();
  const notes = [
    `MB/s of one core, before compression; frames of ${
      FRAME_SIZE / 1024
    } KiB; medians of ${context.rounds} round(s), interleaved.`,
  ];
  const columns = [
    ...["codec", "compress MB/s", "decompress MB/s", "ratio"],
    ...["speed / zlib 6", "size / zlib 6"],
  ];
  if (frames.length === 0) {
    notes.push(`Left out: there are no captures in ${TRACES.pathname}`);
    return { columns, rows: [], notes };
  }
  const codecs = allCodecs();
  const results = codecs.map((): Measurement[] => []);
  // Once unmeasured, so that none pays for the first use.
  for (const codec of codecs) measure(codec, frames.slice(0, 1));
  for (let round = 0; round < context.rounds; round++) {
    context.say(`round ${round + 1}: ${codecs.length} codecs and levels`);
    for (const [index, codec] of codecs.entries()) {
      results[index]?.push(measure(codec, frames));
    }
  }
  const rows = codecs.map(({ name }, index) => {
    return { name, ...middle(results[index] ?? []) };
  });
  const baseline = rows.find(({ name }) => name === BASELINE);
  return {
    columns,
    notes,
    rows: rows.map((row): Cell[] => [
      ...[row.name, row.compress, row.decompress, row.ratio],
      row.compress / (baseline?.compress ?? NaN),
      (baseline?.ratio ?? NaN) / row.ratio,
    ]),
  };
}

function allCodecs(): Codec[] {
  const parameter = constants.ZSTD_c_compressionLevel;
  const zstd = ZSTD_LEVELS.map((level): Codec => ({
    name: `zstd ${level}`,
    compress: (bytes) =>
      zstdCompressSync(bytes, { params: { [parameter]: level } }),
    decompress: (bytes) => zstdDecompressSync(bytes),
  }));
  const deflate = DEFLATE_LEVELS.map((level): Codec => ({
    name: `deflate ${level}`,
    compress: (bytes) => deflateSync(bytes, { level }),
    decompress: (bytes) => inflateSync(bytes),
  }));
  return [...zstd, ...deflate];
}

/** Reads all captures, cut into pieces as large as a frame. */
function readFrames(): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (const name of TRACE_FILES) {
    const path = new URL(name, TRACES);
    let bytes: Uint8Array;
    try {
      bytes = Deno.readFileSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw error;
    }
    for (let start = 0; start < bytes.length; start += FRAME_SIZE) {
      frames.push(bytes.subarray(start, start + FRAME_SIZE));
    }
  }
  return frames;
}

/** What one round found. */
interface Measurement {
  /** MB/s. */
  compress: number;
  /** MB/s of what comes out. */
  decompress: number;
  /** Size before over size after. */
  ratio: number;
}

function measure(codec: Codec, frames: readonly Uint8Array[]): Measurement {
  const size = sizeOf(frames);
  const start = performance.now();
  const compressed = frames.map(codec.compress);
  const between = performance.now();
  const restored = compressed.map(codec.decompress);
  const end = performance.now();
  if (sizeOf(restored) !== size) {
    throw new RangeError(`Cannot trust ${codec.name}: bytes are missing`);
  }
  return {
    compress: size / (between - start) / 1000,
    decompress: size / (end - between) / 1000,
    ratio: size / sizeOf(compressed),
  };
}

function middle(measurements: readonly Measurement[]): Measurement {
  return {
    compress: median(measurements.map(({ compress }) => compress)),
    decompress: median(measurements.map(({ decompress }) => decompress)),
    ratio: median(measurements.map(({ ratio }) => ratio)),
  };
}

function sizeOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
