import fc from "fast-check";
import assert from "node:assert/strict";
import { encodeFileHeader } from "../../lib/pcap/file_header.ts";
import { FrameError } from "../../lib/wire/frame_error.ts";
import { MessageDecoder } from "../../lib/wire/message_decoder.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { runFuzz, shareCases } from "./fuzz_target.ts";
import { FUZZ_TARGETS } from "./targets.ts";
import { DAMAGED_MESSAGES } from "./targets/messages.ts";

/** Inputs that the ordinary tests read, of all targets together. */
const CASES = shareCases(20_000, FUZZ_TARGETS);

for (const [index, target] of FUZZ_TARGETS.entries()) {
  Deno.test(`no input of the kind ${target.name} crashes, hangs or gets through damaged`, () => {
    const seed = crypto.getRandomValues(new Int32Array(1))[0] ?? 0;
    // A failure names the seed and the path that give its input again: deno task fuzz --target NAME --seed N --path P
    runFuzz(target, { cases: CASES[index] ?? 1, seed });
  });
}

Deno.test("tshark reads what comes out of damaged messages, packet by packet", async () => {
  const decoder = new MessageDecoder();
  const parts: Uint8Array[] = [encodeFileHeader()];
  let packets = 0;
  for (const message of fc.sample(DAMAGED_MESSAGES, 3000)) {
    try {
      const { batch } = decoder.decode(message);
      // A copy: records of an uncompressed frame borrow from their message.
      parts.push(batch.records.slice());
      packets += batch.packets;
    } catch (error) {
      assert(error instanceof FrameError);
    }
  }
  assert(packets > 100, `only ${packets} packets were good`);
  await using folder = await openTempDir();
  const file = `${folder.path}/damaged.pcap`;
  await Deno.writeFile(
    file,
    new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()),
  );
  const { code, stdout, stderr } = await new Deno.Command("tshark", {
    args: ["-n", "-r", file, "-T", "fields", "-e", "frame.number"],
    env: { LC_ALL: "C" },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  assert.equal(lines.length, packets);
});
