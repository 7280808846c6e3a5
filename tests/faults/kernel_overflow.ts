// A sender that does not come to read: the kernel's buffer for it runs over.
import { pause } from "../../lib/roles/pause.ts";
import { settle } from "./account.ts";
import type { Fault, Outcome } from "./fault.ts";
import { finish } from "./finish.ts";
import { LOOK_INTERVAL, type Run } from "./run.ts";
import { Scene } from "./scene.ts";

/** How often it is looked whether all of a few packets have come. */
const LOOKS = 10;

/** Lets packets come until the loss before them shows, by the number of one of them; they may be lost themselves. */
async function showLoss(scene: Scene, sender: Run): Promise<void> {
  for (let turn = 0; turn < 100; turn++) {
    await scene.load({ count: 10, rate: 0 });
    // The last of them may still be on their way: a few looks before the next.
    for (let look = 0; look < LOOKS; look++) {
      const { totals } = await sender.totals();
      const { captured = 0, kernel_dropped = 0 } = totals;
      if (captured + kernel_dropped === scene.loaded) return;
      await pause(LOOK_INTERVAL);
    }
  }
  throw new Error("Cannot see what the kernel dropped: it does not add up");
}

async function run(): Promise<Outcome> {
  await using scene = await Scene.open("one host");
  const receiver = await scene.startReceiver();
  const sender = await scene.startSender(["--libnflog-nlbufsiz", "1"]);
  await scene.load({ count: 5000, rate: 50_000 });
  await sender.until(({ captured }) => captured === 5000);
  for (let round = 0; round < 3; round++) {
    sender.freeze();
    await scene.load({ count: 20_000, rate: 0 });
    sender.thaw();
    await showLoss(scene, sender);
  }
  await sender.saying(/WARN .*raise --libnflog-nlbufsiz/);
  await finish([sender], receiver);
  return { account: await settle(scene) };
}

async function thenSilence(): Promise<Outcome> {
  await using scene = await Scene.open("one host");
  const receiver = await scene.startReceiver();
  const sender = await scene.startSender(["--libnflog-nlbufsiz", "1"]);
  sender.freeze();
  await scene.load({ count: 20_000, rate: 0 });
  sender.thaw();
  await sender.until(({ captured = 0 }) => captured > 0);
  await finish([sender], receiver);
  const { captured = NaN, kernel_dropped = NaN } = sender.stats?.totals ?? {};
  const lostUnseen = await scene.logged() - captured - kernel_dropped;
  const account = await settle(scene, { lostUnseen });
  const [, said] = /WARN (The kernel may have dropped.*)/.exec(sender.said) ??
    [];
  const [[start] = [NaN]] = account.gaps.slice(-1);
  // Only what came after the last packet may be unseen, and it must be said that there is something.
  if (lostUnseen > 0 && (said === undefined || start !== captured)) {
    account.faults.push(
      `${lostUnseen} unseen, missing are ${JSON.stringify(account.gaps)}`,
    );
  }
  return { account, remark: `the sender said: ${said}` };
}

/** The fault of a buffer in the kernel that runs over. */
export const KERNEL_OVERFLOW: readonly Fault[] = [
  {
    name: "kernel-overflow",
    title: "sender stopped three times, its socket's buffer (1 MiB) runs over",
    quick: true,
    run,
  },
  {
    name: "kernel-overflow-last",
    title: "the same once, and no packet ever after",
    quick: true,
    run: thenSilence,
  },
];
