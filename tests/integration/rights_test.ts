// Who may capture: one owner a group, CAP_NET_ADMIN, and what is left after giving rights up.
import assert from "node:assert/strict";
import { canUseNamespaces, openNamespace } from "../helpers/namespace.ts";
import { needsRoot } from "../helpers/needs_root.ts";
import { RunningProcess } from "../helpers/process.ts";
import {
  programCommand,
  type RunningProgram,
  startProgram,
} from "../helpers/programs.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { KeyRing } from "../security/key_ring.ts";
import { endpointOf, PACKETS, Talker } from "../security/talk.ts";
import {
  count,
  ENDPOINT,
  flood,
  GROUP,
  inputRules,
  judge,
  startReceiver,
  startSender,
  stopPipe,
  untilTotals,
} from "./pipe.ts";

const ignore = !canUseNamespaces();

function lines(text: string): string[] {
  return text.trimEnd().split("\n");
}

/** What is said of who holds the group; a plain user may not see who that is. */
function holds(pid: number, name: string): RegExp {
  const who = Deno.uid() === 0
    ? `process ${pid} \\(${name}\\) holds it; stop that one`
    : "EPERM: another process holds it";
  return new RegExp(`Cannot bind NFLOG group ${GROUP}: ${who}`);
}

Deno.test({
  name: "a second owner of a group is told who holds it",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  // Without a receiver, senders that end would wait for one to come.
  await using receiver = await startReceiver([ENDPOINT, "/dev/null"], {
    namespace,
  });
  await using holder = await startSender([String(GROUP), ENDPOINT], {
    namespace,
  });
  const command = programCommand("send", [`4,${GROUP}`, ENDPOINT]);
  await using second = namespace.spawn(command);
  const { code, stderr } = await second.finish();
  assert.equal(code, 1);
  const [line, ...rest] = lines(stderr);
  assert.deepEqual(rest, []);
  assert.match(line ?? "", holds(holder.process.pid, ".+"));
  // What the second one had bound is free again, and the first one goes on.
  await namespace.nft(inputRules());
  await flood(namespace, { count: 100 });
  await untilTotals(holder, (stats) => count(stats, "captured") === 100);
  await using third = await startSender(["4", ENDPOINT], { namespace });
  assert.equal((await third.stop()).code, 0);
  assert.equal((await holder.stop()).code, 0);
  assert.equal(count((await receiver.stop()).stats, "written"), 100);
});

Deno.test({
  name: "a sender without CAP_NET_ADMIN says that this is what is missing",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  const { program, args = [], env = {} } = programCommand("send", [
    String(GROUP),
    ENDPOINT,
  ]);
  await using sender = namespace.spawn({
    program: "setpriv",
    args: ["--bounding-set", "-net_admin", "--", program, ...args],
    env,
  });
  const { code, stderr } = await sender.finish();
  assert.equal(code, 1);
  assert.equal(lines(stderr).length, 1, stderr);
  assert.match(
    stderr,
    /Cannot bind NFLOG group 5: EPERM: CAP_NET_ADMIN is missing/,
  );
});

Deno.test({
  name:
    "a sender that a program which is not ours keeps from its group names that one",
  ignore: ignore || needsRoot("run tcpdump -i in a namespace"),
}, async () => {
  await using namespace = await openNamespace();
  await using tcpdump = namespace.spawn({
    program: "tcpdump",
    args: ["-n", "-i", `nflog:${GROUP}`],
  });
  await tcpdump.waitForLine(/listening on/);
  await using sender = namespace.spawn(
    programCommand("send", [String(GROUP), ENDPOINT]),
  );
  const { code, stderr } = await sender.finish();
  assert.equal(code, 1);
  assert.match(stderr, holds(tcpdump.pid, "tcpdump"));
});

/** What /proc says of a process: uids, gids, groups and capabilities. */
function statusOf(pid: number): Map<string, string> {
  const text = Deno.readTextFileSync(`/proc/${pid}/status`);
  return new Map(
    text.split("\n").map((line) => {
      const [name = "", value = ""] = line.split(":\t");
      return [name, value.trim()];
    }),
  );
}

Deno.test({
  name:
    "--user gives rights up for good, and the capture goes on to its last packet",
  ignore: ignore || needsRoot("become another user"),
}, async () => {
  await using namespace = await openNamespace();
  using directory = openTempDir();
  await Deno.chmod(directory.path, 0o777);
  await namespace.nft(inputRules());
  const file = directory.join("out.pcap");
  await using receiver = await startReceiver([ENDPOINT, file], { namespace });
  await using sender = await startSender(
    ["--user", "nobody", String(GROUP), ENDPOINT],
    { namespace },
  );
  isNobody(sender.process.pid);
  await flood(namespace, { count: 10_000 });
  // The totals of a user who may not write there are not written; the line on stderr is.
  sender.process.signal("SIGTERM");
  const { code, stderr } = await sender.finish();
  assert.equal(code, 0, stderr);
  const sent = Number(/Totals .*\bsent=(\d+)/.exec(stderr)?.[1]);
  assert.equal(sent, 10_000);
  await untilTotals(receiver, (stats) => count(stats, "received") === sent);
  await receiver.stop();
  assert.deepEqual(judge(file, { count: 10_000, size: 100 }), {
    packets: 10_000,
    missing: 0,
    wrong: 0,
  });
});

/** Asserts that a process is nobody, with no rights. */
function isNobody(pid: number): void {
  const status = statusOf(pid);
  for (const name of ["Uid", "Gid"]) {
    assert.equal(status.get(name), "65534\t65534\t65534\t65534");
  }
  assert.equal(status.get("Groups"), "65534");
  for (const name of ["CapEff", "CapPrm"]) {
    assert.equal(status.get(name), "0000000000000000");
  }
}

Deno.test({
  name:
    "--user is for receiver, relays and query too: keys are read before, lists again after, and packets pass",
  ignore: needsRoot("become another user"),
}, async () => {
  using keys = new KeyRing();
  keys.make("ids", "relay", "gate");
  keys.allow("allow", "relay relay", "gate query");
  keys.allow("relay.allow", "gate");
  await Deno.chmod(keys.directory.path, 0o755);
  const asNobody = ["--user", "nobody"];
  await using receiver = await startReceiver([
    ...[...asNobody, ...keys.server("ids", "allow")],
    ...["--buffer-interface", "tcp://127.0.0.1:*", "--buffer-window", "8"],
    ...["tcp://127.0.0.1:*", keys.path("out.pcap")],
  ], {});
  isNobody(receiver.process.pid);
  const relay = (
    name: "compress" | "decompress",
    to: RunningProgram,
    options: string[],
  ): Promise<RunningProgram> =>
    startProgram(name, [
      ...[...asNobody, ...options, "tcp://127.0.0.1:*"],
      endpointOf(to, name === "compress" ? "from" : "endpoint"),
    ], { ready: /\bRelaying\b/ });
  await using decompress = await relay("decompress", receiver, [
    ...keys.client("relay", "ids"),
  ]);
  isNobody(decompress.process.pid);
  await using compress = await relay("compress", decompress, [
    ...keys.server("relay", "relay.allow"),
  ]);
  isNobody(compress.process.pid);
  for (const program of [receiver, compress]) {
    program.process.signal("SIGHUP");
    await program.process.waitForLine(/Read again which keys may connect/);
  }
  await using talker = await Talker.start(keys.directory.path, [
    ...[...asNobody, ...keys.client("gate", "relay")],
    endpointOf(compress, "from"),
  ]);
  isNobody(talker.program.process.pid);
  await receiver.process.waitForLine(/Connected/);
  await using asker = new RunningProcess(programCommand("query", [
    ...[...asNobody, "--debug", "--timeout", "60", "--stats"],
    // Nobody answers there, so that it can be looked at.
    ...[...keys.client("gate", "ids"), "tcp://127.0.0.1:1"],
  ]));
  await asker.waitForLine(/connect-retried/);
  isNobody(asker.pid);
  // What passed through all of them is asked for until it is all there.
  const deadline = performance.now() + 20_000;
  let answer = "";
  while (!answer.includes(`"written":${PACKETS},`)) {
    assert(performance.now() < deadline, answer);
    await using answered = new RunningProcess(programCommand("query", [
      ...[...asNobody, ...keys.client("gate", "ids"), "--stats", "--json"],
      endpointOf(receiver, "asked_at"),
    ]));
    const { code, stderr, stdout } = await answered.finish();
    assert.equal(code, 0, stderr);
    answer = new TextDecoder().decode(stdout).replace(/\s/g, "");
  }
});

Deno.test({
  name: "--user is for the local capture too",
  ignore: ignore || needsRoot("become another user"),
}, async () => {
  await using namespace = await openNamespace();
  await namespace.nft(inputRules());
  await using dump = await startProgram("dump", [
    ...["--user", "nobody", "-c", "10", String(GROUP)],
  ], { namespace, ready: /\bDumping\b/ });
  isNobody(dump.process.pid);
  await flood(namespace, { count: 10 });
  const { code, stderr } = await dump.finish();
  assert.equal(code, 0, stderr);
  assert.match(stderr, /10 packets captured/);
});

Deno.test({
  name:
    "--user with a name that nobody has is refused before anything is opened",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  await using sender = namespace.spawn(
    programCommand("send", ["--user", "no-such-user", "5", ENDPOINT]),
  );
  const { code, stderr } = await sender.finish();
  assert.notEqual(code, 0);
  assert.match(stderr, /no-such-user/);
});

Deno.test({
  name: "the groups of a sender that ended are free at once",
  ignore,
}, async () => {
  await using namespace = await openNamespace();
  for (let turn = 0; turn < 2; turn++) {
    await using receiver = await startReceiver([ENDPOINT, "/dev/null"], {
      namespace,
    });
    await using sender = await startSender(["0,5-9", ENDPOINT], { namespace });
    const { sent } = await stopPipe(sender, receiver);
    assert.equal(sent.code, 0);
    assert.deepEqual(
      Object.keys(sent.stats?.groups ?? {}),
      ["0", "5", "6", "7", "8", "9"],
    );
  }
});
