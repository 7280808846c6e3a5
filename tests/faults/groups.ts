// Two groups of one sender, whose packets go through a relay that drops; receiver and sender are started anew.
import { PORT } from "../integration/pipe.ts";
import { settle } from "./account.ts";
import { Checks } from "./checks.ts";
import type { Fault, Outcome } from "./fault.ts";
import { finish, hearing } from "./finish.ts";
import type { Run } from "./run.ts";
import { Scene } from "./scene.ts";

/** Every third packet is logged to one group, the others to another one. */
const RULES = `table inet t {
  chain c {
    type filter hook input priority 0
    udp dport ${PORT} numgen inc mod 3 == 0 counter log group 6 drop
    udp dport ${PORT} counter log group 7 drop
  }
}
`;

/** The groups, in the order of their rules. */
const GROUPS = ["6", "7"] as const;

/** Where the relay listens. */
const RELAY = "tcp://127.0.0.1:5556";

async function run(): Promise<Outcome> {
  await using scene = await Scene.open("one host", RULES);
  const first = await scene.startReceiver();
  const relay = await scene.start(scene.gateway, {
    name: "compress",
    args: [
      ...["--lwm", "0.1", "--hwm", "0.3", "--wm-interval", "0.3"],
      ...[RELAY, scene.endpoint],
    ],
  });
  const to = { endpoint: RELAY, groups: GROUPS.join() };
  const one = await scene.startSender([], to);
  const replace = async (): Promise<Run> => {
    await first.until(({ received = 0 }) => received > 20_000);
    await first.stop();
    return await scene.startReceiver();
  };
  const replacing = replace();
  await scene.loadDuring(
    { count: 60_000, rate: 30_000 },
    replacing.then(() => undefined),
  );
  const second = await replacing;
  const sent = await one.stop();
  const other = await scene.startSender([], to);
  await scene.load({ count: 30_000, rate: 30_000 });
  const sentAfter = await other.stop();
  for (const stats of [sent, sentAfter]) await hearing(second, stats);
  await relay.stop();
  await finish([], second);
  const account = await settle(scene, { order: "any" });
  account.faults.push(...await checkKernel(scene));
  return { account };
}

/** Compares what the kernel logged to each group with what the senders of that group counted. */
async function checkKernel(scene: Scene): Promise<string[]> {
  const checks = new Checks();
  const counters = await scene.loggedByRule();
  for (const [index, group] of GROUPS.entries()) {
    let taken = 0;
    for (const { stats } of scene.senders) {
      const { captured = NaN, own_dropped = NaN, kernel_dropped = NaN } =
        stats?.groups?.[group] ?? {};
      taken += captured + own_dropped + kernel_dropped;
    }
    checks.equal(`logged to group ${group}`, counters[index] ?? NaN, taken);
  }
  return checks.faults;
}

/** The fault of everything that is started anew, for two groups. */
export const GROUPS_APART: readonly Fault[] = [{
  name: "groups",
  title:
    "receiver, then sender of two groups started anew, with a relay between that drops for its rate",
  run,
}];
