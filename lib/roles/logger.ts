/** What happened, beside the message: values that are shown after it, by name. */
export type LogProperties = Record<string, unknown>;

/** Where a role says what happens; the program decides what becomes of it. */
export interface Logger {
  /** For those who look for a fault. */
  debug(message: string, properties?: LogProperties): void;
  /** What is as it should be and worth knowing. */
  info(message: string, properties?: LogProperties): void;
  /** What costs packets, or will. */
  warn(message: string, properties?: LogProperties): void;
  /** What keeps something from working at all. */
  error(message: string, properties?: LogProperties): void;
}
