import type { CompressReply, CompressRequest } from "./compress_worker.ts";
import type {
  CompressionResult,
  CompressionTask,
  Compressor,
} from "./compressor.ts";

/** Tasks that a worker is given at a time; frames come several at a time, and it takes about a millisecond for each. */
const TASKS_EACH = 8;

/** A task that shows that a thread works. */
const FIRST: CompressionTask = {
  buffer: new ArrayBuffer(0),
  start: 0,
  end: 0,
  method: { kind: "frame", codec: "deflate", level: undefined },
};

interface Waiting {
  resolve: (result: CompressionResult) => void;
  reject: (error: unknown) => void;
}

/** A worker, and what it was given. */
class CompressWorker {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #failure: Error | undefined;
  #next = 0;

  constructor() {
    const script = new URL("./compress_worker.ts", import.meta.url);
    this.#worker = new Worker(script, { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<CompressReply>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ("result" in data) waiting?.resolve(data.result);
      else waiting?.reject(new Error(`Cannot compress: ${data.error}`));
    };
    this.#worker.onerror = (event) => {
      // The script could not be loaded. Whoever waits is told; without this the error would end the process at once.
      event.preventDefault();
      this.fail(new Error(`Cannot compress: ${event.message}`));
    };
  }

  get tasks(): number {
    return this.#waiting.size;
  }

  compress(task: CompressionTask): Promise<CompressionResult> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const request: CompressRequest = { id: this.#next++, task };
    const { buffer } = task;
    this.#worker.postMessage(request, buffer.byteLength > 0 ? [buffer] : []);
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject });
    });
  }

  fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  end(): void {
    this.#worker.terminate();
    this.fail(new Error("Cannot compress: the pool was closed"));
  }
}

/** Compresses in threads of its own, so that whoever captures is not held up. */
export class CompressPool implements Compressor, Disposable {
  readonly #workers: readonly CompressWorker[];

  private constructor(workers: number) {
    this.#workers = Array.from({ length: workers }, () => new CompressWorker());
  }

  /**
   * Starts the threads, and waits until they work. Their script is read here: do it before giving up rights.
   *
   * @param workers How many; none can compress nothing.
   * @returns The pool, which the caller disposes of.
   * @throws {Error} If a thread cannot be started.
   */
  static async open(workers: number): Promise<CompressPool> {
    const pool = new CompressPool(workers);
    try {
      await Promise.all(pool.#workers.map((worker) => worker.compress(FIRST)));
    } catch (error) {
      pool[Symbol.dispose]();
      throw error;
    }
    return pool;
  }

  /** Whether all threads have as much to do as they are given at a time. */
  get isBusy(): boolean {
    return this.#workers.every(({ tasks }) => tasks >= TASKS_EACH);
  }

  /**
   * Compresses in the thread that has least to do.
   *
   * @param task What to compress; its memory moves there and back.
   * @returns What came of it.
   * @throws {Error} If the threads have failed or ended.
   */
  compress(task: CompressionTask): Promise<CompressionResult> {
    const worker = this.#workers.reduce((least, other) =>
      other.tasks < least.tasks ? other : least
    );
    return worker.compress(task);
  }

  /** Ends the threads; what they were given is not done. Does nothing the second time. */
  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker.end();
  }
}
