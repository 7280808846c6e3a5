// Readers of the receiver's FIFO that are slow, killed in the middle of a record, or away.
import { pause } from "../../lib/roles/pause.ts";
import { runCommand, RunningProcess } from "../helpers/process.ts";
import { settle } from "./account.ts";
import type { Fault, Outcome } from "./fault.ts";
import { finish } from "./finish.ts";
import type { Run } from "./run.ts";
import { Scene } from "./scene.ts";

/** A receiver that writes to a FIFO, and a sender. */
interface FifoScene {
  scene: Scene;
  fifo: string;
  receiver: Run;
  sender: Run;
}

async function openFifoScene(buffer: number): Promise<FifoScene> {
  const scene = await Scene.open("one host");
  const fifo = scene.path("fifo");
  await runCommand({ program: "mkfifo", args: [fifo] });
  const receiver = await scene.startReceiver(["--output-buffer", `${buffer}`], {
    destination: fifo,
    files: [],
  });
  return { scene, fifo, receiver, sender: await scene.startSender() };
}

/** Starts a program that reads the FIFO into a file, which counts as delivered. */
function read(
  { scene, fifo, receiver }: FifoScene,
  options: { program?: string; file: string },
): RunningProcess {
  const { program = "exec cat <&3", file } = options;
  const path = scene.path(file);
  receiver.files.push(path);
  const script = `exec 3<"$0"; { ${program}; } > "$1"`;
  const args = ["-c", script, fifo, path];
  return scene.use(new RunningProcess({ program: "sh", args }));
}

/** Ends the programs, the reader too, which reads to the end. */
async function finishReading(
  { scene, receiver, sender }: FifoScene,
  reader: RunningProcess,
): Promise<Outcome> {
  await finish([sender], receiver);
  await reader.finish();
  return { account: await settle(scene) };
}

async function slow(): Promise<Outcome> {
  const opened = await openFifoScene(1);
  await using scene = opened.scene;
  // Twenty parts of 64 KiB a second, until all of the load has come; then as fast as it goes.
  const program = '(while [ ! -e "$0.fast" ] && head -c 65536 <&3; do ' +
    'read -t 0.05 _ <&4; done; exec cat <&3) 4<>"$0.clock"';
  await runCommand({ program: "mkfifo", args: [scene.path("fifo.clock")] });
  const path = scene.path("slow.pcap");
  opened.receiver.files.push(path);
  await using reader = new RunningProcess({
    program: "bash",
    args: ["-c", `exec 3<"$0"; ${program} > "$1"`, opened.fifo, path],
  });
  await scene.load({ count: 60_000, rate: 12_000 });
  await opened.receiver.until(({ received }) => received === 60_000);
  await Deno.writeTextFile(scene.path("fifo.fast"), "");
  return await finishReading(opened, reader);
}

async function killed(): Promise<Outcome> {
  const opened = await openFifoScene(64);
  await using scene = opened.scene;
  const { receiver } = opened;
  // It reads so many bytes, which end within a record, and then no more.
  const first = read(opened, {
    program: "head -c 1000003 <&3; echo full >&2; exec tail -f /dev/null",
    file: "killed.cut",
  });
  const replace = async (): Promise<RunningProcess> => {
    await first.waitForLine(/^full$/);
    await receiver.until(({ received = 0 }) => received > 20_000);
    await first.stop("SIGKILL");
    await receiver.saying(/The reader of \S+ left/);
    return read(opened, { file: "next.pcap" });
  };
  const [, reader] = await Promise.all([
    scene.load({ count: 60_000, rate: 30_000 }),
    replace(),
  ]);
  return await finishReading(opened, reader);
}

/** How long nobody reads, in milliseconds. */
const ABSENCE = 20_000;

async function absent(): Promise<Outcome> {
  const opened = await openFifoScene(4);
  await using scene = opened.scene;
  const { receiver } = opened;
  const first = read(opened, { file: "first.cut" });
  await scene.load({ count: 2000, rate: 10_000 });
  await receiver.until(({ written }) => written === 2000);
  await first.stop("SIGKILL");
  await receiver.saying(/The reader of \S+ left/);
  await Promise.all([
    scene.load({ count: 30_000, rate: 2000 }),
    pause(ABSENCE),
  ]);
  await receiver.until(({ received }) => received === 32_000);
  return await finishReading(opened, read(opened, { file: "next.pcap" }));
}

/** The faults of a FIFO's reader. */
export const FIFO: readonly Fault[] = [
  { name: "fifo-slow", title: "FIFO reader five times too slow", run: slow },
  {
    name: "fifo-killed",
    title: "FIFO reader killed -9 in the middle of a record, another started",
    quick: true,
    run: killed,
  },
  { name: "fifo-absent", title: "FIFO without a reader for 20 s", run: absent },
];
