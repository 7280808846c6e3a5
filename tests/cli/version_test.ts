import assert from "node:assert/strict";
import { formatVersion, VERSION } from "../../lib/cli/version.ts";

Deno.test("VERSION is that of deno.json", async () => {
  const file = new URL("../../deno.json", import.meta.url);
  const config = JSON.parse(await Deno.readTextFile(file));
  assert.equal(VERSION.number, config.version);
});

Deno.test("formatVersion() names what was built, and the libraries in use", () => {
  const built = { number: "1.2.3", commit: "0a1b2c3", date: "2026-05-01" };
  assert.equal(
    formatVersion("nflog-zmq-send", { libzmq: "4.3.5", Deno: "2.9.6" }, built),
    "nflog-zmq-send 1.2.3 (0a1b2c3, 2026-05-01)\nlibzmq 4.3.5\nDeno 2.9.6",
  );
  assert.equal(
    formatVersion("x", {}, { number: "1.2.3", commit: "", date: "" }),
    "x 1.2.3 (from source)",
  );
});
