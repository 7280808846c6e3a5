// A receiver that stands still: frames wait for it until the sender's queue is full.
import { pause } from "../../lib/roles/pause.ts";
import { settle } from "./account.ts";
import type { Fault, Outcome } from "./fault.ts";
import { finish } from "./finish.ts";
import { Scene } from "./scene.ts";

/** How long it stands still, in milliseconds. */
const STANDSTILL = 10_000;

async function run(): Promise<Outcome> {
  await using scene = await Scene.open("one host");
  const receiver = await scene.startReceiver();
  const sender = await scene.startSender(["--zmq-buffer", "16"]);
  const stop = async (): Promise<void> => {
    await receiver.until(({ received = 0 }) => received > 20_000);
    receiver.freeze();
    await pause(STANDSTILL);
    receiver.thaw();
  };
  await Promise.all([
    scene.load({ count: 260_000, rate: 20_000 }),
    stop(),
  ]);
  await finish([sender], receiver);
  return { account: await settle(scene) };
}

/** The fault of a receiver that is stopped for a while. */
export const RECEIVER_STOPPED: readonly Fault[] = [{
  name: "receiver-stopped",
  title: "receiver stopped (SIGSTOP) for 10 s under load",
  run,
}];
