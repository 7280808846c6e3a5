// The cheapest reader of a FIFO that can say how much it read: the same for every pipe that is measured.

import { RunningProcess } from "../helpers/process.ts";
import { pause } from "../../lib/roles/pause.ts";

/** After so many milliseconds without a byte, nothing more is on its way: tcpdump's last packets wait for one second. */
const QUIET = 1500;
const STEP = 50;
const LONGEST_WAIT = 60_000;

/** A `dd` that reads a FIFO and throws away what it reads. */
export class FifoReader implements AsyncDisposable {
  /** Path of the FIFO. */
  readonly path: string;
  readonly #dd: RunningProcess;

  /**
   * Starts reading.
   *
   * @param path Path of a FIFO.
   */
  constructor(path: string) {
    this.path = path;
    this.#dd = new RunningProcess({
      program: "dd",
      args: [`if=${path}`, "of=/dev/null", "bs=1M"],
      env: { LC_ALL: "C" },
    });
  }

  /**
   * Makes a FIFO and starts reading it.
   *
   * @param path Where; must not exist.
   * @returns The reader; the caller disposes it.
   */
  static async open(path: string): Promise<FifoReader> {
    const { success } = await new Deno.Command("mkfifo", { args: [path] })
      .output();
    if (!success) throw new Error(`Cannot make a FIFO at ${path}`);
    return new FifoReader(path);
  }

  /** Bytes read so far, and a few more that dd itself was loaded from. */
  get bytesSoFar(): number {
    const io = Deno.readTextFileSync(`/proc/${this.#dd.pid}/io`);
    return Number(/^rchar: (\d+)$/m.exec(io)?.[1] ?? 0);
  }

  /**
   * Waits until nothing more comes.
   *
   * @param enough Bytes after which it need not wait any longer.
   */
  async waitForQuiet(enough: number = Infinity): Promise<void> {
    let seen = this.bytesSoFar;
    let quiet = 0;
    for (let waited = 0; waited < LONGEST_WAIT; waited += STEP) {
      await pause(STEP);
      const now = this.bytesSoFar;
      if (now >= enough) return;
      quiet = now === seen ? quiet + STEP : 0;
      seen = now;
      if (quiet >= QUIET) return;
    }
  }

  /**
   * Waits for the end of the FIFO, after its last writer has gone.
   *
   * @returns Bytes read in all.
   * @throws {Error} If dd does not say.
   */
  async finish(): Promise<number> {
    const { stderr } = await this.#dd.finish();
    const bytes = /^(\d+) bytes/m.exec(stderr)?.[1];
    if (bytes === undefined) throw new Error(`Cannot count: dd: ${stderr}`);
    return Number(bytes);
  }

  /** Ends the reader. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dd[Symbol.asyncDispose]();
    await Deno.remove(this.path);
  }
}
