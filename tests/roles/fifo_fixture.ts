import { openOutput } from "../../lib/libc/open_output.ts";
import { Poller } from "../../lib/libc/poller.ts";
import { PcapDestination } from "../../lib/roles/pcap_destination.ts";
import { runCommand } from "../helpers/process.ts";
import { openTempDir, type TempDir } from "../helpers/temp_dir.ts";
import { LogRecorder } from "./log_recorder.ts";
import { HEADER, NumberedChunks } from "./numbered_chunks.ts";

/** What the log says when a stream begins, and when its reader left. */
export const BEGAN = /^debug A stream begins/;
export const LEFT = /^debug A stream ends/;

/** A FIFO, and a destination that writes to it. */
export class FifoFixture implements AsyncDisposable {
  readonly path: string;
  readonly chunks = new NumberedChunks();
  readonly log = new LogRecorder();
  readonly #directory: TempDir;
  readonly #poller = Poller.open();
  #destination: PcapDestination | undefined;

  private constructor(directory: TempDir) {
    this.#directory = directory;
    this.path = directory.join("fifo");
  }

  /** Makes the FIFO only. */
  static async make(): Promise<FifoFixture> {
    const fixture = new FifoFixture(openTempDir());
    await runCommand({ program: "mkfifo", args: [fixture.path] });
    return fixture;
  }

  /** Makes the FIFO and opens it. */
  static async open(outputBuffer?: number): Promise<FifoFixture> {
    const fixture = await FifoFixture.make();
    fixture.start(outputBuffer);
    return fixture;
  }

  get destination(): PcapDestination {
    if (this.#destination === undefined) throw new Error("Not started");
    return this.#destination;
  }

  start(outputBuffer = 64 * 1024 * 1024): void {
    const place = { kind: "path", path: this.path } as const;
    this.#destination = new PcapDestination(
      openOutput(place, { waiter: this.#poller }),
      { header: () => HEADER, logger: this.log, outputBuffer, flushBound: 0 },
    );
  }

  /** Makes and offers a chunk. */
  offer(packets: number, size = 100): void {
    this.destination.offer(this.chunks.make(packets, { size }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#destination?.[Symbol.asyncDispose]();
    await this.#poller.close();
    this.#directory[Symbol.dispose]();
  }
}
