// Answers of half a GiB to clients that are slower than the stream: nothing of the stream is lost by it, and nothing of the answers.
import { deepEqual, equal, ok } from "node:assert/strict";
import { RECORD } from "../../lib/pcap/constants.ts";
import { runCommand, RunningProcess } from "../helpers/process.ts";
import { programCommand } from "../helpers/programs.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { ZmtpReader } from "../helpers/zmtp_reader.ts";
import { connectStuckClient } from "../zmq/plain_sockets.ts";
import { startReceiver, untilTotals } from "./pipe.ts";

const BENCH = new URL("../bench/", import.meta.url).pathname;
const MIB = 1024 * 1024;
const HEADER_SIZE = 24;
const RECORD_SIZE = RECORD.SIZE + 100;
/** As many packets as fill the window. */
const FILLING = Math.ceil(512 * MIB / RECORD_SIZE * 1.02);
/** Packets that arrive between two parts of the answers that are read, and how often. */
const STEP = 100_000;
const STEPS = 4;
/** Nobody is given up here, however busy the machine is. */
const PATIENCE = "120";

function script(name: string, args: string[]): RunningProcess {
  return new RunningProcess({
    program: Deno.execPath(),
    args: ["run", "--quiet", "--cached-only", "-A", `${BENCH}${name}`, ...args],
    stdin: "piped",
  });
}

/** Reads on until so many bytes have come, or the answer ends. */
type ReadOn = (bytes: number) => Promise<number>;

/** Asks as any REQ client does; the answer comes as one message. */
async function askPlainly(port: number): Promise<ReadOn & Disposable> {
  const connection = await connectStuckClient(port);
  const reader = new ZmtpReader(connection);
  const readOn: ReadOn = async (bytes) => {
    while (reader.bytes < bytes && !reader.isEnded) await reader.read();
    return reader.bytes;
  };
  return Object.assign(readOn, {
    [Symbol.dispose]: () => connection.close(),
  });
}

/** Asks as operators do, through a pipe that is read as slowly. */
function askByProgram(endpoint: string): ReadOn & AsyncDisposable {
  const { program, args } = programCommand("query", [
    ...["--timeout", PATIENCE, endpoint],
  ]);
  const child = new Deno.Command(program, {
    args: [...args ?? []],
    ...{ stdin: "null", stdout: "piped", stderr: "null" },
  }).spawn();
  const reader = child.stdout.getReader();
  let got = 0;
  const readOn: ReadOn = async (bytes) => {
    while (got < bytes) {
      const { done, value } = await reader.read();
      if (done) break;
      got += value.byteLength;
    }
    return got;
  };
  return Object.assign(readOn, {
    async [Symbol.asyncDispose](): Promise<void> {
      await reader.cancel();
      equal((await child.status).code, 0);
    },
  });
}

Deno.test("answers of half a GiB to slow clients, while 100,000 packets/s arrive, lose nothing", async () => {
  using directory = openTempDir();
  const fifo = directory.join("fifo");
  await runCommand({ program: "mkfifo", args: [fifo] });
  await using reader = script("delay_reader.ts", [fifo]);
  const data = `ipc://${directory.join("data")}`;
  await using receiver = await startReceiver([
    ...["--buffer-interface", "tcp://127.0.0.1:*", "--buffer-window", "512"],
    // Where the machine is so busy that the reader of the FIFO has to wait, packets wait for it.
    ...["--buffer-timeout", PATIENCE, "--output-buffer", "1024", data, fifo],
  ], {});
  const endpoint = /asked_at=(\S+)/.exec(receiver.process.stderrText)?.[1] ??
    "";
  const phases = Array.from(
    { length: STEPS },
    (_, index) => `${index + 1}:${STEP}:100000`,
  );
  await using load = script("frame_load.ts", [
    ...[data, "100", `0:${FILLING}:0`, ...phases],
  ]);
  const input = load.stdin.getWriter();
  const sent = (phase: number): Promise<string> =>
    load.waitForLine(new RegExp(`^sent ${phase}$`), {
      ...{ from: "stdout", timeout: 120_000 },
    });
  await sent(0);
  await untilTotals(receiver, ({ totals }) => totals["received"] === FILLING);
  const { window } = JSON.parse(
    await runCommand(programCommand("query", ["--stats", "--json", endpoint])),
  );
  const size = HEADER_SIZE + window.held_packets * RECORD_SIZE;
  ok(size > 500 * MIB, `${size}`);
  using plain = await askPlainly(Number(endpoint.split(":").at(-1)));
  await using ours = askByProgram(endpoint);
  await Promise.all([plain(HEADER_SIZE), ours(HEADER_SIZE)]);
  for (let step = 1; step <= STEPS; step++) {
    await input.write(Uint8Array.of(10));
    await sent(step);
    const share = Math.floor(size * step / (STEPS + 1));
    await Promise.all([plain(share), ours(share)]);
  }
  await input.close();
  await load.finish();
  deepEqual(await Promise.all([plain(Infinity), ours(Infinity)]), [size, size]);
  const all = FILLING + STEPS * STEP;
  const { totals } = await untilTotals(
    receiver,
    ({ totals }) => totals["written"] === all,
  );
  const { received, lost_in_transit, stalled_dropped } = totals;
  deepEqual([received, lost_in_transit, stalled_dropped], [all, 0, 0]);
  await receiver.stop();
  const { stdout } = await reader.finish();
  const seen: Record<string, { packets: number }> = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  deepEqual(
    Object.values(seen).map(({ packets }) => packets),
    [FILLING, ...phases.map(() => STEP)],
  );
});
