// A gateway whose machine name is text that a terminal, a page, a shell or a path would obey.
import { settle } from "./account.ts";
import type { Fault, Outcome } from "./fault.ts";
import { finish } from "./finish.ts";
import { Scene, type StartOptions } from "./scene.ts";

/** Names that a kernel takes, as bytes of a shell's printf. */
const NAMES: readonly string[] = [
  "\\033[2J\\033]0;owned\\007",
  "../../etc/cron.d/x",
  "<script>alert(1)</script>",
  "\\042, \\042totals\\042: {}}",
  "a\\342\\200\\256b\\342\\200\\213c", // turns the direction of text, and hides
  "\\377\\376 no UTF-8 \\200",
  "$(touch /tmp/x) `id`;|&",
];

/** Gives a program a machine name of its own. The name goes by the kernel's file, as `hostname` refuses most of these. */
function named(name: string): StartOptions["within"] {
  const script =
    'printf "$1" > /proc/sys/kernel/hostname && shift && exec "$@"';
  return (host) => ({
    wrap: ({ program, args = [], ...rest }) =>
      host.wrap({
        ...rest,
        program: "unshare",
        args: ["--uts", "sh", "-c", script, "sh", name, program, ...args],
      }),
  });
}

/** What must not be in anything that is shown: control characters, and marks that turn or hide text. */
const UNSAFE =
  // deno-lint-ignore no-control-regex -- these are what is looked for
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e]/;

async function run(): Promise<Outcome> {
  await using scene = await Scene.open("one host");
  const receiver = await scene.startReceiver();
  const shown: string[] = [];
  for (const name of NAMES) {
    const within = named(name);
    const sender = await scene.startSender([], { ...(within && { within }) });
    await scene.load({ count: 500, rate: 50_000 });
    await receiver.until(({ received }) => received === scene.loaded);
    await sender.stop();
    shown.push(sender.said);
  }
  const { sensors = {} } = await finish([], receiver);
  const account = await settle(scene);
  const keys = Object.keys(sensors);
  for (const text of [...shown, receiver.said, ...keys]) {
    if (UNSAFE.test(text)) {
      account.faults.push(`shown as it came: ${JSON.stringify(text)}`);
    }
  }
  if (keys.length !== NAMES.length) {
    account.faults.push(`${keys.length} sensors, not ${NAMES.length}`);
  }
  const names = keys.map((key) => key.slice(0, key.lastIndexOf("/")));
  return { account, remark: `shown as ${JSON.stringify(names)}` };
}

/** The fault of a machine name that is hostile. */
export const HOSTILE_NAME: readonly Fault[] = [{
  name: "hostile-name",
  title: "senders whose machine names are hostile text",
  quick: true,
  run,
}];
