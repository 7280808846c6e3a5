// Who is let in, who is not, who is let in no longer, and what is said of it at both ends: whole programs, as an operator runs them.
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { canUseNamespaces, openNamespace } from "../helpers/namespace.ts";
import { runCommand } from "../helpers/process.ts";
import { programCommand, type RunningProgram } from "../helpers/programs.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import {
  count,
  startReceiver,
  startSender,
  untilTotals,
} from "../integration/pipe.ts";
import {
  connectStuckClient,
  sendEndlessMessage,
} from "../zmq/plain_sockets.ts";
import { KeyRing } from "./key_ring.ts";
import { endpointOf, PACKETS, runProgram, Talker } from "./talk.ts";

/** A receiver with CURVE that those on the list may connect to. */
function startGuarded(
  keys: KeyRing,
  ...options: string[]
): Promise<RunningProgram> {
  return startReceiver([
    ...keys.server("ids", "allow"),
    ...options,
    ...["tcp://127.0.0.1:*", keys.path("out.pcap")],
  ], {});
}

/** Lines above debug that a program has written and that match. */
function linesOf(program: RunningProgram, pattern: RegExp): string[] {
  return program.process.stderrText.split("\n")
    .filter((line) => !/ DEBUG /.test(line) && pattern.test(line));
}

/** When a line of a log was written, in milliseconds. */
function timeOf(line: string): number {
  return Date.parse(line.slice(0, line.indexOf(" ")));
}

Deno.test("--keygen makes a secret that only its owner can read, and a public key that is let in as it is", async () => {
  using directory = openTempDir();
  const keys = ["ids", "gate-1"];
  const printed: string[] = [];
  for (const name of keys) {
    const command = programCommand("send", ["--keygen", directory.join(name)]);
    printed.push(await runCommand(command));
  }
  for (const name of keys) {
    const { mode } = await Deno.stat(directory.join(`${name}.key`));
    equal((mode ?? 0) & 0o7777, 0o600);
  }
  // What is secret stands in that file and nowhere else.
  const secret = await Deno.readTextFile(directory.join("ids.key"));
  const [, key = ""] = /^secret-key (\S{40})$/m.exec(secret) ?? [];
  equal(key.length, 40);
  const server = /'(\S{40})'/.exec(printed[0] ?? "")?.[1] ?? "";
  for (
    const text of [
      ...printed,
      await Deno.readTextFile(directory.join("ids.pub")),
    ]
  ) ok(!text.includes(key));
  await using receiver = await startReceiver([
    ...["--curve-server-key", directory.join("ids.key")],
    ...["--curve-allow", directory.path],
    ...["tcp://127.0.0.1:*", directory.join("out.pcap")],
  ], {});
  await using _talker = await Talker.start(directory.path, [
    ...["--curve-key", directory.join("gate-1.key")],
    ...[`--curve-server=${server}`, endpointOf(receiver, "endpoint")],
  ]);
  const stats = await untilTotals(
    receiver,
    (found) => count(found, "written") === PACKETS,
  );
  match(Object.keys(stats.sensors ?? {}).join(), /^gate-1\/[0-9a-f]+$/);
  // A second time nothing is overwritten.
  const again = await runProgram("send", [
    ...["--keygen", directory.join("ids")],
  ]);
  equal(again.code, 1);
  equal(await Deno.readTextFile(directory.join("ids.key")), secret);
});

Deno.test("attack: a key that is taken off the list loses its connection within a second of SIGHUP, sends no more, and comes back when it is on it again", async () => {
  using keys = new KeyRing();
  const names = ["one", "two", "three"];
  keys.make("ids", ...names);
  keys.allow("allow", ...names);
  await using receiver = await startGuarded(keys);
  await using stack = new AsyncDisposableStack();
  const talkers: Talker[] = [];
  for (const name of names) {
    talkers.push(stack.use(
      await Talker.start(keys.directory.path, [
        ...keys.client(name, "ids"),
        endpointOf(receiver, "endpoint"),
      ]),
    ));
  }
  await untilTotals(
    receiver,
    (found) => count(found, "written") === names.length * PACKETS,
  );
  const delays: number[] = [];
  for (const [index, talker] of talkers.entries()) {
    keys.allow("allow", ...names.slice(index + 1));
    const sent = Date.now();
    receiver.process.signal("SIGHUP");
    const line = await talker.line(/WARN Disconnected/);
    delays.push(timeOf(line) - sent);
    await receiver.process.waitForLine(
      new RegExp(
        `Read again .*removed=${names[index]} connections_ended=[1-9]`,
      ),
    );
    await talker.line(/The other end refused this one's key/);
    await receiver.process.waitForLine(
      new RegExp(
        `Refused a connection: its key .*="?${
          escaped(keys, names[index])
        }"? use=send`,
      ),
    );
  }
  // The machine may have been busy now and then, but not each time.
  ok(Math.min(...delays) < 1000, `${delays}`);
  const before = await receiver.totals();
  keys.allow("allow", "two");
  receiver.process.signal("SIGHUP");
  await talkers[1]?.line(/INFO Connected/);
  const frames = count(before, "received_frames");
  const after = await untilTotals(
    receiver,
    (found) => count(found, "received_frames") > frames + 2,
  );
  const moved = (name: string): boolean => {
    const of = (all: typeof before): string =>
      JSON.stringify(
        Object.entries(all.sensors ?? {}).find(([sensor]) =>
          sensor.startsWith(`${name}/`)
        )?.[1]["received_frames"],
      );
    return of(before) !== of(after);
  };
  deepEqual([moved("one"), moved("three")], [false, false]);
});

function escaped(keys: KeyRing, name = ""): string {
  return RegExp.escape(keys.key(name));
}

Deno.test("a list that is damaged lets in whom it let in before, and says what is wrong", async () => {
  using keys = new KeyRing();
  keys.make("ids", "gate");
  keys.allow("allow", "gate");
  await using receiver = await startGuarded(keys);
  await Deno.writeTextFile(keys.path("allow"), "gate secret\n");
  receiver.process.signal("SIGHUP");
  const line = await receiver.process.waitForLine(/ERROR/);
  match(line, /The keys that may connect stay as they were: .*line 1 of/);
  ok(!line.includes('secret"'));
  await using talker = await Talker.start(keys.directory.path, [
    ...keys.client("gate", "ids"),
    endpointOf(receiver, "endpoint"),
  ]);
  await talker.line(/INFO Connected/);
});

/** How a sender and a receiver can fail to get along: what each is given, and what each says, in one line that is not for debugging. */
const QUARRELS: readonly (readonly [
  name: string,
  sender: (keys: KeyRing) => string[],
  receiver: (keys: KeyRing) => string[],
])[] = [
  [
    "a key that is not on the list",
    (keys) => keys.client("stranger", "ids"),
    (keys) => keys.server("ids", "allow"),
  ],
  [
    "another server's key",
    (keys) => keys.client("gate", "stranger"),
    (keys) => keys.server("ids", "allow"),
  ],
  [
    "no key",
    () => [],
    (keys) => keys.server("ids", "allow"),
  ],
  [
    "a key where none is asked for",
    (keys) => keys.client("gate", "ids"),
    () => [],
  ],
];

for (const [name, sender, receiver] of QUARRELS) {
  Deno.test(`attack: ${name} gets nothing in, and both ends say so, without filling their logs`, async () => {
    using keys = new KeyRing();
    keys.make("ids", "gate", "stranger");
    keys.allow("allow", "gate");
    await using bound = await startReceiver([
      ...receiver(keys),
      ...["tcp://127.0.0.1:*", keys.path("out.pcap")],
    ], {});
    await using talker = await Talker.start(keys.directory.path, [
      ...sender(keys),
      endpointOf(bound, "endpoint"),
    ]);
    const REFUSED = /Refused a connection|ended before a word was said/;
    const TOLD = /The other end (refused|cannot be talked to|hung up)/;
    await bound.process.waitForLine(REFUSED);
    await talker.line(TOLD);
    const stats = await bound.totals();
    equal(count(stats, "received_frames"), 0);
    for (
      const [program, pattern] of [[bound, REFUSED], [
        talker.program,
        TOLD,
      ]] as const
    ) {
      const lines = linesOf(program, pattern).map((line) =>
        line.slice(line.indexOf(" "))
      );
      equal(
        new Set(lines.map((line) => line.replace(/address=\S+/, ""))).size,
        lines.length,
        lines.join("\n"),
      );
      ok(lines.length <= 2, lines.join("\n"));
    }
  });
}

Deno.test("data and queries have keys and lists of their own where they are given, and words of a list tell them apart where not", async () => {
  using keys = new KeyRing();
  keys.make("ids", "window", "gate", "analyst");
  keys.allow("allow", "gate");
  keys.allow("askers", "analyst");
  const asked = [
    ...["--buffer-interface", "tcp://127.0.0.1:*", "--buffer-window", "16"],
  ];
  await using apart = await startGuarded(
    keys,
    ...asked,
    ...["--buffer-curve-server-key", keys.path("window.key")],
    ...["--buffer-curve-allow", keys.path("askers")],
  );
  const ask = (
    program: RunningProgram,
    name: string,
    server: string,
  ): ReturnType<typeof runProgram> =>
    runProgram("query", [
      ...keys.client(name, server),
      ...["--stats", endpointOf(program, "asked_at")],
    ]);
  equal((await ask(apart, "analyst", "window")).code, 0);
  match((await ask(apart, "gate", "window")).stderr, /refused this one's key/);
  await using refused = await Talker.start(keys.directory.path, [
    ...keys.client("analyst", "ids"),
    endpointOf(apart, "endpoint"),
  ]);
  await refused.line(/refused this one's key/);
  await apart.stop();

  keys.allow("allow", "gate send", "analyst query");
  await using together = await startGuarded(keys, ...asked);
  equal((await ask(together, "analyst", "ids")).code, 0);
  match((await ask(together, "gate", "ids")).stderr, /refused this one's key/);
});

Deno.test("attack: a client without a key is not logged by a name that it gives itself", async () => {
  using keys = new KeyRing();
  await using receiver = await startReceiver([
    ...["--buffer-interface", "tcp://127.0.0.1:*", "--buffer-window", "16"],
    ...["tcp://127.0.0.1:*", keys.path("out.pcap")],
  ], {});
  const port = endpointOf(receiver, "asked_at").split(":").at(-1);
  using _client = await connectStuckClient(Number(port), {
    properties: { "User-Id": "admin" },
  });
  const line = await receiver.process.waitForLine(/Answered/);
  match(line, /client=127\.0\.0\.1 /);
});

Deno.test("attack: a message without an end is cut off before it fills the memory", async () => {
  using keys = new KeyRing();
  await using receiver = await startReceiver([
    ...["tcp://127.0.0.1:*", keys.path("out.pcap")],
  ], {});
  const port = endpointOf(receiver, "endpoint").split(":").at(-1);
  // More than can be sent between two looks at connections.
  const most = 4 * 1024 ** 3;
  const sent = await sendEndlessMessage(Number(port), most);
  ok(sent > 64 * 1024 ** 2 && sent < most, `${sent}`);
  const line = await receiver.process.waitForLine(/WARN Ended a connection/);
  match(line, /it sent a message without an end/);
  equal(count(await receiver.totals(), "received_frames"), 0);
});

Deno.test("attack: a secret that others can read is refused by every program that is given one, in one line", async () => {
  using keys = new KeyRing();
  keys.make("ids", "gate");
  keys.allow("allow", "gate");
  await Deno.writeTextFile(keys.path("token"), `${"t".repeat(32)}\n`);
  for (const file of ["ids.key", "gate.key", "token"]) {
    await Deno.chmod(keys.path(file), 0o640);
  }
  const client = keys.client("gate", "ids");
  const server = keys.server("ids", "allow");
  const here = `ipc://${keys.path("socket")}`;
  const http = ["--http", "0", "--http-token", keys.path("token")];
  const window = ["--buffer-interface", `${here}2`, "--buffer-window", "16"];
  const lines: readonly (readonly [
    Parameters<typeof runProgram>[0],
    readonly string[],
  ])[] = [
    ["send", [...client, "pcap:-", here]],
    ["send", [...http, "pcap:-", here]],
    ["recv", [...server, here, "-"]],
    ["recv", [
      ...window,
      ...["--buffer-curve-server-key", keys.path("ids.key")],
      ...["--buffer-curve-allow", keys.path("allow"), here, "-"],
    ]],
    ["recv", [...http, here, "-"]],
    ["compress", [...client, here, here]],
    ["decompress", [...server, here, here]],
    ["query", [...client, "--stats", here]],
    ["extcap", [
      ...["--extcap-interface", "nflog-window", "--capture", "--fifo"],
      ...[keys.path("fifo"), "--endpoint", here, ...client],
    ]],
  ];
  for (const [name, args] of lines) {
    const { code, stderr, lines } = await runProgram(name, args);
    equal(code, 1, `${name}: ${stderr}`);
    match(
      lines.at(-1) ?? "",
      /Cannot use the secret in \S+: its mode 0640 opens it to others; run chmod 600 /,
      `${name}: ${stderr}`,
    );
  }
});

Deno.test({
  name:
    "an endpoint that other hosts reach without a key is warned of once, data and queries each",
  ignore: !canUseNamespaces(),
}, async () => {
  using keys = new KeyRing();
  keys.make("ids", "gate");
  keys.allow("allow", "gate");
  await using namespace = await openNamespace();
  const EXPOSED = /WARN Whoever reaches this endpoint can (send|read)/;
  const start = (...options: string[]): Promise<RunningProgram> =>
    startReceiver([
      ...["--buffer-window", "16", "--buffer-interface"],
      ...options,
      keys.path("out.pcap"),
    ], { namespace });
  for (
    const ready of [["tcp://*:6001", "tcp://*:6000"], [
      "tcp://127.0.0.1:6001",
      "tcp://127.0.0.1:6000",
    ]]
  ) {
    await using receiver = await start(...ready);
    for (const endpoint of ["tcp://127.0.0.1:6000"]) {
      await using sender = await startSender(["pcap:/dev/null", endpoint], {
        namespace,
      });
      await sender.finish();
    }
    await receiver.totals();
    equal(
      linesOf(receiver, EXPOSED).length,
      ready[0] === "tcp://*:6001" ? 2 : 0,
    );
    await receiver.stop();
  }
  await using guarded = await start(
    ...["tcp://*:6001", ...keys.server("ids", "allow"), "tcp://*:6000"],
  );
  await guarded.totals();
  equal(linesOf(guarded, EXPOSED).length, 0);
});
