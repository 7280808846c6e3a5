// SIGTERM under full load: what a program has in hand is finished.
import { settle } from "./account.ts";
import { finish } from "./finish.ts";
import type { Fault, Outcome } from "./fault.ts";
import { Scene } from "./scene.ts";

async function senderEnds(): Promise<Outcome> {
  await using scene = await Scene.open("one host");
  const receiver = await scene.startReceiver();
  // Room for all that a busy receiver may leave waiting: what is missing is missing for one reason.
  const sender = await scene.startSender(["--zmq-buffer", "4096"]);
  let loggedBefore = 0;
  const stop = async (): Promise<void> => {
    await sender.until(({ captured = 0 }) => captured > 50_000);
    loggedBefore = await scene.logged();
    await sender.stop();
  };
  await scene.loadDuring({ count: 400_000, rate: 0 }, stop());
  await finish([], receiver);
  const { captured = NaN, kernel_dropped = NaN } = sender.stats?.totals ?? {};
  const taken = captured + kernel_dropped;
  const loggedToNobody = await scene.logged() - taken;
  const account = await settle(scene, { loggedToNobody });
  // All that was logged before the signal is accounted for, and what came after the end is one gap behind all the rest.
  const [[start] = [account.logged]] = account.gaps.slice(-1);
  if (!(taken >= loggedBefore) || start !== taken) {
    account.faults.push(
      `${taken} taken of ${loggedBefore} logged before the signal; missing are ${
        JSON.stringify(account.gaps)
      }`,
    );
  }
  return { account };
}

async function receiverEnds(): Promise<Outcome> {
  await using scene = await Scene.open("one host");
  const first = await scene.startReceiver();
  const sender = await scene.startSender();
  const replace = async (): Promise<void> => {
    await first.until(({ received = 0 }) => received > 50_000);
    await first.stop();
    const second = await scene.startReceiver();
    await second.until(({ received = 0 }) => received > 20_000);
  };
  await scene.loadDuring({ count: 200_000, rate: 100_000 }, replace());
  const [, second = first] = scene.receivers;
  await finish([sender], second);
  return { account: await settle(scene) };
}

/** The faults of programs that are told to end in the middle of everything. */
export const TERMINATED: readonly Fault[] = [
  {
    name: "sender-terminated",
    title: "sender ended by SIGTERM under full load",
    quick: true,
    run: senderEnds,
  },
  {
    name: "receiver-terminated",
    title: "receiver ended by SIGTERM under full load, another started",
    quick: true,
    run: receiverEnds,
  },
];
