// kill -9 of the receiver, and a new one in its place.
import { settle } from "./account.ts";
import type { Fault, Outcome } from "./fault.ts";
import { finish } from "./finish.ts";
import { Scene } from "./scene.ts";

async function whileQuiet(): Promise<Outcome> {
  await using scene = await Scene.open("one host");
  const first = await scene.startReceiver();
  const sender = await scene.startSender();
  await scene.load({ count: 10_000, rate: 50_000 });
  await first.until(({ written }) => written === 10_000);
  await first.kill();
  await scene.load({ count: 10_000, rate: 50_000 });
  const second = await scene.startReceiver();
  await scene.load({ count: 10_000, rate: 50_000 });
  await finish([sender], second);
  return { account: await settle(scene) };
}

async function underLoad(): Promise<Outcome> {
  await using scene = await Scene.open("one host");
  const first = await scene.startReceiver();
  // Room for all that comes while there is no receiver: the only packets that are missing are those that went with it.
  const sender = await scene.startSender(["--zmq-buffer", "4096"]);
  const replace = async (): Promise<void> => {
    await first.until(({ received = 0 }) => received > 30_000);
    // It falls behind, so that it surely has frames in hand.
    first.freeze();
    const { sent: before = 0 } = (await sender.totals()).totals;
    await sender.until(({ sent = 0 }) => sent > before + 20_000);
    await first.kill();
    const second = await scene.startReceiver();
    await second.until(({ received = 0 }) => received > 30_000);
  };
  await scene.loadDuring({ count: 100_000, rate: 50_000 }, replace());
  const [, second = first] = scene.receivers;
  await finish([sender], second);
  const account = await settle(scene);
  // What the two runs' ledgers leave open must be what is missing between the end of one capture and the beginning of the other.
  const { gaps, causes, logged } = account;
  const [[start, end] = [0, 0], ...others] = gaps;
  const lost = causes.lost_between_runs + causes.lost_in_transit;
  if (others.length > 0 || end - start !== lost || end === logged) {
    account.faults.push(`missing are ${JSON.stringify(gaps)}, not ${lost}`);
  }
  return { account };
}

/** The faults of a receiver that is killed. */
export const RECEIVER_KILLED: readonly Fault[] = [
  {
    name: "receiver-killed-quiet",
    title: "receiver killed -9 while nothing moves, another started",
    quick: true,
    run: whileQuiet,
  },
  {
    name: "receiver-killed",
    title: "receiver killed -9 under load, another started",
    quick: true,
    run: underLoad,
  },
];
