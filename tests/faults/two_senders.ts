// Two senders with one configuration, on one host and on two.
import { settle } from "./account.ts";
import type { Fault, Outcome } from "./fault.ts";
import { finish } from "./finish.ts";
import { Scene } from "./scene.ts";

async function onOneHost(): Promise<Outcome> {
  await using scene = await Scene.open("one host");
  const receiver = await scene.startReceiver();
  const sender = await scene.startSender();
  await scene.load({ count: 10_000, rate: 50_000 });
  let refused = "";
  try {
    await scene.startSender();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    [refused = ""] = /^.*Cannot bind NFLOG group.*$/m.exec(text) ?? [];
  }
  await scene.load({ count: 10_000, rate: 50_000 });
  await finish([sender], receiver);
  const account = await settle(scene);
  if (refused === "") {
    account.faults.push("the second sender was not refused with a clear word");
  }
  return { account, remark: `the second one said: ${refused}` };
}

async function onTwoHosts(): Promise<Outcome> {
  await using scene = await Scene.open("two hosts");
  const { gateway, analysis } = scene;
  await scene.logOn(analysis);
  const receiver = await scene.startReceiver();
  const same = ["--sensor", "gateway"];
  const one = await scene.startSender(same);
  const other = await scene.startSender(same, { host: analysis });
  for (const host of [gateway, analysis, gateway, analysis]) {
    await scene.load({ count: 5000, rate: 50_000 }, host);
    await receiver.until(({ received }) => received === scene.loaded);
  }
  const { sensors = {} } = await finish([one, other], receiver);
  const account = await settle(scene);
  const received = Object.values(sensors).map(({ received }) => received);
  if (`${received}` !== "10000,10000") {
    account.faults.push(`the receiver counts ${received} apart`);
  }
  return { account };
}

/** The faults of two senders with one configuration. */
export const TWO_SENDERS: readonly Fault[] = [
  {
    name: "two-senders",
    title: "a second sender with the same configuration on the same host",
    quick: true,
    run: onOneHost,
  },
  {
    name: "two-hosts",
    title: "two hosts with the same configuration, sensor name included",
    quick: true,
    run: onTwoHosts,
  },
];
