// Where every packet of a scenario went: by the kernel's counter, the programs' own counts, and a reader of the captures that is none of theirs.
import { readFlood } from "../helpers/flood_check.ts";
import { FloodJudge, type FloodVerdict } from "../helpers/flood_judge.ts";
import { PORT } from "../integration/pipe.ts";
import { Checks } from "./checks.ts";
import { countReceivers, totalsOf } from "./received.ts";
import type { Run } from "./run.ts";
import { countSenders } from "./sent.ts";
import { PACKET_SIZE, type Scene } from "./scene.ts";

/** Counters of the programs that can hold a packet which did not arrive. */
export const CAUSES = [
  "kernel_dropped",
  "own_dropped",
  "rate_dropped",
  "queue_dropped",
  "relay_dropped",
  "lost_in_transit",
  "stalled_dropped",
  "lost_between_runs",
  "lost_with_process",
  "lost_unseen",
  "logged_to_nobody",
] as const;

/** Packets by why they did not arrive. */
export type Causes = Record<typeof CAUSES[number], number>;

/** Where every packet went. */
export interface Account {
  /** Packets that the kernel logged, by the counter of its rule. */
  logged: number;
  /** Packets in the captures, by a reader of our own. */
  delivered: number;
  /** Packets that did not arrive. */
  causes: Causes;
  /** Logged, less delivered, less all causes. */
  difference: number;
  /** Every equation that did not hold, and every packet that was not right; empty if all is well. */
  faults: string[];
  /** Numbers of the load's packets that are in no capture. */
  gaps: [start: number, end: number][];
}

/** What no program can tell, by the kernel's counter. */
export interface AccountOptions {
  /** Packets that went with a process. @default {0} */
  lostWithProcess?: number;
  /** Packets that the kernel dropped after the last one that it delivered, so that no number tells of them. @default {0} */
  lostUnseen?: number;
  /** Packets that the rule counted when no sender had its group any more. @default {0} */
  loggedToNobody?: number;
  /** Whether packets of several senders may overtake each other. @default {"as sent"} */
  order?: "as sent" | "any";
}

/**
 * Accounts for every packet of a scene whose runs have all ended.
 *
 * @param scene The scene.
 * @param options What is known otherwise.
 */
export async function settle(
  scene: Scene,
  {
    lostWithProcess = 0,
    loggedToNobody = 0,
    lostUnseen = 0,
    order = "as sent",
  }: AccountOptions = {},
): Promise<Account> {
  const checks = new Checks();
  const logged = await scene.logged();
  checks.equal("packets of the load and of the rule", scene.loaded, logged);
  const judge = new FloodJudge({
    count: Math.max(scene.loaded, 1),
    size: PACKET_SIZE,
    port: PORT,
  });
  const delivered = scene.receivers.map((run) => judgeRun(run, judge, checks));
  const verdict = judge.verdict();
  checkVerdict(verdict, order, checks);
  const causes: Causes = {
    ...countSenders(scene, checks),
    ...countReceivers(scene, delivered, checks),
    lost_with_process: lostWithProcess,
    lost_unseen: lostUnseen,
    logged_to_nobody: loggedToNobody,
  };
  for (const [name, packets] of Object.entries(causes)) {
    if (packets < 0) checks.faults.push(`${name} is ${packets}`);
  }
  return {
    logged,
    delivered: verdict.packets,
    causes,
    difference: logged - verdict.packets - sumOf(causes),
    faults: checks.faults,
    gaps: judge.gaps(),
  };
}

function sumOf(causes: Causes): number {
  return Object.values(causes).reduce((sum, packets) => sum + packets, 0);
}

/** Reads what a receiver wrote; gives the packets. */
function judgeRun(run: Run, judge: FloodJudge, checks: Checks): number {
  const before = judge.verdict().packets;
  for (const file of run.files) {
    const rest = readFlood(file, judge);
    // Only who is killed leaves half a record behind, and a reader of a FIFO that was killed itself.
    const mayBeCut = run.stats === undefined || file.endsWith(".cut");
    if (rest > 0 && !mayBeCut) checks.faults.push(`${file} ends in a record`);
  }
  const packets = judge.verdict().packets - before;
  if (run.stats !== undefined) {
    const { received, stalled_dropped, written } = totalsOf(run.stats);
    checks.equal("written and packets in the captures", written, packets);
    checks.equal("received", received, written + stalled_dropped);
  }
  return packets;
}

function checkVerdict(
  { duplicated, reordered, damaged, foreign }: FloodVerdict,
  order: "as sent" | "any",
  checks: Checks,
): void {
  const overtaken = order === "any" ? 0 : reordered;
  const wrong = { duplicated, overtaken, damaged, foreign };
  for (const [what, packets] of Object.entries(wrong)) {
    checks.equal(`${what} packets`, packets, 0);
  }
}
