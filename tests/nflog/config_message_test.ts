import assert from "node:assert/strict";
import {
  encodeBindMessage,
  encodeUnbindMessage,
  type GroupSettings,
} from "../../lib/nflog/config_message.ts";
import { toHex } from "../pcap/packets.ts";

const SETTINGS: GroupSettings = {
  copyRange: 65531,
  kernelBuffer: 130752,
  flushThreshold: 1000,
  flushTimeout: 70,
  flags: 1,
};

// deno-fmt-ignore
const GOLDEN = [
  "48000000", "0104", "0500", "09000000", "00000000",  // 72 bytes; CONFIG; REQUEST, ACK; sequence 9; port 0
  "00", "00", "1234",                                  // AF_UNSPEC, version 0, group
  "0500", "0100", "01000000",                          // command: bind
  "0a00", "0200", "0000fffb", "02000000",              // mode: range 65531, PACKET
  "0800", "0300", "0001fec0",                          // buffer: 130752
  "0800", "0400", "00000007",                          // timeout: 7 hundredths of a second
  "0800", "0500", "000003e8",                          // threshold: 1000
  "0600", "0600", "00010000",                          // flags: SEQ
].join("");

Deno.test("encodeBindMessage() writes the golden bytes", () => {
  assert.equal(toHex(encodeBindMessage(0x1234, SETTINGS, 9)), GOLDEN);
});

Deno.test("encodeBindMessage() has every attribute as libnetfilter_log sends it", () => {
  const file = new URL("../testdata/nflog/config.hex", import.meta.url);
  const lines = Deno.readTextFileSync(file).trim().split("\n");
  const bind = lines.slice(0, -1);
  const attributes = bind.map((line) => line.slice(40));
  assert.equal(attributes.length, 6);
  const message = toHex(encodeBindMessage(0x1234, SETTINGS, 0));
  assert.equal(message.slice(40), attributes.join(""));
  // The headers differ in nothing but the message's length.
  for (const line of bind) {
    assert.equal(message.slice(8, 40), line.slice(8, 40));
  }
  assert.equal(toHex(encodeUnbindMessage(0x1234, 0)), lines.at(-1));
});

Deno.test("encodeBindMessage() tells the kernel hundredths of a second", () => {
  for (const [milliseconds, told] of [[0, 0], [10, 1], [14, 1], [2000, 200]]) {
    const settings = { ...SETTINGS, flushTimeout: milliseconds ?? 0 };
    const message = encodeBindMessage(1, settings, 1);
    assert.equal(new DataView(message.buffer).getUint32(52), told);
  }
});

Deno.test("encodeBindMessage() writes the largest numbers", () => {
  const settings = {
    ...SETTINGS,
    flushThreshold: 0xffff_ffff,
    flags: 0xffff,
  };
  const message = encodeBindMessage(65535, settings, 0xffff_ffff);
  const view = new DataView(message.buffer);
  assert.equal(view.getUint32(8, true), 0xffff_ffff);
  assert.equal(view.getUint16(18), 65535);
  assert.equal(view.getUint32(60), 0xffff_ffff);
  assert.equal(view.getUint16(68), 0xffff);
});
