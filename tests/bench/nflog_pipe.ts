// The pipe under test: nflog-zmq-send and nflog-pcap-recv, run as an operator runs them.

import type { RunningProcess } from "../helpers/process.ts";
import { programCommand } from "../helpers/programs.ts";
import type {
  Pipe,
  PipePlace,
  PipeReport,
  RunningPipe,
} from "./measured_pipe.ts";
import { GROUP } from "./test_bed.ts";

/** How to run both programs. */
export interface NflogPipeOptions {
  /** What it is called in the table. */
  name: string;
  /**
   * More options for nflog-zmq-send.
   *
   * @default {[]}
   */
  send?: readonly string[];
  /**
   * More options for nflog-pcap-recv.
   *
   * @default {[]}
   */
  receive?: readonly string[];
  /**
   * Bytes that the receiver's format adds to a packet, where each has as many.
   *
   * @default {16, those of a classic pcap record}
   */
  recordOverhead?: number | "varies";
  /**
   * Gives the command line of a program.
   *
   * @default {that of its source}
   */
  command?: typeof programCommand;
}

const ENDPOINT = "tcp://127.0.0.1:7101";
const PCAP_RECORD_OVERHEAD = 16;
/** Longer than the sender's linger of ten seconds. */
const STOP_TIMEOUT = 30_000;
let pipes = 0;

/**
 * Describes a pair of programs, for {@linkcode measurePipe}.
 *
 * @param options How to run them.
 * @returns The pipe.
 */
export function nflogPipe(options: NflogPipeOptions): Pipe {
  return {
    name: options.name,
    start: (place) => startNflogPipe(options, place),
  };
}

async function startNflogPipe(
  options: NflogPipeOptions,
  { bed, fifo, folder }: PipePlace,
): Promise<RunningPipe> {
  const { command = programCommand } = options;
  await using stack = new AsyncDisposableStack();
  const number = pipes++;
  const sendStats = `${folder}/send${number}.json`;
  const receiveStats = `${folder}/recv${number}.json`;
  const receiveOptions = [
    "--stats-json",
    receiveStats,
    ...options.receive ?? [],
  ];
  const receive = stack.use(
    bed.spawn(command("recv", [...receiveOptions, ENDPOINT, fifo])),
  );
  const sendOptions = ["--stats-json", sendStats, ...options.send ?? []];
  const send = stack.use(
    bed.spawn(command("send", [...sendOptions, `${GROUP}`, ENDPOINT])),
  );
  await bed.waitForOwner(send);
  const owned = stack.move();
  return {
    processes: [
      { name: "send", process: send },
      { name: "recv", process: receive },
    ],
    stop: async () => {
      await stopWell(send);
      await stopWell(receive);
      const totals = reportOf(readTotals(sendStats), readTotals(receiveStats));
      const { recordOverhead = PCAP_RECORD_OVERHEAD } = options;
      const overhead = recordOverhead === "varies" ? undefined : recordOverhead;
      return { ...totals, recordOverhead: overhead };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/**
 * Ends a program in order.
 *
 * @param process The program.
 * @throws {Error} If it says that something went wrong.
 */
export async function stopWell(process: RunningProcess): Promise<void> {
  const { code, stderr } = await process.stop("SIGTERM", {
    timeout: STOP_TIMEOUT,
  });
  if (code !== 0) {
    throw new Error(`Cannot measure: ${process.title}: ${stderr}`);
  }
}

/** What a program counted, by name. */
export type Totals = Record<string, number>;

/**
 * Reads what a program has counted.
 *
 * @param path The file that it was given as `--stats-json`.
 * @returns Its totals.
 */
export function readTotals(path: string): Totals {
  return JSON.parse(Deno.readTextFileSync(path)).totals;
}

function reportOf(
  sent: Totals,
  received: Totals,
): Pick<PipeReport, "captured" | "lost"> {
  const sum = (totals: Totals, names: readonly string[]) =>
    names.reduce((total, name) => total + (totals[name] ?? 0), 0);
  const lostBefore = [
    "kernel_dropped",
    "own_dropped",
    "rate_dropped",
    "queue_dropped",
  ];
  return {
    captured: received["written"] ?? 0,
    lost: sum(sent, lostBefore) +
      sum(received, ["lost_in_transit", "stalled_dropped"]),
  };
}
