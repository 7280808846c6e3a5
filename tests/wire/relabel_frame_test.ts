import { deepEqual, equal, throws } from "node:assert/strict";
import { FRAME_HEADER } from "../../lib/wire/constants.ts";
import { sealFrame } from "../../lib/wire/frame.ts";
import { MessageDecoder } from "../../lib/wire/message_decoder.ts";
import { relabelFrame } from "../../lib/wire/relabel_frame.ts";
import { anyPackets, DETAILS, makeBuilder } from "./frames.ts";

/** A frame whose header says that it is of this sensor. */
function frameOf(sensor: string): Uint8Array<ArrayBuffer> {
  return sealFrame(makeBuilder(anyPackets(7)), { ...DETAILS, sensor }).slice();
}

function decode(message: Uint8Array): ReturnType<MessageDecoder["decode"]> {
  return new MessageDecoder().decode(message);
}

for (const name of ["gate", "g", "a longer name", "x".repeat(64), "Zürich"]) {
  Deno.test(`attack: a frame that claims another's name gets its key's, ${name}, and nothing else of it changes`, () => {
    const claimed = frameOf("victim");
    const kept = claimed.slice();
    const frame = decode(relabelFrame(claimed, name));
    const honest = decode(frameOf(name));
    deepEqual(frame, honest);
    deepEqual(claimed, kept, "the message that came is left alone");
  });
}

Deno.test("relabelFrame() copies nothing of a frame that has the right name", () => {
  const message = frameOf("gate");
  equal(relabelFrame(message, "gate"), message);
});

Deno.test("relabelFrame() leaves what is no good frame for its reader to refuse", () => {
  const frame = frameOf("victim");
  const of = (change: (bytes: Uint8Array) => void): Uint8Array<ArrayBuffer> => {
    const bytes = frame.slice();
    change(bytes);
    return bytes;
  };
  const bad = [
    new Uint8Array(0),
    frame.slice(0, 4),
    frame.slice(0, FRAME_HEADER.SIZE),
    frame.slice(0, FRAME_HEADER.SIZE + 3),
    of((bytes) => bytes[0] = 0),
    of((bytes) => bytes[FRAME_HEADER.VERSION] = 2),
    of((bytes) => bytes[FRAME_HEADER.SENSOR_LENGTH] = 0),
    of((bytes) => bytes[FRAME_HEADER.SENSOR_LENGTH] = 65),
  ];
  for (const message of bad) {
    equal(relabelFrame(message, "gate"), message);
    throws(() => decode(message));
  }
});
