#!/usr/bin/env -S deno run --quiet --no-prompt -P=dump
// nflog-pcap-dump: prints or writes the packets that the firewall logs on this host.

import { DUMP_DEFINITION, type DumpCommand } from "../lib/cli/dump_command.ts";
import { UsageError } from "../lib/cli/usage_error.ts";
import { Poller } from "../lib/libc/poller.ts";
import { dropPrivileges } from "../lib/libc/privileges.ts";
import { FilterCompiler } from "../lib/libpcap/filter_compiler.ts";
import { FilterError } from "../lib/libpcap/filter_error.ts";
import type { PacketFilter } from "../lib/libpcap/packet_filter.ts";
import { SenderLedger } from "../lib/metrics/sender_ledger.ts";
import { MAX_COPY_RANGE } from "../lib/nflog/constants.ts";
import type { CaptureTotals } from "../lib/metrics/stats_report.ts";
import { OwnPeers } from "../lib/nflog/own_peers.ts";
import { BuilderPool } from "../lib/roles/builder_pool.ts";
import { runDump } from "../lib/roles/dump.ts";
import { DumpSelection } from "../lib/roles/dump_selection.ts";
import type { DumpWriter } from "../lib/roles/dump_writer.ts";
import { OffloadStage } from "../lib/roles/offload_stage.ts";
import { openDumpWriter } from "./wiring/dump_writer.ts";
import { type Counts, type Host, runInProcess } from "./wiring/host.ts";
import { openPacketSource } from "./wiring/packet_source.ts";
import { openPrinter } from "./wiring/printer.ts";

/** Batches in hand at a time, 256 KiB each: what the kernel goes on with while packets are written. */
const BUILDERS = 16;

/** What a dump counts with. */
interface Counting {
  ledger: SenderLedger;
  selection: DumpSelection;
  offload: OffloadStage;
  writer: DumpWriter | undefined;
}

/**
 * Runs the dump until its source ends, there are enough packets, or the host says stop.
 *
 * @param command What it is told to do.
 * @param host The process it runs in.
 * @param onReaderGone Told when Wireshark, which reads the FIFO that is written, has gone. @default {undefined} Another reader may come.
 */
export async function dump(
  command: DumpCommand,
  host: Host,
  onReaderGone?: () => void,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const poller = stack.use(Poller.open());
  host.stop.addEventListener("abort", () => poller.wake());
  const { maxPackets, snaplen } = command;
  const filter = await compileFilter(command.filter, stack);
  const selection = new DumpSelection({ maxPackets, snaplen, filter });
  const offload = new OffloadStage(command);
  const ledger = new SenderLedger();
  const pool = new BuilderPool(BUILDERS);
  const source = await openPacketSource(
    { ...command, copyRange: copyRangeOf(command, offload) },
    host,
    { poller, pool, ledger, own: new OwnPeers(), stack },
  );
  if (command.user !== undefined) dropPrivileges(command.user);
  const surroundings = { poller, ledger, onReaderGone };
  const writer = openDumpWriter(command, host, surroundings);
  const counting = { ledger, selection, offload, writer };
  host.reportWith(() => countsOf(counting));
  host.ready("Dumping");
  const print = openPrinter(command.print, host);
  try {
    const signal = host.stop;
    await runDump({
      ...{ source: source.stream, pool, print, signal, ...counting },
    });
  } finally {
    await writer?.end();
  }
  if (command.logFormat === "text") printSummary(counting);
}

/** Cut packets can have no checksums completed: then they are cut afterwards. */
function copyRangeOf({ snaplen }: DumpCommand, offload: OffloadStage): number {
  const isWhole = offload.counters !== undefined;
  return isWhole ? MAX_COPY_RANGE : Math.min(snaplen, MAX_COPY_RANGE);
}

async function compileFilter(
  expression: string | undefined,
  stack: AsyncDisposableStack,
): Promise<PacketFilter | undefined> {
  if (expression === undefined) return undefined;
  const compiler = stack.use(new FilterCompiler());
  try {
    return stack.use(await compiler.compile(expression));
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw new UsageError(error.message);
  }
}

function countsOf(counting: Counting): Counts {
  const { ledger, selection, offload, writer } = counting;
  return {
    totals: {
      ...captureTotalsOf(ledger.totals),
      ...selection.counters,
      ...writer?.counters,
      ...offload.counters,
    },
    groups: Object.fromEntries(
      Array.from(
        ledger.groups,
        ([group, totals]) => [group, captureTotalsOf(totals)],
      ),
    ),
  };
}

function captureTotalsOf(totals: CaptureTotals): CaptureTotals {
  const { captured, captured_bytes, own_dropped, kernel_dropped } = totals;
  return { captured, captured_bytes, own_dropped, kernel_dropped };
}

/** The lines that tcpdump ends with. */
function printSummary({ ledger, selection }: Counting): void {
  const { captured, kernel_dropped } = ledger.totals;
  const count = (packets: number, what: string): string =>
    `${packets} packet${packets === 1 ? "" : "s"} ${what}\n`;
  const text = count(selection.counters.dumped, "captured") +
    count(captured, "received by filter") +
    count(kernel_dropped, "dropped by kernel");
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) {
  await runInProcess({ definition: DUMP_DEFINITION, run: dump });
}
