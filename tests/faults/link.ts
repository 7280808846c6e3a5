// A link that is cut, reset, slow or bad.
import { pause } from "../../lib/roles/pause.ts";
import { PAIR } from "../helpers/namespace.ts";
import { settle } from "./account.ts";
import type { Fault, Outcome } from "./fault.ts";
import { finish } from "./finish.ts";
import { type Load, Scene } from "./scene.ts";

/** How long the cable is cut, in milliseconds. */
const CUT = 5000;

/** Breaks the link of two hosts while a load runs, and accounts for what became of it. */
async function withLink(
  load: Load,
  breakLink: (scene: Scene) => Promise<void>,
  senderArgs: readonly string[] = [],
): Promise<Outcome> {
  await using scene = await Scene.open("two hosts");
  const receiver = await scene.startReceiver();
  const sender = await scene.startSender(senderArgs);
  await sender.saying(/\bConnected\b/);
  const interfere = async (): Promise<void> => {
    await receiver.until(({ received = 0 }) => received > load.count / 10);
    await breakLink(scene);
  };
  await Promise.all([scene.load(load), interfere()]);
  await finish([sender], receiver);
  return { account: await settle(scene) };
}

function cut(): Promise<Outcome> {
  return withLink({ count: 160_000, rate: 20_000 }, async ({ gateway }) => {
    const set = (state: string): Promise<string> =>
      gateway.run("ip", ["link", "set", PAIR.left.device, state]);
    await set("down");
    await pause(CUT);
    await set("up");
  }, ["--zmq-buffer", "16"]);
}

/** A firewall on the way that has forgotten the connection answers with resets. */
const RESETTING = `table inet fault {
  chain c {
    type filter hook input priority 0
    tcp dport 5555 reject with tcp reset
  }
}
`;

function reset(): Promise<Outcome> {
  const load = { count: 160_000, rate: 40_000 };
  return withLink(load, async ({ analysis }) => {
    await analysis.nft(RESETTING);
    await pause(500);
    await analysis.nft("delete table inet fault");
  });
}

/** Has the kernel spoil what leaves either end of the cable; tells whether it knows how (CONFIG_NET_SCH_NETEM). */
async function netem(
  { gateway, analysis }: Scene,
  ...how: string[]
): Promise<boolean> {
  const ends = [[gateway, PAIR.left], [analysis, PAIR.right]] as const;
  try {
    for (const [host, { device }] of ends) {
      const place = ["dev", device, "root", "netem", "limit", "100000"];
      await host.run("tc", ["qdisc", "add", ...place, ...how]);
    }
    return true;
  } catch (error) {
    if (/qdisc kind is unknown/.test(String(error))) return false;
    throw error;
  }
}

/** The same loss by rules, where the kernel has no netem. */
const LOSING = `table inet fault {
  chain c {
    type filter hook input priority 0
    iifname { ${PAIR.left.device}, ${PAIR.right.device} } numgen random mod 100 < 5 drop
  }
}
`;

function losing(): Promise<Outcome> {
  return withLink({ count: 20_000, rate: 4000 }, async (scene) => {
    if (await netem(scene, "loss", "5%")) return;
    await scene.gateway.nft(LOSING);
    await scene.analysis.nft(LOSING);
  });
}

const SLOW_LINK = new URL("./slow_link.ts", import.meta.url).pathname;

/** Addresses of a link on which packets take 200 ms each way. */
const SLOW = { left: "10.78.0.1", right: "10.78.0.2", delay: 200 } as const;

/** Makes the link slow: the cable itself, or another one beside it that is. */
async function slowDown(scene: Scene): Promise<string> {
  const { gateway, analysis } = scene;
  if (await netem(scene, "delay", `${SLOW.delay}ms`)) return PAIR.right.ipv4;
  const link = gateway.spawn({
    program: Deno.execPath(),
    args: [
      ...["run", "--quiet", "--cached-only", "--allow-ffi", SLOW_LINK],
      ...[gateway.pid, analysis.pid, SLOW.delay].map(String),
    ],
    stdin: "piped",
  });
  scene.use(link);
  await link.waitForLine(/^ready$/, { from: "stdout" });
  for (const side of ["left", "right"] as const) {
    const host = side === "left" ? gateway : analysis;
    await host.run("ip", ["addr", "add", `${SLOW[side]}/30`, "dev", "slow0"]);
    await host.run("ip", ["link", "set", "slow0", "txqueuelen", "20000", "up"]);
  }
  scene.listenAt(SLOW.right);
  return SLOW.right;
}

async function delayed(): Promise<Outcome> {
  await using scene = await Scene.open("two hosts");
  const far = await slowDown(scene);
  const receiver = await scene.startReceiver();
  const sender = await scene.startSender();
  await sender.saying(/\bConnected\b/);
  await scene.load({ count: 50_000, rate: 10_000 });
  await finish([sender], receiver);
  const pinged = await scene.gateway.run("ping", ["-c", "1", far]);
  const [, milliseconds] = /time=([\d.]+) ms/.exec(pinged) ?? [];
  return {
    account: await settle(scene),
    remark: `a ping takes ${milliseconds} ms there and back`,
  };
}

/** The faults of the link. */
export const LINK: readonly Fault[] = [
  {
    name: "link-cut",
    title: "link cut for 5 s under load and restored",
    run: cut,
  },
  {
    name: "link-reset",
    title: "connection reset by the network under load",
    quick: true,
    run: reset,
  },
  { name: "link-slow", title: "link delayed by 200 ms each way", run: delayed },
  {
    name: "link-losing",
    title: "link losing 5 % of its packets each way",
    run: losing,
  },
];
