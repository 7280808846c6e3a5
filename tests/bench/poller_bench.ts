// deno-lint-ignore-file no-console -- a bench prints what it measures
// What a wake-up costs: wake-ups a second and CPU each, for several rates and pauses. `deno run -A tests/bench/poller_bench.ts`
import process from "node:process";
import { Poller } from "../../lib/libc/poller.ts";
import { loadLibc } from "../../lib/libc/load.ts";

const SECONDS = 2;

const libc = loadLibc({
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
});

/** User and system time of this process so far, in milliseconds. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Starts a process that adds 1 to an eventfd at a given rate: the descriptor is found through /proc, no traffic of ours. */
function startTicker(descriptor: number, rate: number): Deno.ChildProcess {
  const source = `
import os, struct, sys, time
fd = os.pidfd_open(${Deno.pid})
import ctypes
target = ctypes.CDLL(None, use_errno=True).syscall(438, fd, ${descriptor}, 0)
one = struct.pack("Q", 1)
start = time.monotonic()
n = 0
while True:
    now = time.monotonic() - start
    if now > ${SECONDS + 1}: break
    while n < now * ${rate}:
        os.write(target, one); n += 1
    time.sleep(max(0, n / ${rate} - (time.monotonic() - start)))
`;
  return new Deno.Command("python3", { args: ["-c", source] }).spawn();
}

async function measure(rate: number, coalesce: number): Promise<void> {
  const descriptor = libc.symbols.eventfd(0, 0o4000);
  const counter = new Uint8Array(8);
  const ticker = startTicker(descriptor, rate);
  const end = performance.now() + SECONDS * 1000;
  {
    await using poller = Poller.open({ coalesce });
    await poller.wait(descriptor, "read");
    const cpu = cpuTime();
    const before = poller.wakeUps;
    const start = performance.now();
    while (performance.now() < end) {
      libc.symbols.read(descriptor, counter, 8n);
      await poller.wait(descriptor, "read");
    }
    const wakeUps = poller.wakeUps - before;
    const elapsed = (performance.now() - start) / 1000;
    const spent = cpuTime() - cpu;
    console.log(
      `${String(rate).padStart(6)} events/s, coalesce ${coalesce} ms: ` +
        `${(wakeUps / elapsed).toFixed(0).padStart(6)} wake-ups/s, ` +
        `${(spent * 1000 / wakeUps).toFixed(1).padStart(6)} us CPU each, ` +
        `${(spent / elapsed / 10).toFixed(2).padStart(5)} % of a core`,
    );
  }
  await ticker.status;
  libc.symbols.close(descriptor);
}

if (import.meta.main) {
  for (const rate of [100, 400, 2000, 5000]) {
    for (const coalesce of [0, 1, 2, 5]) await measure(rate, coalesce);
  }
}
libc.close();
