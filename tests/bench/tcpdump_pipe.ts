// What a C programmer would put together: tcpdump | socat -> TCP -> socat. The pipe to be cheaper than.
//
// As lean as it gets: no -U, which makes tcpdump write every packet by itself, and 64 KiB a time for socat, whose default of 8 KiB costs twice the CPU.

import { runCommand, type RunningProcess } from "../helpers/process.ts";
import type { Pipe, PipePlace, RunningPipe } from "./measured_pipe.ts";
import { GROUP } from "./test_bed.ts";

const PORT = 7100;

/** `tcpdump -i nflog:N -w - | socat`, and the socat at the other end of the connection. */
export const TCPDUMP_PIPE: Pipe = {
  name: "tcpdump | socat -> socat",
  start: startTcpdumpPipe,
};

async function startTcpdumpPipe(
  { bed, fifo }: PipePlace,
): Promise<RunningPipe> {
  await using stack = new AsyncDisposableStack();
  const link = `${fifo}.link`;
  await runCommand({ program: "mkfifo", args: [link] });
  stack.defer(() => Deno.remove(link));
  const start = (script: string): RunningProcess =>
    stack.use(bed.spawn({ program: "sh", args: ["-c", `exec ${script}`] }));
  const to = start(
    `socat -d -d -u -b 65536 TCP-LISTEN:${PORT},reuseaddr - >${fifo}`,
  );
  await to.waitForLine(/listening on/);
  const from = start(`socat -u -b 65536 - TCP:127.0.0.1:${PORT} <${link}`);
  const tcpdump = start(`tcpdump -i nflog:${GROUP} -w - >${link}`);
  await tcpdump.waitForLine(/listening on/);
  await bed.waitForOwner(tcpdump);
  const owned = stack.move();
  return {
    processes: [
      { name: "tcpdump", process: tcpdump },
      { name: "socat (send)", process: from },
      { name: "socat (recv)", process: to },
    ],
    stop: async () => {
      const { stderr } = await tcpdump.stop();
      await from.finish();
      await to.finish();
      const captured = /^(\d+) packets? captured/m.exec(stderr)?.[1];
      if (captured === undefined) throw new Error(`tcpdump: ${stderr}`);
      // Its count of drops is wrong for NFLOG (the-tcpdump-group/libpcap #412, #1090).
      return {
        captured: Number(captured),
        lost: undefined,
        recordOverhead: undefined,
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
