import assert from "node:assert/strict";
import type { Logger, LogProperties } from "../../lib/roles/logger.ts";
import { RateLimitedLogger } from "../../lib/roles/rate_limited_logger.ts";

type Line = [level: string, message: string, properties?: LogProperties];

function recorder(): { logger: Logger; lines: Line[] } {
  const lines: Line[] = [];
  const log =
    (level: string) => (message: string, properties?: LogProperties): void => {
      lines.push(
        properties === undefined ? [level, message] : [
          level,
          message,
          properties,
        ],
      );
    };
  const logger = {
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
  };
  return { logger, lines };
}

Deno.test("RateLimitedLogger lets one line through in an interval, and says how many were left out", () => {
  const { logger, lines } = recorder();
  let time = 1000;
  const limited = new RateLimitedLogger(logger, {
    interval: 60_000,
    now: () => time,
  });
  limited.warn("bad frame", { kind: "magic" });
  time += 59_999;
  limited.warn("bad frame", { kind: "size" });
  limited.error("worse frame");
  time += 1;
  limited.warn("bad frame", { kind: "codec" });
  time += 60_000;
  limited.error("worse frame");
  assert.deepEqual(lines, [
    ["warn", "bad frame", { kind: "magic" }],
    ["warn", "bad frame", { kind: "codec", suppressed: 2 }],
    ["error", "worse frame", {}],
  ]);
});

Deno.test("RateLimitedLogger keeps kinds apart when it is told how", () => {
  const { logger, lines } = recorder();
  const limited = new RateLimitedLogger(logger, {
    interval: 10,
    now: () => 0,
    kindOf: (message) => message,
  });
  for (const message of ["a", "b", "a", "b"]) limited.warn(message);
  assert.deepEqual(lines, [["warn", "a", {}], ["warn", "b", {}]]);
});

Deno.test("RateLimitedLogger passes on what is below a warning", () => {
  const { logger, lines } = recorder();
  const limited = new RateLimitedLogger(logger, { interval: 10, now: () => 0 });
  limited.info("i", { a: 1 });
  limited.info("i", { a: 1 });
  limited.debug("d");
  limited.debug("d");
  assert.equal(lines.length, 4);
});

Deno.test("attack: who makes a program say much gets as many lines as it is told, and is counted", () => {
  const { logger, lines } = recorder();
  let time = 0;
  const limited = new RateLimitedLogger(logger, {
    interval: 1000,
    burst: 3,
    now: () => time,
    limitsInfo: true,
  });
  for (time = 0; time < 1000; time++) limited.info("asked");
  limited.info("asked");
  assert.deepEqual(lines, [
    ...Array(3).fill(["info", "asked", {}]),
    ["info", "asked", { suppressed: 997 }],
  ]);
});
