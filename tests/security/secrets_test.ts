// Nothing secret is ever shown: not in the logs of any program with --debug, nor in what it prints, writes or answers, nor when it fails.
import { deepEqual, equal, ok } from "node:assert/strict";
import { startProgram } from "../helpers/programs.ts";
import { count, startReceiver, untilTotals } from "../integration/pipe.ts";
import { KeyRing } from "./key_ring.ts";
import { endpointOf, PACKETS, runProgram, Talker } from "./talk.ts";

const TOKEN = "a-token-that-nobody-may-see-0123456789";

/** All that a secret can look like. */
function formsOf(secret: string): string[] {
  return [
    secret,
    secret.slice(0, 20),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    btoa(secret).replace(/=+$/, ""),
    btoa(`user:${secret}`),
  ];
}

/** What programs showed, by where. */
class Shown {
  readonly #texts = new Map<string, string>();

  add(where: string, text: string): void {
    this.#texts.set(where, `${this.#texts.get(where) ?? ""}${text}`);
  }

  /** Places where one of the secrets stands. */
  find(secrets: readonly string[]): string[] {
    const forms = secrets.flatMap(formsOf);
    return [...this.#texts].filter(([, text]) =>
      forms.some((form) => text.includes(form))
    ).map(([where]) => where);
  }

  get size(): number {
    return [...this.#texts.values()].join("").length;
  }
}

Deno.test("attack: no secret key and no token stands in what any program logs with --debug, prints, writes or answers", async () => {
  using keys = new KeyRing();
  keys.make("ids", "window", "relay", "gate", "stranger");
  keys.allow("allow", "relay relay");
  keys.allow("relay.allow", "gate");
  keys.allow("askers", "gate");
  const token = keys.path("token");
  await Deno.writeTextFile(token, `${TOKEN}\n`, { mode: 0o600 });
  const http = ["--http", "0", "--http-token", token];
  const told = ["--debug", ...http];
  const shown = new Shown();
  await using receiver = await startReceiver([
    ...told,
    ...keys.server("ids", "allow"),
    ...["--buffer-interface", "tcp://127.0.0.1:*", "--buffer-window", "16"],
    ...["--buffer-curve-server-key", keys.path("window.key")],
    ...["--buffer-curve-allow", keys.path("askers")],
    ...["tcp://127.0.0.1:*", keys.path("out.pcap")],
  ], {});
  const relayed = (from: string): string[] => [
    ...told,
    ...keys.client("relay", "ids"),
    ...keys.server("relay", "relay.allow"),
    ...["tcp://127.0.0.1:*", from],
  ];
  const ready = /\bRelaying\b/;
  const to = endpointOf(receiver, "endpoint");
  await using decompress = await startProgram("decompress", relayed(to), {
    ready,
  });
  await using compress = await startProgram("compress", relayed(to), { ready });
  await using talker = await Talker.start(keys.directory.path, [
    ...http,
    ...keys.client("gate", "relay"),
    endpointOf(compress, "from"),
  ]);
  await using stranger = await Talker.start(keys.directory.path, [
    ...keys.client("stranger", "relay"),
    endpointOf(decompress, "from"),
  ]);
  await stranger.line(/The other end refused/);
  await untilTotals(receiver, (stats) => count(stats, "written") === PACKETS);

  const url = endpointOf(receiver, "url");
  for (
    const authorization of [
      undefined,
      `Bearer ${TOKEN}`,
      `Bearer ${TOKEN}x`,
      `Basic ${btoa(`user:${TOKEN}`)}`,
    ]
  ) {
    for (const path of ["", "metrics", "stats.json", "nowhere"]) {
      const answer = await fetch(`${url}${path}`, {
        headers: authorization === undefined ? {} : { authorization },
      });
      const headers = JSON.stringify([...answer.headers]);
      shown.add(`http ${path}`, headers + await answer.text());
    }
  }
  // Lists that have secrets in them, and key files in each other's place.
  const secretOf = async (name: string): Promise<string> =>
    /secret-key (\S+)/.exec(await Deno.readTextFile(keys.path(`${name}.key`)))
      ?.[1] ?? "";
  for (
    const list of [
      await Deno.readTextFile(keys.path("gate.key")),
      `gate ${await secretOf("gate")} ${await secretOf("gate")}\n`,
      `gate ${(await secretOf("gate")).slice(1)}\n`,
    ]
  ) {
    await Deno.writeTextFile(keys.path("askers"), list);
    receiver.process.signal("SIGHUP");
  }
  const ask = (...args: string[]): ReturnType<typeof runProgram> =>
    runProgram("query", [
      ...["--debug", "--timeout", "1", "--stats", ...args],
      endpointOf(receiver, "asked_at"),
    ]);
  const swapped = [
    await ask(...keys.client("gate", "window")),
    await ask(...keys.client("stranger", "window")),
    await ask("--curve-key", token, `--curve-server=${keys.key("window")}`),
    await runProgram("send", [
      ...["--debug", "--http", "0", "--http-token", keys.path("allow")],
      ...["pcap:-", to],
    ]),
    await runProgram("send", [
      ...["--debug", "--curve-key", keys.path("gate.key")],
      ...[`--curve-server=${(await secretOf("ids")).slice(0, 39)} `],
      ...["pcap:-", to],
    ]),
    await runProgram("recv", [
      ...["--debug", "--curve-server-key", keys.path("ids.key")],
      ...["--curve-allow", keys.path("ids.key"), to, "-"],
    ]),
  ];
  for (const [index, { stderr }] of swapped.entries()) {
    shown.add(`failure ${index}`, stderr);
  }
  const programs = { receiver, compress, decompress, sender: talker.program };
  for (const [name, program] of Object.entries(programs)) {
    const { stderr, stdout, stats } = await program.stop();
    shown.add(name, stderr + new TextDecoder().decode(stdout));
    shown.add(`${name}'s totals`, JSON.stringify(stats));
  }
  shown.add("stranger", stranger.program.process.stderrText);
  ok(shown.size > 10_000);
  equal(keys.secrets.length, 5);
  deepEqual(shown.find([...keys.secrets, TOKEN]), []);
  // That what is looked for would be found:
  shown.add("proof", `x${await secretOf("gate")}x`);
  deepEqual(shown.find([...keys.secrets, TOKEN]), ["proof"]);
});
