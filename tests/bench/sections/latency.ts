import { runCommand } from "../../helpers/process.ts";
import { nflogPipe } from "../nflog_pipe.ts";
import {
  type BenchContext,
  type BenchSection,
  type BenchTable,
  median,
} from "../section.ts";
import { PORT, TestBed } from "../test_bed.ts";

const PROBE = new URL("../latency_probe.ts", import.meta.url).pathname;
const COUNT = 1000;
const TIMEOUT = 120_000;

/** How long a lone packet is on its way, from the rule to the FIFO's reader. */
export const latencySection: BenchSection = {
  name: "latency",
  title: "a lone packet, from the rule to the FIFO's reader",
  run,
};

async function run(context: BenchContext): Promise<BenchTable> {
  await using bed = await TestBed.open();
  const fifo = `${context.folder}/latency`;
  await runCommand({ program: "mkfifo", args: [fifo] });
  const count = context.quick ? COUNT / 5 : COUNT;
  context.say(`${count} packets, one by one`);
  const probe = [PROBE, fifo, String(PORT), String(count)];
  await using running = bed.spawn({
    program: Deno.execPath(),
    args: ["run", "--quiet", "-A", ...probe],
  });
  const pipe = nflogPipe({ name: "latency" });
  const place = { bed, folder: context.folder, fifo };
  await using started = await pipe.start(place);
  const { code, stdout, stderr } = await running.finish({ timeout: TIMEOUT });
  if (code !== 0) throw new Error(`Cannot measure: ${stderr}`);
  await started.stop();
  const taken: number[] = JSON.parse(new TextDecoder().decode(stdout));
  const sorted = taken.toSorted((a, b) => a - b);
  const share = (part: number) => sorted[Math.floor(sorted.length * part)];
  return {
    columns: ["packets", "median ms", "99 % ms", "worst ms"],
    rows: [[taken.length, median(taken), share(0.99), sorted.at(-1)]],
    notes: [
      "At the defaults: the kernel hands a lone packet over after --libnflog-timeout, 10 ms.",
    ],
  };
}
