// Connections that clients of a test hold, without a network.
import type { ByteConnection } from "../../lib/http/http_connection.ts";
import type { ConnectionListener } from "../../lib/http/http_server.ts";

/** A connection whose other end is the test. */
export class FakeConnection implements ByteConnection {
  /** What was written so far. */
  written = "";
  /** Bytes that the client still takes; then writing waits. */
  room = Infinity;
  /** Times it was closed. */
  closed = 0;
  /** Fulfilled when it is closed. */
  readonly end: Promise<void>;
  #input: Uint8Array[] = [];
  #inputEnded = false;
  #wake = Promise.withResolvers<void>();
  readonly #closing = Promise.withResolvers<void>();

  constructor(...sent: (string | Uint8Array)[]) {
    this.end = this.#closing.promise;
    for (const part of sent) this.send(part);
  }

  /** Sends text, or bytes as they are, as the client. */
  send(part: string | Uint8Array): void {
    const bytes = typeof part === "string"
      ? new TextEncoder().encode(part)
      : part;
    this.#input.push(bytes);
    this.#rouse();
  }

  /** Says, as the client, that no more comes. */
  hangUp(): void {
    this.#inputEnded = true;
    this.#rouse();
  }

  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      if (this.closed > 0) throw new Deno.errors.Interrupted("closed");
      const [next] = this.#input;
      if (next !== undefined) {
        const size = Math.min(next.length, into.length);
        into.set(next.subarray(0, size));
        this.#input[0] = next.subarray(size);
        if (size === next.length) this.#input.shift();
        return size;
      }
      if (this.#inputEnded) return null;
      await this.#wake.promise;
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    while (this.room === 0 && this.closed === 0) await this.#wake.promise;
    if (this.closed > 0) throw new Deno.errors.BrokenPipe("closed");
    const size = Math.min(bytes.length, this.room);
    this.written += new TextDecoder("latin1").decode(bytes.subarray(0, size));
    this.room -= size;
    return size;
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.closed++;
    this.#closing.resolve();
    this.#rouse();
  }

  #rouse(): void {
    const { resolve } = this.#wake;
    this.#wake = Promise.withResolvers<void>();
    resolve();
  }
}

/** A listener whose clients are the test's. */
export class FakeListener implements ConnectionListener {
  /** Connections that were taken. */
  accepted = 0;
  readonly #waiting: (ByteConnection | Error)[] = [];
  #wake = Promise.withResolvers<void>();
  #open = true;

  /** Connects a client, or makes taking one fail. */
  connect(...connections: (ByteConnection | Error)[]): void {
    this.#waiting.push(...connections);
    this.#rouse();
  }

  async accept(): Promise<ByteConnection> {
    for (;;) {
      if (!this.#open) throw new Deno.errors.BadResource("closed");
      const next = this.#waiting.shift();
      if (next instanceof Error) throw next;
      if (next !== undefined) {
        this.accepted++;
        return next;
      }
      await this.#wake.promise;
    }
  }

  close(): void {
    this.#open = false;
    this.#rouse();
  }

  #rouse(): void {
    const { resolve } = this.#wake;
    this.#wake = Promise.withResolvers<void>();
    resolve();
  }
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
