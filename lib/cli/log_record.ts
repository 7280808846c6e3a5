import type { LogLevel, LogRecord } from "@logtape/logtape";
import { escapeText, quoteText } from "./escape_text.ts";

const LEVEL_NAMES: Readonly<Record<LogLevel, string>> = {
  trace: "TRACE",
  debug: "DEBUG",
  info: "INFO",
  warning: "WARN",
  error: "ERROR",
  fatal: "FATAL",
};

/** A value that needs no quotes to be told from what stands beside it. */
const BARE = /^[^\s"'=\\]+$/;

/**
 * Writes a log record for people: time, level, message, `key=value`. Whatever stands in it, the result is one harmless line.
 *
 * @param record The record.
 * @returns The line, with its line break.
 */
export function formatTextRecord(record: LogRecord): string {
  const { level, timestamp } = record;
  const properties = listProperties(record).map(([key, value]) => {
    const shown = typeof value === "string" ? value : JSON.stringify(value);
    const isBare = BARE.test(shown) && escapeText(shown) === shown;
    return ` ${escapeText(key)}=${isBare ? shown : quoteText(shown)}`;
  });
  const time = new Date(timestamp).toISOString();
  const message = escapeText(joinMessage(record));
  return `${time} ${LEVEL_NAMES[level]} ${message}${properties.join("")}\n`;
}

/**
 * Writes a log record for programs: one JSON object on one harmless line. Properties stand beside `time`, `level` and `message`, which
 * they cannot replace.
 *
 * @param record The record.
 * @returns The line, with its line break.
 */
export function formatJsonRecord(record: LogRecord): string {
  const object = {
    ...Object.fromEntries(listProperties(record)),
    time: new Date(record.timestamp).toISOString(),
    level: LEVEL_NAMES[record.level].toLowerCase(),
    message: joinMessage(record),
  };
  const { time, level, message, ...properties } = object;
  const line = JSON.stringify({ time, level, message, ...properties });
  return `${escapeText(line)}\n`;
}

function joinMessage(record: LogRecord): string {
  return record.message.map(String).join("");
}

function listProperties(record: LogRecord): [string, unknown][] {
  return Object.entries(record.properties)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, simplify(value)]);
}

/** Makes a value one that JSON can hold. */
function simplify(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Error) return value.message;
  if (value instanceof Date) return value.toISOString();
  if (value === null || typeof value !== "object") return value;
  return JSON.parse(
    JSON.stringify(
      value,
      (_key, inner) => typeof inner === "bigint" ? String(inner) : inner,
    ) ?? "null",
  );
}
