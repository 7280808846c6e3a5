// The wall clock of both programs is set by an hour, forward and back, while the sender keeps to a rate.
//
// The clock of the machine stays as it is: libfaketime stands before the C library in the two processes, and gives another time to whoever asks the runtime
// for it (Date, log lines, timers that would use it); the monotonic clock is the kernel's own.
import { pause } from "../../lib/roles/pause.ts";
import { settle } from "./account.ts";
import type { Fault, Outcome } from "./fault.ts";
import { finish } from "./finish.ts";
import type { Run } from "./run.ts";
import { Scene } from "./scene.ts";

/** How long each of the three clocks is watched, in milliseconds. */
const PHASE = 3000;

/** What the rate may differ by from phase to phase: a busy machine is uneven, and a wrong clock would stop the stream or let all of it through. */
const TOLERANCE = 0.5;

/** Where libfaketime is on Debian, and on systems with one folder for all of an architecture's libraries. */
const LIBRARIES: readonly string[] = [
  `/usr/lib/${Deno.build.arch}-linux-gnu`,
  "/usr/lib64",
  "/usr/lib",
].map((folder) => `${folder}/faketime/libfaketime.so.1`);

function findLibrary(): string {
  for (const path of LIBRARIES) {
    try {
      Deno.statSync(path);
      return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error("Cannot set a clock: install faketime (apt-get)");
}

/** Packets a second that a sender sends, and how far its clock is from ours, in hours. */
async function watch(sender: Run): Promise<{ rate: number; hours: number }> {
  const { sent: before = NaN } = (await sender.totals()).totals;
  const start = performance.now();
  await pause(PHASE);
  const { totals: { sent = NaN }, time = "" } = await sender.totals();
  const seconds = (performance.now() - start) / 1000;
  const hours = Math.round((Date.parse(time) - Date.now()) / 3_600_000);
  return { rate: Math.round((sent - before) / seconds), hours };
}

async function run(): Promise<Outcome> {
  await using scene = await Scene.open("one host");
  const clock = scene.path("clock");
  await Deno.writeTextFile(clock, "+0\n");
  const env = {
    LD_PRELOAD: findLibrary(),
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  const receiver = await scene.startReceiver([], { env });
  const sender = await scene.startSender(
    ["--rate-control", "--lwm", "0", "--hwm", "1", "--wm-interval", "0.5"],
    { env },
  );
  const phases: { rate: number; hours: number }[] = [];
  const step = async (): Promise<void> => {
    await receiver.until(({ received = 0 }) => received > 5000);
    for (const offset of ["+0", "+1h", "-1h"]) {
      await Deno.writeTextFile(clock, `${offset}\n`);
      phases.push(await watch(sender));
    }
  };
  await scene.loadDuring({ count: 40_000, rate: 8000 }, step());
  await finish([sender], receiver);
  const account = await settle(scene);
  checkPhases(phases, account.faults);
  const told = phases.map(({ rate, hours }) => `${rate}/s at ${hours} h`);
  return { account, remark: `sent ${told.join(", ")}` };
}

function checkPhases(
  phases: readonly { rate: number; hours: number }[],
  faults: string[],
): void {
  const hours = phases.map(({ hours }) => hours);
  if (`${hours}` !== "0,1,-1") faults.push(`the clock stood at ${hours} h`);
  const [first] = phases;
  for (const { rate } of phases) {
    const normal = first?.rate ?? NaN;
    if (!(Math.abs(rate - normal) < TOLERANCE * normal)) {
      faults.push(`the rate went from ${normal}/s to ${rate}/s`);
    }
  }
}

/** The fault of a clock that is set. */
export const CLOCK: readonly Fault[] = [{
  name: "clock",
  title: "clock set an hour forward, then two back, while dropping for a rate",
  run,
}];
