import assert from "node:assert/strict";
import { readMessageLayout } from "../../lib/nflog/message_layout.ts";
import { ipv4Packet, makeMessage } from "./datagrams.ts";

const PAYLOAD = ipv4Packet(40);

function viewOf(bytes: Uint8Array, at = 0): DataView {
  const outer = new Uint8Array(at + bytes.length + 8);
  outer.set(bytes, at);
  return new DataView(outer.buffer);
}

Deno.test("readMessageLayout() says where everything is and what repeats", () => {
  const message = makeMessage({
    group: 77,
    mark: 0xdeadbeef,
    time: [1, 2],
    sequence: 3,
    payload: PAYLOAD,
  });
  const asked: number[] = [];
  const layout = readMessageLayout(viewOf(message, 8), 8, (index) => {
    asked.push(index);
    return `if${index}`;
  });
  assert(layout !== undefined);
  // 20 bytes of headers, then attributes of 8, 8, 20 and 8 bytes with their headers.
  assert.equal(layout.timeOffset, 40);
  assert.equal(layout.sequenceOffset, 60);
  assert.equal(layout.payloadOffset, 64);
  assert.equal(layout.minimumSize, 68);
  assert.equal(layout.linkHeaderSize, 0);
  assert.equal(layout.startsWithIp, true);
  assert.deepEqual(asked, [0, 0, 0, 0]);
  assert.deepEqual(layout.context, {
    group: 77,
    family: 2,
    hook: 1,
    protocol: 0x0800,
    mark: 0xdeadbeef,
    uid: undefined,
    gid: undefined,
    inputInterface: "if0",
    outputInterface: "if0",
    physicalInputInterface: "if0",
    physicalOutputInterface: "if0",
    prefix: "",
    timeSource: "kernel",
  });
});

Deno.test("readMessageLayout() fixes what tells packets apart, and neither time, number nor payload", () => {
  const layoutOf = (...values: [number, number, number]): number[] => {
    const [mark, time, sequence] = values;
    const message = makeMessage({
      mark,
      time: [time, time],
      sequence,
      payload: ipv4Packet(40, sequence),
    });
    const layout = readMessageLayout(viewOf(message), 0, () => "");
    return [...layout?.fixedWords ?? []];
  };
  assert.deepEqual(layoutOf(1, 2, 3), layoutOf(1, 0xffff_ffff, 0x8000_0000));
  assert.notDeepEqual(layoutOf(1, 2, 3), layoutOf(2, 2, 3));
});

Deno.test("readMessageLayout() refuses lengths that do not add up", () => {
  const message = makeMessage({ time: [1, 2], sequence: 3, payload: PAYLOAD });
  const wrong: [number, number][] = [
    [0, 19], // a message without all of its header
    [20, 3], // an attribute shorter than its own header
    [20, 200], // one longer than the message
    [20, 6], // a packet header of two bytes
    [28, 19], // a time of 15 bytes
    [28, 0],
  ];
  for (const [offset, length] of wrong) {
    const copy = message.slice();
    copy[offset] = length;
    const layout = readMessageLayout(viewOf(copy), 0, () => "");
    assert.equal(layout, undefined, `${offset}: ${length}`);
  }
});

Deno.test("readMessageLayout() ignores the flag bits of an attribute's type", () => {
  const message = makeMessage({ mark: 5, payload: PAYLOAD });
  message[28 + 3] = 0x80; // NLA_F_NESTED on the mark
  const layout = readMessageLayout(viewOf(message), 0, () => "");
  assert.equal(layout?.context.mark, 5);
});
