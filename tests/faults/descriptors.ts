// Programs that may open nothing more: what is open goes on, and the rest is tried again.
import { settle } from "./account.ts";
import type { Fault, Outcome } from "./fault.ts";
import { finish } from "./finish.ts";
import type { Run } from "./run.ts";
import { Scene } from "./scene.ts";

/** Bounds the descriptors of a running program; new ones get the lowest free number, which must be below. */
async function bound(scene: Scene, run: Run, limit: number): Promise<void> {
  const arg = `--nofile=${limit}:`;
  await scene.gateway.run("prlimit", ["--pid", String(run.pid), arg]);
}

/** The lowest descriptor that a program does not have: with this as its limit it can open nothing. */
async function lowestFree(run: Run): Promise<number> {
  const used = new Set<string>();
  for await (const { name } of Deno.readDir(`/proc/${run.pid}/fd`)) {
    used.add(name);
  }
  let free = 0;
  while (used.has(String(free))) free++;
  return free;
}

async function ofReceiver(): Promise<Outcome> {
  await using scene = await Scene.open("two hosts");
  const { gateway, analysis } = scene;
  await scene.logOn(analysis);
  const receiver = await scene.startReceiver();
  const one = await scene.startSender();
  await scene.load({ count: 5000, rate: 50_000 });
  await receiver.until(({ received }) => received === 5000);
  await bound(scene, receiver, await lowestFree(receiver));
  // The connection that is there goes on; another one cannot be taken.
  const other = await scene.startSender([], { host: analysis });
  await scene.load({ count: 5000, rate: 50_000 }, analysis);
  await scene.load({ count: 5000, rate: 50_000 }, gateway);
  await one.until(({ sent }) => sent === 10_000);
  await other.until(({ sent }) => sent === 5000);
  const said = await receiver.saying(/Cannot accept a connection/);
  await bound(scene, receiver, 1024);
  await receiver.until(({ received }) => received === 15_000);
  await finish([one, other], receiver);
  return {
    account: await settle(scene, { order: "any" }),
    remark: `the receiver said: ${said.replace(/^\S+ WARN /, "")}`,
  };
}

async function ofSender(): Promise<Outcome> {
  await using scene = await Scene.open("one host");
  const first = await scene.startReceiver();
  const sender = await scene.startSender();
  await scene.load({ count: 5000, rate: 50_000 });
  await first.until(({ received }) => received === 5000);
  // It cannot connect again until it may open a socket.
  await bound(scene, sender, await lowestFree(sender));
  await first.stop();
  await scene.load({ count: 5000, rate: 50_000 });
  const second = await scene.startReceiver();
  await scene.load({ count: 5000, rate: 50_000 });
  await bound(scene, sender, 1024);
  await finish([sender], second);
  return { account: await settle(scene) };
}

/** The faults of programs that have no descriptors left. */
export const DESCRIPTORS: readonly Fault[] = [
  {
    name: "receiver-descriptors",
    title: "receiver out of file descriptors as another sender comes",
    run: ofReceiver,
  },
  {
    name: "sender-descriptors",
    title: "sender out of file descriptors as its receiver is replaced",
    run: ofSender,
  },
];
