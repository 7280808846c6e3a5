// The whole pipe on the real kernel: rules, load, both programs, and a judge, in namespaces of their own.
import { checkFlood } from "../helpers/flood_check.ts";
import type { FloodExpectation } from "../helpers/flood_judge.ts";
import type { Namespace } from "../helpers/namespace.ts";
import {
  type FinishedProgram,
  type ProgramOptions,
  type RunningProgram,
  startProgram,
  type Stats,
} from "../helpers/programs.ts";
import { type CommandLine, runCommand } from "../helpers/process.ts";

/** Where frames go in these tests; every namespace has its own. */
export const ENDPOINT = "tcp://127.0.0.1:5555";

/** NFLOG group of these tests. */
export const GROUP = 5;

/** UDP port that floods go to. */
export const PORT = 9999;

/** nftables rules that log what goes to {@linkcode PORT} as it comes in, and drop it. */
export function inputRules(log = `log group ${GROUP}`): string {
  return `table inet t {
  chain c {
    type filter hook input priority 0
    udp dport ${PORT} ${log} drop
  }
}
`;
}

/** Starts a sender and waits until everything is open. */
export function startSender(
  args: readonly string[],
  options: ProgramOptions,
): Promise<RunningProgram> {
  return startProgram("send", args, { ...options, ready: /\bSending\b/ });
}

/** Starts a receiver and waits until it listens. */
export function startReceiver(
  args: readonly string[],
  options: ProgramOptions,
): Promise<RunningProgram> {
  return startProgram("recv", args, { ...options, ready: /\bReceiving\b/ });
}

/** Packets of a flood, as many and as fast as asked for. */
export interface FloodArgs {
  count: number;
  size?: number;
  rate?: number;
  first?: number;
  to?: string;
}

const FLOOD = new URL("../helpers/flood.ts", import.meta.url).pathname;

/** The command that sends a flood. */
export function floodCommand(
  { count, size = 100, rate = 0, first = 0, to = `127.0.0.1:${PORT}` }:
    FloodArgs,
): Required<Pick<CommandLine, "program" | "args">> {
  const args = [
    ...["run", "--quiet", "--cached-only", "--allow-ffi", FLOOD],
    ...["--count", String(count), "--size", String(size)],
    ...["--rate", String(rate), "--first", String(first), "--to", to],
  ];
  return { program: Deno.execPath(), args };
}

/** Sends a flood from inside a namespace, and returns when the last packet is out. */
export async function flood(
  namespace: Namespace,
  flood: FloodArgs,
): Promise<void> {
  const { program, args } = floodCommand(flood);
  await namespace.run(program, args);
}

/** Asks for totals again and again until they are as wanted; the bound is that of each question. */
export async function untilTotals(
  program: RunningProgram,
  wanted: (stats: Stats) => boolean,
): Promise<Stats> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const stats = await program.totals();
    if (wanted(stats)) return stats;
    if (performance.now() > deadline) {
      const said = program.process.stderrText.slice(0, 2000);
      throw new Error(
        `Cannot wait any longer for other totals: ${
          JSON.stringify(stats)
        }\n${said}`,
      );
    }
  }
}

/** A counter of a program, which must be there. */
export function count(stats: Stats | undefined, name: string): number {
  const value = stats?.totals[name];
  if (value === undefined) {
    throw new Error(`Cannot find ${name} in ${JSON.stringify(stats)}`);
  }
  return value;
}

/** Ends a sender as an operator would, then the receiver when it has all that was sent. */
export async function stopPipe(
  sender: RunningProgram,
  receiver: RunningProgram,
): Promise<{ sent: FinishedProgram; received: FinishedProgram }> {
  const sent = await sender.stop();
  const total = count(sent.stats, "sent");
  await untilTotals(receiver, (stats) => accounted(stats) >= total);
  return { sent, received: await receiver.stop() };
}

/** Packets that a receiver knows to have been sent. */
export function accounted(stats: Stats): number {
  let before = 0;
  for (const sensor of Object.values(stats.sensors ?? {})) {
    before += sensor["sent_before"] ?? 0;
  }
  return before + count(stats, "received") + count(stats, "lost_in_transit");
}

/** Judges a capture file of a flood with our own reader, and tells what is wrong with it. */
export function judge(
  path: string,
  expected: FloodExpectation,
): { missing: number; wrong: number; packets: number } {
  const verdict = checkFlood(path, { port: PORT, ...expected });
  const { missing, packets, duplicated, reordered, damaged, foreign } = verdict;
  const wrong = duplicated + reordered + damaged + foreign;
  return { missing, packets, wrong };
}

/** What tshark and capinfos, which we did not write, say of a capture file. */
export async function otherJudges(path: string): Promise<{
  capinfos: string;
  /** One line a packet: IP length, UDP length, first bytes of the payload. */
  tshark: string[];
}> {
  const capinfos = await runCommand({
    program: "capinfos",
    args: ["-c", "-E", "-M", path],
  });
  const fields = ["ip.len", "ipv6.plen", "udp.length", "udp.payload"];
  const tshark = await runCommand({
    program: "tshark",
    args: [
      ...["-r", path, "-T", "fields"],
      ...fields.flatMap((field) => ["-e", field]),
    ],
  });
  return { capinfos, tshark: tshark.trimEnd().split("\n") };
}
