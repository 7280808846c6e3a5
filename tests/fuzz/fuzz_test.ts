import fc from "fast-check";
import assert from "node:assert/strict";
import { encodeFileHeader } from "../../lib/pcap/file_header.ts";
import { FrameError } from "../../lib/wire/frame_error.ts";
import { MessageDecoder } from "../../lib/wire/message_decoder.ts";
import { pause } from "../../lib/roles/pause.ts";
import { ZmqContext } from "../../lib/zmq/context.ts";
import { PushSocket } from "../../lib/zmq/push_socket.ts";
import { count, startReceiver, untilTotals } from "../integration/pipe.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { runFuzz, shareCases } from "./fuzz_target.ts";
import { FUZZ_TARGETS } from "./targets.ts";
import { DAMAGED_MESSAGES } from "./targets/messages.ts";
import { ANY_STRUCTURE } from "./targets/structures.ts";

/** Messages of all kinds that there are: damaged, and put together wrong. */
const ANY_MESSAGE = fc.oneof(DAMAGED_MESSAGES, ANY_STRUCTURE);

/** Inputs that the ordinary tests read, of all targets together. */
const CASES = shareCases(20_000, FUZZ_TARGETS);

for (const [index, target] of FUZZ_TARGETS.entries()) {
  Deno.test(`no input of the kind ${target.name} crashes, hangs or gets through damaged`, async () => {
    const seed = crypto.getRandomValues(new Int32Array(1))[0] ?? 0;
    // A failure names the seed and the path that give its input again: deno task fuzz --target NAME --seed N --path P
    await runFuzz(target, { cases: CASES[index] ?? 1, seed });
  });
}

Deno.test("tshark reads what comes out of damaged messages, packet by packet", async () => {
  const decoder = new MessageDecoder();
  const parts: Uint8Array[] = [encodeFileHeader()];
  let packets = 0;
  for (const message of fc.sample(ANY_MESSAGE, 3000)) {
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
  assert.equal(await countByTshark(file), packets);
});

/** Packets that tshark reads in a capture; it must not find anything wrong with the file. */
async function countByTshark(file: string): Promise<number> {
  const { code, stdout, stderr } = await new Deno.Command("tshark", {
    args: ["-n", "-r", file, "-T", "fields", "-e", "frame.number"],
    env: { LC_ALL: "C" },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim().split("\n").length;
}

for (const format of ["pcap", "pcapng"]) {
  Deno.test(`a receiver that is sent damaged messages counts each, goes on, and writes ${format} that tshark reads`, async () => {
    using folder = openTempDir();
    const endpoint = `ipc://${folder.join("pipe")}`;
    const out = folder.join("out.pcap");
    await using receiver = await startReceiver(
      ["--format", format, endpoint, out],
      {},
    );
    const messages = fc.sample(ANY_MESSAGE, 3000);
    await using context = ZmqContext.open();
    using socket = PushSocket.open(context, { linger: 20_000 });
    socket.connect(endpoint);
    for (const message of messages) {
      while (!socket.trySend(message)) await pause(1);
    }
    const { totals: { written, received } } = await untilTotals(
      receiver,
      (stats) =>
        count(stats, "received_frames") + count(stats, "rejected_frames") ===
          messages.length &&
        count(stats, "written") === count(stats, "received"),
    );
    const { code, stderr } = await receiver.stop();
    assert.equal(code, 0, stderr);
    assert(received !== undefined && received > 100, `only ${received}`);
    assert.equal(await countByTshark(out), written);
    // One line a minute, not one for each of a thousand messages.
    assert((stderr.match(/ WARN /g)?.length ?? 0) < 30, stderr);
    assert.doesNotMatch(stderr, /Uncaught|ERROR/);
  });
}
