// The files that a dump writes.

import {
  DUMP_DEFINITION,
  type DumpCommand,
} from "../../lib/cli/dump_command.ts";
import { UsageError } from "../../lib/cli/usage_error.ts";
import type { OutputPlace } from "../../lib/libc/open_output.ts";
import type { Poller } from "../../lib/libc/poller.ts";
import type { SenderLedger } from "../../lib/metrics/sender_ledger.ts";
import type { SensorLedger } from "../../lib/pcapng/mod.ts";
import { CaptureFile } from "../../lib/roles/capture_file.ts";
import { DumpWriter } from "../../lib/roles/dump_writer.ts";
import { FileSeries } from "../../lib/roles/file_series.ts";
import { captureLedgerRows } from "../../lib/roles/ledger_rows.ts";
import type { Logger } from "../../lib/roles/logger.ts";
import { RateLimitedLogger } from "../../lib/roles/rate_limited_logger.ts";
import { TIMERS } from "../../lib/roles/timers.ts";
import { openCaptureOutput } from "./capture_output.ts";
import type { Host } from "./host.ts";

/** Bytes that wait for an output. So much is never in hand: packets wait in the kernel before that. */
const OUTPUT_BUFFER = 256 * 1024 * 1024;

/** How often it is said that no new file can be begun, in milliseconds. */
const FAULT_INTERVAL = 10_000;

/** What the files need. */
interface Surroundings {
  poller: Poller;
  ledger: SenderLedger;
  onReaderGone: (() => void) | undefined;
}

/**
 * Begins to write, where the command says so.
 *
 * @param command What the dump is told to do.
 * @param host The process it runs in: it is asked to stop when the reader of its standard output is gone.
 * @param surroundings What is needed.
 * @returns The writer, which the caller ends; undefined when nothing is written.
 */
export function openDumpWriter(
  command: DumpCommand,
  host: Host,
  surroundings: Surroundings,
): DumpWriter | undefined {
  const { output, rotation } = command;
  if (output === undefined) return undefined;
  const { logger } = host;
  const open = (place: OutputPlace): CaptureFile =>
    openFile({ ...command, destination: place }, host, surroundings);
  const series = new FileSeries({
    pattern: output.kind === "path" ? output.path : "-",
    hasTimes: rotation?.maxAge !== undefined,
    maxFiles: rotation?.maxFiles,
  });
  return new DumpWriter({
    open(date): CaptureFile {
      if (rotation === undefined || output.kind === "stdout") {
        return open(output);
      }
      const { path, surplus } = series.next(date);
      const file = open({ kind: "path", path });
      logger.info("Writing", { file: path });
      if (surplus !== undefined) removeFile(surplus, logger);
      return file;
    },
    rotation,
    now: () => new Date(),
    timers: TIMERS,
    logger: new RateLimitedLogger(logger, {
      interval: FAULT_INTERVAL,
      now: () => performance.now(),
    }),
  });
}

function openFile(
  command: DumpCommand & { destination: OutputPlace },
  host: Host,
  { poller, ledger, onReaderGone }: Surroundings,
): CaptureFile {
  const opened = openCaptureOutput({
    ...command,
    outputBuffer: OUTPUT_BUFFER,
    usually: "file",
    program: DUMP_DEFINITION.name,
    poller,
    logger: host.logger,
    ...(onReaderGone && { onReaderGone }),
  });
  const { output, isFifo } = opened;
  if (isFifo && command.rotation !== undefined) {
    void output.close();
    throw new UsageError(
      "-C and -G begin new files, and -w names a FIFO: write to a file, or leave them out",
    );
  }
  void output.closed.then(() => host.requestStop());
  const before = lossesOf(ledger);
  return new CaptureFile(opened, {
    sensor: Deno.hostname(),
    ledger: () => rowsSince(ledger, before),
  });
}

function lossesOf(ledger: SenderLedger): ReadonlyMap<number, number> {
  return new Map(
    Array.from(
      ledger.groups,
      ([group, { kernel_dropped }]) => [group, kernel_dropped],
    ),
  );
}

/** The counts of all groups; what was lost before counts in words only. */
function rowsSince(
  ledger: SenderLedger,
  before: ReadonlyMap<number, number>,
): SensorLedger[] {
  return captureLedgerRows(Deno.hostname(), ledger.groups).map((row) => ({
    ...row,
    lost: row.lost - (before.get(row.group ?? 0) ?? 0),
  }));
}

function removeFile(path: string, logger: Logger): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    const reason = error instanceof Error ? error.message : String(error);
    logger.error(`Cannot remove ${path}: ${reason}`);
  }
}
