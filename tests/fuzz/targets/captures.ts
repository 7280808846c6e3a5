// Capture files, as a replay reads them.

import fc from "fast-check";
import assert from "node:assert/strict";
import { PacketStripper } from "../../../lib/pcap/packet_stripper.ts";
import { PcapError } from "../../../lib/pcap/pcap_error.ts";
import { CaptureParser } from "../../../lib/pcapng/capture_parser.ts";
import { dissect } from "../../../lib/dissect/dissect.ts";
import { formatSummary } from "../../../lib/dissect/format_summary.ts";
import { type FuzzTarget, fuzzTarget } from "../fuzz_target.ts";
import { damaged } from "../mutation.ts";

/** Samples with one ending. */
const samplesOf = (ending: string): Uint8Array[] =>
  [...Deno.readDirSync(FOLDER)]
    .filter(({ name }) => name.endsWith(ending))
    .map(({ name }) => Deno.readFileSync(new URL(name, FOLDER)));

const FOLDER = new URL("../../testdata/pcap/", import.meta.url);

/** Reads a file in chunks, down to each packet's headers. */
function check({ file, cut }: { file: Uint8Array; cut: number }): void {
  const parser = new CaptureParser();
  const stripper = new PacketStripper();
  const size = 1 + cut % 500;
  try {
    for (let at = 0; at < file.byteLength; at += size) {
      parser.push(file.subarray(at, at + size));
      for (let packet = parser.next(); packet; packet = parser.next()) {
        const stripped = stripper.strip(packet);
        if (stripped === undefined) continue;
        assert(stripped.originalLength >= stripped.data.byteLength);
        const summary = formatSummary(dissect(stripped.data));
        assert(!summary.includes("\n"));
      }
    }
    parser.end();
  } catch (error) {
    assert(
      error instanceof PcapError || error instanceof RangeError,
      `It threw ${error}`,
    );
  }
}

const filesOf = (
  ending: string,
): fc.Arbitrary<{ file: Uint8Array; cut: number }> =>
  fc.record({ file: damaged(samplesOf(ending)), cut: fc.nat() });

/** Targets: capture files, and single packets. */
export const CAPTURE_TARGETS: readonly FuzzTarget[] = [
  fuzzTarget("pcap", { inputs: filesOf(".pcap"), check }),
  fuzzTarget("pcapng", { inputs: filesOf(".pcapng"), check }),
  fuzzTarget("packets", {
    inputs: fc.uint8Array({ maxLength: 120 }),
    check: (bytes) => {
      assert.equal(typeof formatSummary(dissect(bytes)), "string");
    },
  }),
];
