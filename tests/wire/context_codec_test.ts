import assert from "node:assert/strict";
import { plainContext } from "../../lib/batch_builder.ts";
import type { PacketContext } from "../../lib/packet.ts";
import { ContextReader, encodeContext } from "../../lib/wire/context_codec.ts";
import { FrameError } from "../../lib/wire/frame_error.ts";
import { concatenate, makeRandom } from "../pcap/packets.ts";
import { anyContext } from "./frames.ts";

const CONTEXT: PacketContext = {
  group: 0x1234,
  family: 7,
  hook: 4,
  protocol: 0x86dd,
  mark: 0xdeadbeef,
  uid: 1000,
  gid: 0,
  inputInterface: "eth0",
  outputInterface: "",
  physicalInputInterface: "p1",
  physicalOutputInterface: "",
  prefix: "é ",
  timeSource: "kernel",
};
// deno-fmt-ignore
const GOLDEN = Uint8Array.of(
  37, 0,                   // bytes of this context
  0x34, 0x12,              // group
  0xdd, 0x86,              // EtherType
  7,                       // family
  4,                       // hook
  0x0f,                    // has a mark, a uid, a gid; times by the kernel
  4, 0, 2, 0, 3,           // lengths of the texts
  0, 0,                    // reserved
  0xef, 0xbe, 0xad, 0xde,  // mark
  0xe8, 3, 0, 0,           // uid
  0, 0, 0, 0,              // gid
  0x65, 0x74, 0x68, 0x30,  // input interface
  0x70, 0x31,              // input bridge port
  0xc3, 0xa9, 0x20,        // prefix
);

Deno.test("encodeContext() writes the golden bytes", () => {
  assert.deepEqual(encodeContext(CONTEXT), GOLDEN);
});

Deno.test("ContextReader.read() reads the golden bytes", () => {
  const bytes = concatenate([Uint8Array.of(9), GOLDEN, Uint8Array.of(9)]);
  const read = new ContextReader().read(bytes, 1);
  assert.deepEqual(read, { context: CONTEXT, nextOffset: 1 + GOLDEN.length });
});

Deno.test("ContextReader reads back generated contexts", () => {
  const random = makeRandom(7);
  const reader = new ContextReader();
  for (let turn = 0; turn < 2000; turn++) {
    const context = anyContext(random);
    const bytes = encodeContext(context);
    assert.deepEqual(reader.read(bytes, 0).context, context);
  }
});

Deno.test("ContextReader gives the same object for the same bytes", () => {
  const reader = new ContextReader();
  const first = reader.read(encodeContext(CONTEXT), 0).context;
  const again = encodeContext({ ...CONTEXT });
  assert.equal(reader.read(again, 0).context, first);
  for (let byte = 0; byte < 256; byte++) {
    // Each value of a byte makes another context, whatever the key is made of.
    const bytes = GOLDEN.slice();
    bytes[7] = byte;
    assert.equal(reader.read(bytes, 0).context.hook, byte);
  }
});

Deno.test("ContextReader remembers a bounded number of contexts and keeps reading", () => {
  const reader = new ContextReader();
  const bytes = encodeContext(plainContext(0, "clock"));
  const first = reader.read(bytes, 0).context;
  for (let group = 1; group < 1024; group++) {
    reader.read(encodeContext(plainContext(group, "clock")), 0);
  }
  assert.equal(reader.read(bytes, 0).context, first);
  reader.read(encodeContext(plainContext(1024, "clock")), 0);
  const later = reader.read(bytes, 0).context;
  assert.notEqual(later, first);
  assert.deepEqual(later, first);
});

Deno.test("ContextReader refuses every truncated length", () => {
  const reader = new ContextReader();
  for (let length = 0; length < GOLDEN.length; length++) {
    assert.throws(
      () => reader.read(GOLDEN.subarray(0, length), 0),
      { name: "FrameError" },
    );
    assert.throws(
      () => reader.read(GOLDEN, GOLDEN.length - length),
      { name: "FrameError" },
    );
  }
});

Deno.test("ContextReader refuses lengths that do not add up, and nothing else", () => {
  const reader = new ContextReader();
  const lengths = [0, 1, 9, 10, 11, 12, 13];
  for (let offset = 0; offset < GOLDEN.length; offset++) {
    const bytes = concatenate([GOLDEN, new Uint8Array(300)]);
    bytes[offset] = (bytes[offset] ?? 0) ^ 0xff;
    const read = (): unknown => reader.read(bytes, 0);
    if (lengths.includes(offset)) assert.throws(read, FrameError);
    else read();
  }
});

Deno.test("encodeContext() cuts texts between two characters", () => {
  const prefix = "🦀".repeat(100);
  const bytes = encodeContext(plainContext(1, "kernel", { prefix }));
  assert.equal(bytes[13], 252);
  const { context } = new ContextReader().read(bytes, 0);
  assert.equal(context.prefix, "🦀".repeat(63));
});

Deno.test("encodeContext() keeps its bytes for the next time", () => {
  assert.equal(encodeContext(CONTEXT), encodeContext(CONTEXT));
});
