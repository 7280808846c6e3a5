import assert from "node:assert/strict";
import { formatStatus } from "../../lib/metrics/status_text.ts";

Deno.test("formatStatus() tells a sender's rates since the last time", () => {
  const before = {
    captured: 1000,
    captured_bytes: 1_000_000,
    sent: 900,
    sent_bytes: 0,
  };
  const now = {
    captured: 7000,
    captured_bytes: 1_000_000 + 5 * 1024 * 1024,
    sent: 5900,
    sent_bytes: 10 * 1024 * 1024,
    kernel_dropped: 0,
  };
  assert.equal(
    formatStatus(now, before, 5000),
    "in 1200 packets/s, 1.0 MiB/s; out 1000 packets/s, 2.0 MiB/s; lost 0",
  );
});

Deno.test("formatStatus() tells a receiver's rates, and losses since the start", () => {
  const now = {
    received: 10,
    received_bytes: 0,
    written: 5,
    written_bytes: 0,
    lost_in_transit: 2,
    stalled_dropped: 5,
  };
  assert.equal(
    formatStatus(now, {}, 1000),
    "in 10 packets/s, 0.0 MiB/s; out 5 packets/s, 0.0 MiB/s; lost 7 (lost_in_transit=2 stalled_dropped=5)",
  );
});

Deno.test("formatStatus() says what there is of a program that counts little", () => {
  assert.equal(formatStatus({}, {}, 1000), "lost 0");
});
