// A gateway and an analysis host, joined by a cable: TCP as the kernel really hands it over, in segments larger than any cable carries.
import assert from "node:assert/strict";
import {
  canUseNamespaces,
  openNamespacePair,
  PAIR,
} from "../helpers/namespace.ts";
import { runCommand } from "../helpers/process.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { makeRandom, toHex } from "../pcap/packets.ts";
import {
  count,
  flood,
  GROUP,
  PORT,
  startReceiver,
  startSender,
  stopPipe,
} from "./pipe.ts";

const ignore = !canUseNamespaces();
const TCP_PORT = 7000;

/** The payload of the first TCP stream of a capture, as tshark puts it together. */
async function followStream(path: string): Promise<string> {
  const text = await runCommand({
    program: "tshark",
    args: ["-r", path, "-q", "-z", "follow,tcp,raw,0"],
  });
  return text.split("\n").filter((line) => /^\s*[0-9a-f]+$/.test(line))
    .map((line) => line.trim()).join("");
}

Deno.test({
  name:
    "a TCP transfer logged on one host comes out of the capture on the other as the file that was sent",
  ignore,
}, async () => {
  await using hosts = await openNamespacePair();
  using directory = openTempDir();
  const { left: gateway, right: analysis } = hosts;
  await gateway.nft(`table inet t {
  chain c {
    type filter hook output priority 0
    tcp dport ${TCP_PORT} log group ${GROUP}
  }
}
`);
  const random = makeRandom(42);
  const content = Uint8Array.from({ length: 1_000_000 }, () => random(256));
  const path = directory.join("content");
  await Deno.writeFile(path, content);
  const endpoint = `tcp://${PAIR.right.ipv4}:5555`;
  const out = directory.join("out.pcap");
  await using receiver = await startReceiver([endpoint, out], {
    namespace: analysis,
  });
  await using sender = await startSender(["5", endpoint], {
    namespace: gateway,
  });
  await using listener = analysis.spawn({
    program: "socat",
    args: ["-d", "-d", "-u", `TCP-LISTEN:${TCP_PORT}`, "OPEN:/dev/null"],
  });
  await listener.waitForLine(/listening on/);
  await gateway.run("socat", [
    "-u",
    `OPEN:${path}`,
    `TCP:${PAIR.right.ipv4}:${TCP_PORT}`,
  ]);
  await listener.finish();
  const { sent, received } = await stopPipe(sender, receiver);
  assert.equal(count(sent.stats, "own_dropped"), 0);
  assert.equal(count(received.stats, "lost_in_transit"), 0);
  assert.equal(await followStream(out), toHex(content));
});

Deno.test({
  name:
    "a rule that logs all that a gateway forwards to its analysis host leaves the frames out, over IPv6",
  ignore,
}, async () => {
  await using hosts = await openNamespacePair();
  using directory = openTempDir();
  const { left: gateway, right: analysis } = hosts;
  await gateway.nft(`table inet t {
  chain c {
    type filter hook postrouting priority 0
    log group ${GROUP}
  }
}
`);
  await analysis.nft(`table inet quiet {
  chain c {
    type filter hook input priority 0
    udp dport ${PORT} drop
  }
}
`);
  const endpoint = `tcp://[${PAIR.right.ipv6}]:5555`;
  const out = directory.join("out.pcap");
  await using receiver = await startReceiver([endpoint, out], {
    namespace: analysis,
  });
  await using sender = await startSender(["5", endpoint], {
    namespace: gateway,
  });
  await sender.process.waitForLine(/\bConnected\b/);
  await flood(gateway, { count: 3000, to: `${PAIR.right.ipv4}:${PORT}` });
  const { sent, received } = await stopPipe(sender, receiver);
  assert(count(sent.stats, "own_dropped") > 0);
  assert.match(sent.stderr, /ip6 daddr fd77::2 tcp dport 5555 return/);
  assert.equal(count(received.stats, "lost_in_transit"), 0);
  const text = await runCommand({
    program: "tshark",
    args: ["-r", out, "-T", "fields", "-e", "_ws.col.Protocol"],
  });
  const protocols = text.trimEnd().split("\n");
  assert(!protocols.includes("TCP"), "own packets in the capture");
  assert.equal(protocols.filter((name) => name === "UDP").length, 3000);
});
