// A disk that is full, and has room again later.
import { settle } from "./account.ts";
import type { Fault, Outcome } from "./fault.ts";
import { finish } from "./finish.ts";
import { Scene } from "./scene.ts";

const MOUNT = 'mount -t tmpfs -o size=4m small "$1" && shift && exec "$@"';

/** Has a receiver write to a small disk of its own, which is only seen in its mount namespace. */
function onSmallDisk(
  disk: string,
): NonNullable<Parameters<Scene["startReceiver"]>[1]> {
  return {
    destination: `${disk}/out.pcap`,
    files: [],
    within: (host) => ({
      wrap: ({ program, args = [], ...rest }) =>
        host.wrap({
          ...rest,
          program: "unshare",
          args: ["-m", "sh", "-c", MOUNT, "sh", disk, program, ...args],
        }),
    }),
  };
}

async function run(): Promise<Outcome> {
  await using scene = await Scene.open("one host");
  const disk = scene.path("disk");
  await Deno.mkdir(disk);
  const receiver = await scene.startReceiver(
    ["--output-buffer", "1"],
    onSmallDisk(disk),
  );
  const within = `/proc/${receiver.pid}/root${disk}`;
  const sender = await scene.startSender();
  // Something else takes half of it.
  await Deno.writeFile(`${within}/other`, new Uint8Array(2 * 1024 * 1024));
  await scene.load({ count: 20_000, rate: 20_000 });
  const said = await receiver.saying(
    /Cannot write \S+out\.pcap: the disk is full.*tried again/,
  );
  await receiver.until(({ received }) => received === 20_000);
  await Deno.remove(`${within}/other`);
  await receiver.saying(/Writing to \S+ works again/);
  await receiver.until(({ written = 0, stalled_dropped = 0 }) =>
    written + stalled_dropped === 20_000
  );
  await scene.load({ count: 500, rate: 20_000 });
  await receiver.until(({ received }) => received === 20_500);
  // The mount goes with the process: its file is copied before.
  await receiver.until(({ written = 0, stalled_dropped = 0 }) =>
    written + stalled_dropped === 20_500
  );
  const copy = scene.path("copy.pcap");
  await Deno.copyFile(`${within}/out.pcap`, copy);
  receiver.files.push(copy);
  await finish([sender], receiver);
  const [, error = ""] = /(Cannot write .*)/.exec(said) ?? [];
  return {
    account: await settle(scene),
    remark: `it said: ${error.replaceAll(disk, "DIR")}`,
  };
}

/** The fault of a full disk. */
export const DISK_FULL: readonly Fault[] = [{
  name: "disk-full",
  title: "disk under the file full, then with room again",
  quick: true,
  run,
}];
