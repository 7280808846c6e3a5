import { configureSync, getLogger } from "@logtape/logtape";
import type { Logger, LogProperties } from "../roles/logger.ts";
import type { LogFormat } from "./common_options.ts";
import { formatJsonRecord, formatTextRecord } from "./log_record.ts";

/** What becomes of log lines. */
export interface LoggingOptions {
  /** How they are written. */
  logFormat: LogFormat;
  /** Whether debugging lines are among them. */
  debug: boolean;
  /** Takes each line, with its line break. */
  write: (line: string) => void;
}

/** Category of all loggers of the programs. */
const CATEGORY = "nflog";

/**
 * Sets up logging for the whole process, in place of what was set up before. For the program alone: libraries and roles take a
 * {@linkcode Logger}.
 *
 * @param options What becomes of log lines.
 * @returns A logger for the program and its roles.
 */
export function openLogging(options: LoggingOptions): Logger {
  const { logFormat, debug, write } = options;
  const formatRecord = logFormat === "json"
    ? formatJsonRecord
    : formatTextRecord;
  configureSync({
    reset: true,
    sinks: { lines: (record) => write(formatRecord(record)) },
    loggers: [
      {
        category: CATEGORY,
        lowestLevel: debug ? "debug" : "info",
        sinks: ["lines"],
      },
      {
        category: ["logtape", "meta"],
        lowestLevel: "warning",
        sinks: ["lines"],
      },
    ],
  });
  return makeLogger();
}

function makeLogger(): Logger {
  const logger = getLogger(CATEGORY);
  const log = (level: "debug" | "info" | "warning" | "error") =>
  (
    message: string,
    properties: LogProperties = {},
  ): void => {
    if (!logger.isEnabledFor(level)) return;
    // Braces would be places for properties to logtape; a message is taken as it is.
    logger[level](message.replace(/[{}]/g, "$&$&"), { ...properties });
  };
  return {
    debug: log("debug"),
    info: log("info"),
    warn: log("warning"),
    error: log("error"),
  };
}
