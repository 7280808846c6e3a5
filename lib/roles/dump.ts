import type { BatchBuilder } from "../batch_builder.ts";
import type { PacketBatch } from "../packet.ts";
import type { BatchPool } from "./builder_pool.ts";
import type { DumpSelection } from "./dump_selection.ts";
import type { DumpWriter } from "./dump_writer.ts";
import type { OffloadStage } from "./offload_stage.ts";

/** What a dump works on. */
export interface DumpDependencies {
  /** The packets. */
  source: ReadableStream<BatchBuilder>;
  /** Where the source's builders go back to. */
  pool: Pick<BatchPool, "give">;
  /** Which packets are dumped. */
  selection: DumpSelection;
  /** Does to them what network cards were to do. */
  offload: OffloadStage;
  /** Prints packets; they are free to be changed when it is done. Undefined when they are not printed. */
  print: ((batch: PacketBatch) => Promise<void>) | undefined;
  /** Writes packets; undefined when they are not written. It is ended by the caller. */
  writer: Pick<DumpWriter, "write" | "giveUp"> | undefined;
  /** Ends the source: what is in hand is finished, within a bound. */
  signal: AbortSignal;
}

/** How long is waited for an output that takes nothing after the signal, in milliseconds. */
const LAST_WAIT = 5000;

/**
 * Prints and writes packets until their source ends, or there are enough of them.
 *
 * An output that does not keep up holds the builders: packets then wait in the kernel, and are lost and counted there.
 *
 * @param dependencies What it works on.
 */
export async function runDump(dependencies: DumpDependencies): Promise<void> {
  const { source, selection, writer, signal } = dependencies;
  const giveUp = (): void => void writer?.giveUp(LAST_WAIT);
  signal.addEventListener("abort", giveUp);
  try {
    for await (const builder of source) {
      await dumpBatch(builder, dependencies);
      if (selection.isDone) return;
    }
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

async function dumpBatch(
  builder: BatchBuilder,
  dependencies: DumpDependencies,
): Promise<void> {
  const { pool, selection, offload, print, writer } = dependencies;
  const selected = selection.select(builder.build());
  const batch = selection.cut(offload.apply(selected).batch);
  const done = (): void => pool.give(builder);
  if (batch.packets === 0) return done();
  await print?.(batch);
  if (writer === undefined) done();
  else writer.write(batch, done);
}
