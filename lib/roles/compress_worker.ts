/// <reference lib="deno.worker" />
// Runs in a worker of a CompressPool: compresses one thing after the other.
import { runCompressionTask } from "./compress_task.ts";
import type { CompressionResult, CompressionTask } from "./compressor.ts";

/** What a worker is sent. */
export interface CompressRequest {
  /** Number of the task. */
  id: number;
  /** What to do. */
  task: CompressionTask;
}

/** What a worker answers. */
export type CompressReply =
  | {
    /** Number of the task. */
    readonly id: number;
    /** What came of it. */
    readonly result: CompressionResult;
  }
  | {
    /** Number of the task. */
    readonly id: number;
    /** Why nothing came of it. */
    readonly error: string;
  };

// Imported elsewhere than in a worker, for its types, it does nothing.
if (typeof DedicatedWorkerGlobalScope !== "undefined") {
  self.onmessage = ({ data }: MessageEvent<CompressRequest>): void => {
    const reply = answer(data);
    self.postMessage(reply, "result" in reply ? [reply.result.buffer] : []);
  };
}

function answer({ id, task }: CompressRequest): CompressReply {
  try {
    return { id, result: runCompressionTask(task) };
  } catch (error) {
    return {
      id,
      error: error instanceof Error ? error.message : String(error),
    };
  }
}
