import assert from "node:assert/strict";
import {
  canUseNamespaces,
  openNamespace,
  openNamespacePair,
  PAIR,
} from "./namespace.ts";
import { canEnterNamespaces, inNamespace } from "./in_namespace.ts";

// Synchronous, for it must look at the thread that runs the test.
const namespaceOf = (process: string): string =>
  Deno.readLinkSync(`${process}/ns/net`);
const thisNamespace = (): string => namespaceOf("/proc/thread-self");

const ignore = !canUseNamespaces();

Deno.test(
  "openNamespace() has only a loopback, and takes rules",
  { ignore },
  async () => {
    await using namespace = await openNamespace();
    const links = await namespace.run("ip", ["-o", "link"]);
    assert.match(links, /^1: lo: <LOOPBACK,UP,LOWER_UP>.*\n$/);
    await namespace.nft(
      "table inet t { chain c { type filter hook input priority 0; log group 5; }; }",
    );
    await namespace.iptables("-A INPUT -p udp -j NFLOG --nflog-group 6");
    await namespace.ip6tables("-A INPUT -p udp -j NFLOG --nflog-group 6");
    const rules = await namespace.run("nft", ["list", "ruleset"]);
    assert.match(rules, /log group 5/);
  },
);

Deno.test(
  "openNamespace() says what a failing command printed",
  { ignore },
  async () => {
    await using namespace = await openNamespace();
    await assert.rejects(namespace.nft("tabel t"), /syntax error/);
  },
);

Deno.test(
  "openNamespacePair() joins two by IPv4 and IPv6",
  { ignore },
  async () => {
    await using pair = await openNamespacePair();
    await pair.left.run("ping", ["-c1", "-W5", PAIR.right.ipv4]);
    await pair.right.run("ping", ["-c1", "-W5", PAIR.left.ipv6]);
  },
);

Deno.test(
  "spawn() runs a program whose signals reach it",
  { ignore },
  async () => {
    await using namespace = await openNamespace();
    await using program = namespace.spawn({
      program: "sh",
      args: [
        "-c",
        "trap 'echo got it; exit 3' TERM; echo up >&2; read x",
      ],
      stdin: "piped",
    });
    await program.waitForLine(/^up$/);
    const { code, stdout } = await program.stop();
    assert.equal(code, 3);
    assert.equal(new TextDecoder().decode(stdout), "got it\n");
  },
);

Deno.test("inNamespace() opens sockets there and comes back", {
  ignore: !canEnterNamespaces(),
}, async () => {
  await using namespace = await openNamespace();
  const home = thisNamespace();
  const there = inNamespace(
    namespace,
    () => thisNamespace(),
  );
  assert.equal(there, namespaceOf(`/proc/${namespace.pid}`));
  assert.equal(thisNamespace(), home);
  assert.notEqual(there, home);
});
