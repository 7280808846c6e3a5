import type { Logger, LogProperties } from "../../lib/roles/logger.ts";
import { within } from "../helpers/within.ts";

/** A logger that keeps its lines and lets a test wait for one. */
export class LogRecorder implements Logger {
  /** Each as "level message". */
  readonly lines: string[] = [];
  #waiting: (() => void)[] = [];

  debug(message: string, _properties?: LogProperties): void {
    this.#add("debug", message);
  }

  info(message: string, _properties?: LogProperties): void {
    this.#add("info", message);
  }

  warn(message: string, _properties?: LogProperties): void {
    this.#add("warn", message);
  }

  error(message: string, _properties?: LogProperties): void {
    this.#add("error", message);
  }

  /** Counts the lines that match. */
  count(pattern: RegExp): number {
    return this.lines.filter((line) => pattern.test(line)).length;
  }

  /** Waits until so many lines match, those already there included. */
  async until(pattern: RegExp, times = 1): Promise<void> {
    while (this.count(pattern) < times) {
      const changed = new Promise<void>((resolve) =>
        this.#waiting.push(resolve)
      );
      await within(
        changed,
        () => `${times} of ${pattern} in\n${this.lines.join("\n")}`,
      );
    }
  }

  #add(level: string, message: string): void {
    this.lines.push(`${level} ${message}`);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
