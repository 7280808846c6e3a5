#!/usr/bin/env -S deno run --quiet --no-prompt -P=extcap
// nflog-extcap: shows NFLOG groups of this host, and the window of a receiver, as interfaces in Wireshark.

import { parseDumpCommand } from "../lib/cli/dump_command.ts";
import {
  type CaptureRequest,
  EXTCAP_DEFINITION,
  type ExtcapCommand,
} from "../lib/cli/extcap_command.ts";
import {
  formatConfig,
  formatInterfaces,
  formatLinkTypes,
} from "../lib/cli/extcap_interfaces.ts";
import { parseQueryCommand } from "../lib/cli/query_command.ts";
import { UsageError } from "../lib/cli/usage_error.ts";
import { VERSION } from "../lib/cli/version.ts";
import { FilterCompiler } from "../lib/libpcap/filter_compiler.ts";
import { FilterError } from "../lib/libpcap/filter_error.ts";
import { holdFifo } from "./wiring/hold_fifo.ts";
import { type Host, runInProcess } from "./wiring/host.ts";

import { dump } from "./nflog_pcap_dump.ts";
import { query } from "./nflog_pcap_query.ts";

/**
 * Answers what Wireshark asks, or captures for it.
 *
 * @param command What it asks.
 * @param host The process it runs in.
 */
export async function extcap(
  { request }: ExtcapCommand,
  host: Host,
): Promise<void> {
  switch (request.kind) {
    case "interfaces":
      return host.print(formatInterfaces(VERSION.number));
    case "dlts":
      return host.print(formatLinkTypes());
    case "config":
      return host.print(formatConfig(request.interface));
    case "check":
      return host.print(await findFault(request.filter));
    case "capture": {
      const held = holdFifo(request.fifo, host.stop);
      try {
        return await capture(request, host);
      } catch (error) {
        await held;
        throw error;
      }
    }
  }
}

async function capture(
  { program, args, problem }: CaptureRequest,
  host: Host,
): Promise<void> {
  if (problem !== undefined) throw new UsageError(problem);
  const quiet = hush(host);
  if (program === "query") return await query(parseQueryCommand(args), quiet);
  const command = parseDumpCommand(args);
  await dump(command, quiet, () => host.requestStop());
}

/** What Wireshark shows beside a filter that it may not use; nothing for a right one. */
async function findFault(filter: string): Promise<string> {
  if (filter === "") return "";
  await using compiler = new FilterCompiler();
  try {
    using _filter = await compiler.compile(filter);
    return "";
  } catch (error) {
    if (error instanceof FilterError) return `${error.message}\n`;
    throw error;
  }
}

/** Wireshark shows all that is written to standard error as if something was wrong. */
function hush(host: Host): Host {
  const { logger } = host;
  const nothing = (): void => undefined;
  return {
    logger: { ...logger, info: nothing },
    stop: host.stop,
    instance: host.instance,
    requestStop: () => host.requestStop(),
    reportWith: nothing,
    reloadWith: (reload) => host.reloadWith(reload),
    snapshot: () => host.snapshot(),
    giveUpNetwork: () => host.giveUpNetwork(),
    ready: () => host.seal(),
    seal: () => host.seal(),
    print: (text) => host.print(text),
  };
}

if (import.meta.main) {
  await runInProcess({ definition: EXTCAP_DEFINITION, run: extcap });
}
