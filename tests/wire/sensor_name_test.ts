import assert from "node:assert/strict";
import {
  decodeSensorName,
  sanitizeSensorName,
} from "../../lib/wire/sensor_name.ts";

for (
  const [name, expected] of [
    ["gate-1.example.org", "gate-1.example.org"],
    ["Größe 🦀", "Größe 🦀"],
    ["", "unnamed"],
    ["\x1b]0;owned\x07", "?]0;owned?"],
    ["a\r\nX-Header: b", "a??X-Header: b"],
    ["a\u0000b\u007f\u0085", "a?b??"],
    ["up\u202eside\u2066down\u200b\u2028\ufeff", "up?side?down???"],
    ["half \ud83e", "half \ufffd"],
    ["n".repeat(65), "n".repeat(64)],
    ["ä".repeat(33), "ä".repeat(32)],
    ["a" + "🦀".repeat(16), "a" + "🦀".repeat(15)],
  ] as const
) {
  Deno.test(`sanitizeSensorName() makes ${JSON.stringify(name)} harmless`, () => {
    const shown = sanitizeSensorName(name);
    assert.equal(shown, expected);
    assert.equal(sanitizeSensorName(shown), shown);
    assert.equal(decodeSensorName(new TextEncoder().encode(shown)), shown);
  });
}

for (
  const [what, bytes, message] of [
    ["no bytes", [], /has 0 bytes/],
    ["65 bytes", new Array<number>(65).fill(0x61), /has 65 bytes/],
    ["half a character", [0xc3], /is not UTF-8/],
    ["a surrogate", [0xed, 0xa0, 0x80], /is not UTF-8/],
    ["an escape", [0x61, 0x1b], /not shown/],
    ["a mark that turns text", [0xe2, 0x80, 0xae], /not shown/],
  ] as const
) {
  Deno.test(`decodeSensorName() refuses ${what}`, () => {
    assert.throws(() => decodeSensorName(Uint8Array.from(bytes)), {
      name: "FrameError",
      message,
    });
  });
}
