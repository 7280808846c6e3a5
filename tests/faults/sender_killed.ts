// kill -9 of the sender, and a new one in its place.
import { type Account, settle } from "./account.ts";
import type { Fault, Outcome } from "./fault.ts";
import { finish } from "./finish.ts";
import type { Run } from "./run.ts";
import { Scene } from "./scene.ts";

async function whileQuiet(): Promise<Outcome> {
  await using scene = await Scene.open("one host");
  const receiver = await scene.startReceiver();
  const first = await scene.startSender();
  await scene.load({ count: 10_000, rate: 50_000 });
  await first.until(({ sent }) => sent === 10_000);
  await receiver.until(({ received }) => received === 10_000);
  await first.kill();
  const second = await scene.startSender();
  await scene.load({ count: 10_000, rate: 50_000 });
  await finish([second], receiver);
  return { account: await settle(scene) };
}

/** What the receiver can tell of a sender that is gone. */
interface Survivor {
  /** Packets that the sender is known to have captured, as it last told. */
  captured: number;
  /** Packets that the receiver has accounted for. */
  accounted: number;
}

/** Waits until the receiver has taken all that a dead sender's kernel still delivers, and calls it vanished. */
async function lookAtVanished(receiver: Run, dead: Run): Promise<Survivor> {
  const key = dead.lastSeen?.instance ?? "";
  const { sensors = {} } = await receiver.until(
    (_, { sensors = {} }) =>
      Object.entries(sensors).some(([name, { state }]) =>
        name.endsWith(`/${key}`) && `${state}` === "vanished"
      ),
  );
  await receiver.saying(/WARN Sensors have fallen silent without a last word/);
  const [, sensor = {}] =
    Object.entries(sensors).find(([name]) => name.endsWith(`/${key}`)) ?? [];
  const { captured = NaN, received = NaN, lost_in_transit = NaN } = sensor;
  const { kernel_dropped = 0, own_dropped = 0 } = sensor;
  const { rate_dropped = 0, queue_dropped = 0 } = sensor;
  const dropped = rate_dropped + queue_dropped + kernel_dropped + own_dropped;
  return { captured, accounted: received + lost_in_transit + dropped };
}

async function underLoad(): Promise<Outcome> {
  await using scene = await Scene.open("one host");
  const receiver = await scene.startReceiver();
  // Room for all that a busy receiver may leave waiting: what is missing is missing for one reason.
  const first = await scene.startSender(["--zmq-buffer", "4096"]);
  const stall = async (): Promise<void> => {
    await first.until(({ captured = 0 }) => captured > 50_000);
    // It falls behind, so that its socket surely has packets in it; all of the load is logged to it.
    first.freeze();
  };
  await scene.loadDuring({ count: 150_000, rate: 100_000 }, stall());
  await first.kill();
  const loggedBefore = await scene.logged();
  const { captured, accounted } = await lookAtVanished(receiver, first);
  const second = await scene.startSender();
  await scene.load({ count: 10_000, rate: 50_000 });
  await finish([second], receiver);
  const lost = loggedBefore - accounted;
  const account = await settle(scene, { lostWithProcess: lost });
  checkTail(account, { start: accounted, end: loggedBefore });
  return {
    account,
    remark:
      `the receiver calls it vanished, and had been told of ${captured} captured packets, of which ${
        captured - accounted
      } never came`,
  };
}

/** What went with the process must be the last packets before its successor, and nothing else. */
function checkTail(
  account: Account,
  expected: { start: number; end: number },
): void {
  const found = JSON.stringify(account.gaps);
  const { start, end } = expected;
  const wanted = JSON.stringify(start < end ? [[start, end]] : []);
  if (found !== wanted) {
    account.faults.push(`missing are ${found}, not ${wanted}`);
  }
}

/** The faults of a sender that is killed. */
export const SENDER_KILLED: readonly Fault[] = [
  {
    name: "sender-killed-quiet",
    title: "sender killed -9 while nothing moves, another started",
    quick: true,
    run: whileQuiet,
  },
  {
    name: "sender-killed",
    title: "sender killed -9 under load, another started",
    run: underLoad,
  },
];
