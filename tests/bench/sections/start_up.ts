import { type CommandLine, RunningProcess } from "../../helpers/process.ts";
import { programCommand } from "../../helpers/programs.ts";
import {
  type BenchContext,
  type BenchSection,
  type BenchTable,
  median,
} from "../section.ts";

const COMMANDS: readonly (readonly [string, CommandLine])[] = [
  ["nflog-zmq-send --help", programCommand("send", ["--help"])],
  ["nflog-pcap-recv --help", programCommand("recv", ["--help"])],
  ["tcpdump --version", { program: "tcpdump", args: ["--version"] }],
];
const RUNS = 10;

/** Time from nothing to the end of a program that only says something about itself. */
export const startUpSection: BenchSection = {
  name: "start-up",
  title: "start-up time of the programs, beside tcpdump's",
  run,
};

async function run(context: BenchContext): Promise<BenchTable> {
  const times = COMMANDS.map((): number[] => []);
  const runs = context.quick ? RUNS / 5 : RUNS * context.rounds;
  context.say(`${runs} runs of each program`);
  for (let done = 0; done <= runs; done++) {
    for (const [index, [name, command]] of COMMANDS.entries()) {
      const start = performance.now();
      await using running = new RunningProcess(command);
      const { code, stderr } = await running.finish();
      if (code !== 0) throw new Error(`Cannot run ${name}: ${stderr}`);
      // The first run of each fills the caches.
      if (done > 0) times[index]?.push(performance.now() - start);
    }
  }
  return {
    columns: ["command", "median ms", "worst ms"],
    rows: COMMANDS.map(([name], index) => {
      const taken = times[index] ?? [];
      return [name, median(taken), Math.max(...taken)];
    }),
    notes: [`${runs} runs of each in turn, from the start to the exit.`],
  };
}
