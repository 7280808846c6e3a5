// kill -9 of a relay in the middle of a chain of two, and a new one in its place.
import { settle } from "./account.ts";
import type { Fault, Outcome } from "./fault.ts";
import { finish, hearing } from "./finish.ts";
import type { Run } from "./run.ts";
import { Scene } from "./scene.ts";

/** Where the relays listen. */
const FIRST = "tcp://127.0.0.1:5556";
const SECOND = "tcp://127.0.0.1:5557";

/** A compressing relay that drops what is above its rate. */
function startCompressing(scene: Scene): Promise<Run> {
  return scene.start(scene.gateway, {
    name: "compress",
    args: [
      ...["--lwm", "0.5", "--hwm", "1", "--wm-interval", "1"],
      ...[FIRST, SECOND],
    ],
  });
}

async function run(): Promise<Outcome> {
  await using scene = await Scene.open("one host");
  const receiver = await scene.startReceiver();
  const second = await scene.start(scene.gateway, {
    name: "decompress",
    args: [SECOND, scene.endpoint],
  });
  const first = await startCompressing(scene);
  const sender = await scene.startSender([], { endpoint: FIRST });
  let third: Run | undefined;
  const replace = async (): Promise<void> => {
    await first.until(({ received = 0 }) => received > 30_000);
    await first.kill();
    third = await startCompressing(scene);
    await third.until(({ received = 0 }) => received > 30_000);
  };
  await scene.loadDuring({ count: 75_000, rate: 30_000 }, replace());
  const sent = await sender.stop();
  await hearing(receiver, sent);
  await third?.stop();
  await second.stop();
  await finish([], receiver);
  return { account: await settle(scene) };
}

/** The fault of a relay that is killed. */
export const RELAY_KILLED: readonly Fault[] = [{
  name: "relay-killed",
  title:
    "compressing relay, dropping for its rate, killed -9 under load, another started",
  run,
}];
