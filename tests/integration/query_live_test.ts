// The window while the real kernel's packets stream in: just those packets, by key or over HTTP, and nothing lost to slow clients.
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { encodeFileHeader } from "../../lib/pcap/mod.ts";
import { canUseNamespaces, openNamespace } from "../helpers/namespace.ts";
import { runCommand, RunningProcess } from "../helpers/process.ts";
import { programCommand } from "../helpers/programs.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { connectStuckClient } from "../zmq/plain_sockets.ts";
import {
  ENDPOINT,
  flood,
  GROUP,
  inputRules,
  judge,
  PORT,
  startReceiver,
  startSender,
  untilTotals,
} from "./pipe.ts";

const BENCH = new URL("../bench/", import.meta.url).pathname;

async function query(args: readonly string[]): Promise<Uint8Array> {
  await using running = new RunningProcess(programCommand("query", args));
  const { code, stdout, stderr } = await running.finish();
  equal(code, 0, stderr);
  return stdout;
}

Deno.test({
  name:
    "a query gets just the packets that the kernel logged in the last seconds and that its filter matches",
  ignore: !canUseNamespaces(),
}, async () => {
  await using namespace = await openNamespace();
  using directory = openTempDir();
  await namespace.nft(
    inputRules(`log group ${GROUP} prefix "first"`) +
      inputRules(`log group ${GROUP} prefix "second"`)
        .replaceAll(String(PORT), String(PORT + 1))
        .replace("table inet t", "table inet t2"),
  );
  const asked = `ipc://${directory.join("query")}`;
  const options = ["--buffer-interface", asked, "--buffer-window", "16"];
  const output = directory.join("out.pcap");
  await using receiver = await startReceiver([...options, ENDPOINT, output], {
    namespace,
  });
  await using _sender = await startSender(
    ["--sensor", "gw1", String(GROUP), ENDPOINT],
    { namespace },
  );
  await flood(namespace, { count: 3000 });
  await flood(namespace, { count: 500, to: `127.0.0.1:${PORT + 1}` });
  await untilTotals(receiver, ({ totals }) => totals["written"] === 3500);
  const answer = directory.join("answer.pcap");
  const filter = `host 127.0.0.1 and udp port ${PORT}`;
  const narrow = ["--last", "30", "--sensor", "gw1", "--filter", filter];
  await Deno.writeFile(answer, await query([...narrow, asked]));
  deepEqual(judge(answer, { count: 3000, size: 100 }), {
    ...{ packets: 3000, missing: 0, wrong: 0 },
  });
  const second = await query(["--prefix", "second", asked]);
  equal(second.length, 24 + 500 * 116);
  deepEqual(await query(["--until", "-20", asked]), encodeFileHeader());
  deepEqual(await query(["--group", "6", asked]), encodeFileHeader());
});

Deno.test("clients that search, take all or are stuck cost the stream no packet", async () => {
  using directory = openTempDir();
  const fifo = directory.join("fifo");
  await runCommand({ program: "mkfifo", args: [fifo] });
  await using reader = script("delay_reader.ts", [fifo]);
  const data = `ipc://${directory.join("data")}`;
  await using receiver = await startReceiver([
    ...["--buffer-interface", "tcp://127.0.0.1:*", "--buffer-window", "64"],
    // Long enough for who reads, however busy the machine is; all packets may wait for the reader of the FIFO.
    ...["--buffer-timeout", "5", "--output-buffer", "256", data, fifo],
  ], {});
  const endpoint = /asked_at=(\S+)/.exec(receiver.process.stderrText)?.[1] ??
    "";
  const port = Number(endpoint.split(":").at(-1));
  await using load = script("frame_load.ts", [
    ...[data, "100", "1:600000:0", "2:200000:100000"],
  ]);
  const sent = (phase: number): Promise<string> =>
    load.waitForLine(new RegExp(`^sent ${phase}$`), { from: "stdout" });
  await sent(1);
  await untilTotals(receiver, ({ totals }) => totals["received"] === 600_000);
  using _stuck = await connectStuckClient(port);
  const input = load.stdin.getWriter();
  await input.write(Uint8Array.of(10));
  const search = ["--filter", "host 203.0.113.1 and tcp", endpoint];
  const [found, all] = await Promise.all([query(search), query([endpoint])]);
  deepEqual(found, encodeFileHeader());
  ok((all?.length ?? 0) > 60_000_000);
  await sent(2);
  await input.close();
  await load.finish();
  await receiver.process.waitForLine(
    /Gave up the answer to a client that took nothing for 5 s/,
  );
  await untilTotals(receiver, ({ totals }) => totals["written"] === 800_000);
  const { stats } = await receiver.stop();
  const { lost_in_transit, stalled_dropped, received } = stats?.totals ?? {};
  deepEqual([lost_in_transit, stalled_dropped], [0, 0]);
  equal(received, 800_000);
  const { stdout } = await reader.finish();
  const seen: Record<string, { packets: number }> = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  deepEqual([seen[1]?.packets, seen[2]?.packets], [600_000, 200_000]);
});

function script(name: string, args: string[]): RunningProcess {
  return new RunningProcess({
    program: Deno.execPath(),
    args: ["run", "--quiet", "--cached-only", "-A", `${BENCH}${name}`, ...args],
    stdin: "piped",
  });
}

Deno.test("the packets of the window are downloaded over HTTP by the same query", async () => {
  using directory = openTempDir();
  const data = `ipc://${directory.join("data")}`;
  const asked = `ipc://${directory.join("query")}`;
  await using receiver = await startReceiver([
    ...["--buffer-interface", asked, "--buffer-window", "16"],
    ...["--http", "127.0.0.1:0", data, directory.join("out.pcap")],
  ], {});
  const url = /url=(\S+)/.exec(receiver.process.stderrText)?.[1] ?? "";
  await using load = script("frame_load.ts", [data, "100", "1:5000:50000"]);
  await load.waitForLine(/^sent 1$/, { from: "stdout" });
  await untilTotals(receiver, ({ totals }) => totals["received"] === 5000);
  const expression = "udp port 443";
  const parameters = new URLSearchParams({ filter: expression, group: "5" });
  const response = await fetch(`${url}buffer.pcap?${parameters}`);
  equal(response.status, 200);
  const ours = await query(["--filter", expression, "--group", "5", asked]);
  equal(ours.length, 24 + 5000 * 116);
  deepEqual(new Uint8Array(await response.arrayBuffer()), ours);
  const bad = await fetch(`${url}buffer.pcap?filter=tcp+prot+443`);
  equal(bad.status, 400);
  match(await bad.text(), /syntax error/);
});
