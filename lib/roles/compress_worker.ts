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
export interface CompressReply {
  /** Number of the task. */
  id: number;
  /** What came of it. */
  result: CompressionResult;
}

// Imported elsewhere than in a worker, for its types, it does nothing.
if (typeof DedicatedWorkerGlobalScope !== "undefined") {
  self.onmessage = ({ data }: MessageEvent<CompressRequest>): void => {
    const reply: CompressReply = {
      id: data.id,
      result: runCompressionTask(data.task),
    };
    self.postMessage(reply, [reply.result.buffer]);
  };
}
