// What the roles work on, for tests: nothing of it waits, and all of it is recorded.
import type { Logger, LogProperties } from "../../lib/roles/logger.ts";
import type { IncomingMessage } from "../../lib/roles/message_source.ts";

/** One line that was logged. */
export interface LogLine {
  level: "debug" | "info" | "warn" | "error";
  message: string;
  properties: LogProperties;
}

/** Keeps what is logged. */
export class FakeLogger implements Logger {
  readonly lines: LogLine[] = [];

  debug(message: string, properties: LogProperties = {}): void {
    this.lines.push({ level: "debug", message, properties });
  }
  info(message: string, properties: LogProperties = {}): void {
    this.lines.push({ level: "info", message, properties });
  }
  warn(message: string, properties: LogProperties = {}): void {
    this.lines.push({ level: "warn", message, properties });
  }
  error(message: string, properties: LogProperties = {}): void {
    this.lines.push({ level: "error", message, properties });
  }
}

/** A message that notices when it is given back, and when twice. */
export class FakeMessage implements IncomingMessage {
  disposed = 0;
  readonly room: number | undefined;
  #bytes: Uint8Array;

  /**
   * @param bytes The message.
   * @param room Bytes before it that may be written over, and itself.
   */
  constructor(bytes: Uint8Array, room?: number) {
    this.#bytes = bytes;
    this.room = room;
  }

  get bytes(): Uint8Array {
    if (this.disposed > 0) throw new Error("used after it was given back");
    return this.#bytes;
  }

  [Symbol.dispose](): void {
    this.disposed++;
  }
}

/** Waits by handing the test a turn: each wait is recorded and ends at once. */
export class FakeWaits {
  /** `fd 7` for a descriptor, `3 ms` for a time. */
  readonly waits: string[] = [];
  #atWait: (count: number) => void;

  /** @param atWait Called at each wait with how many there were. */
  constructor(atWait: (count: number) => void = () => {}) {
    this.#atWait = atWait;
  }

  readonly wait = (descriptor: number): Promise<void> =>
    this.#record(`fd ${descriptor}`);

  readonly pause = (milliseconds: number): Promise<void> =>
    this.#record(`${milliseconds} ms`);

  #record(what: string): Promise<void> {
    this.waits.push(what);
    this.#atWait(this.waits.length);
    return Promise.resolve();
  }
}

/** A clock that moves only when told. */
export class FakeClock {
  time = 0;
  readonly now = (): number => this.time;
}
