// Whose packets they are: the name that belongs to the key, wherever it is shown, and through relays.
import { deepEqual, equal, match } from "node:assert/strict";
import { startProgram } from "../helpers/programs.ts";
import { count, startReceiver, untilTotals } from "../integration/pipe.ts";
import { canRun, tsharkFields } from "../pcap/tools.ts";
import { KeyRing } from "./key_ring.ts";
import { endpointOf, PACKETS, runProgram, Talker } from "./talk.ts";

/** Names of sensors in totals, without their instances. */
function sensorsOf(stats: { sensors?: object }): string[] {
  return Object.keys(stats.sensors ?? {})
    .map((name) => name.slice(0, name.lastIndexOf("/"))).sort();
}

Deno.test("attack: a sensor that claims another's name goes by its key's, in the ledger, on the page, in pcapng and in queries", async () => {
  using keys = new KeyRing();
  keys.make("ids", "gate", "liar");
  keys.allow("allow", "gate", "liar");
  const file = keys.path("out.pcapng");
  await using receiver = await startReceiver([
    ...keys.server("ids", "allow"),
    ...["--format", "pcapng", "--http", "0"],
    ...["--buffer-interface", "tcp://127.0.0.1:*", "--buffer-window", "16"],
    ...["tcp://127.0.0.1:*", file],
  ], {});
  const endpoint = endpointOf(receiver, "endpoint");
  await using gate = await Talker.start(keys.directory.path, [
    ...["--sensor", "gate", ...keys.client("gate", "ids"), endpoint],
  ]);
  await using liar = await Talker.start(keys.directory.path, [
    ...["--sensor", "gate", ...keys.client("liar", "ids"), endpoint],
  ]);
  const stats = await untilTotals(
    receiver,
    (found) => count(found, "written") === 2 * PACKETS,
  );
  deepEqual(sensorsOf(stats), ["gate", "liar"]);
  match(
    await receiver.process.waitForLine(/calls itself otherwise/),
    /sensor=liar\b/,
  );
  const url = endpointOf(receiver, "url");
  const shown = await fetch(`${url}stats.json`);
  deepEqual(sensorsOf(await shown.json()), ["gate", "liar"]);
  const answer = keys.path("liar.pcap");
  const asked = await runProgram("query", [
    ...keys.client("gate", "ids"),
    ...["--sensor", "liar", "-w", answer, endpointOf(receiver, "asked_at")],
  ]);
  match(asked.stderr, new RegExp(`Answered packets=${PACKETS} `));
  match(
    await receiver.process.waitForLine(/Answered/),
    /client=gate .*sensor.*liar/,
  );
  for (const talker of [gate, liar]) await talker.program.stop();
  equal((await receiver.stop()).code, 0);
  if (!canRun("tshark")) return;
  const rows = await tsharkFields(file, ["frame.interface_name"]);
  const of = (name: string): number =>
    rows.filter(([shown = ""]) => shown.startsWith(name)).length;
  deepEqual([of("gate"), of("liar")], [PACKETS, PACKETS]);
});

Deno.test("attack: a relay's list names sensors too, and what its own key names is passed on only where it is known as a relay", async () => {
  using keys = new KeyRing();
  keys.make("ids", "relay", "gate", "stranger");
  keys.allow("ids.allow", "relay relay");
  keys.allow("relay.allow", "gate");
  await using receiver = await startReceiver([
    ...keys.server("ids", "ids.allow"),
    ...["tcp://127.0.0.1:*", keys.path("out.pcap")],
  ], {});
  const onward = [
    ...keys.client("relay", "ids"),
    ...keys.server("relay", "relay.allow"),
    ...["tcp://127.0.0.1:*", endpointOf(receiver, "endpoint")],
  ];
  const relays = ["compress", "decompress"] as const;
  for (const [turn, name] of relays.entries()) {
    await using relay = await startProgram(name, onward, {
      ready: /\bRelaying\b/,
    });
    const endpoint = endpointOf(relay, "from");
    await using talker = await Talker.start(keys.directory.path, [
      ...["--sensor", "ids", ...keys.client("gate", "relay"), endpoint],
    ]);
    await using stranger = await Talker.start(keys.directory.path, [
      ...keys.client("stranger", "relay"),
      endpoint,
    ]);
    await stranger.line(/The other end refused this one's key/);
    await relay.process.waitForLine(/Refused a connection: its key is not on/);
    await untilTotals(
      receiver,
      (found) => count(found, "written") === (turn + 1) * PACKETS,
    );
    await talker.program.stop();
  }
  const stats = await receiver.totals();
  deepEqual([...new Set(sensorsOf(stats))], ["gate"]);

  // Without the word "relay" on the list it is a sensor like any other.
  keys.allow("ids.allow", "relay");
  receiver.process.signal("SIGHUP");
  await receiver.process.waitForLine(/Read again which keys/);
  await using relay = await startProgram("decompress", onward, {
    ready: /\bRelaying\b/,
  });
  await using _talker = await Talker.start(keys.directory.path, [
    ...keys.client("gate", "relay"),
    endpointOf(relay, "from"),
  ]);
  const renamed = await untilTotals(
    receiver,
    (found) => count(found, "written") === 3 * PACKETS,
  );
  deepEqual([...new Set(sensorsOf(renamed))], ["gate", "relay"]);
});
