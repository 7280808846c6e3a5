// Who is answered over HTTP by whole programs.
import { deepEqual, equal, match } from "node:assert/strict";
import { startReceiver } from "../integration/pipe.ts";
import { KeyRing } from "./key_ring.ts";
import { endpointOf, runProgram } from "./talk.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";

Deno.test("attack: without the token nothing is answered, whatever is asked for; with it everything is", async () => {
  using keys = new KeyRing();
  const token = keys.path("token");
  await Deno.writeTextFile(token, `${TOKEN}\n`, { mode: 0o600 });
  await using receiver = await startReceiver([
    ...["--http", "0", "--http-token", token, "--buffer-window", "8"],
    ...["--buffer-interface", `ipc://${keys.path("query")}`],
    ...[`ipc://${keys.path("data")}`, keys.path("out.pcap")],
  ], {});
  const url = endpointOf(receiver, "url");
  const statusOf = async (
    path: string,
    authorization?: string,
  ): Promise<number> => {
    const answer = await fetch(`${url}${path}`, {
      headers: authorization === undefined ? {} : { authorization },
    });
    await answer.bytes();
    return answer.status;
  };
  const paths = ["", "metrics", "healthz", "stats.json", "buffer.pcap"];
  const wrong = [
    undefined,
    "Bearer ",
    `Bearer ${TOKEN}0`,
    `Bearer ${TOKEN.slice(1)}`,
    `Basic ${btoa(`${TOKEN}:`)}`,
    `Basic ${TOKEN}`,
  ];
  for (const path of [...paths, "nowhere"]) {
    for (const authorization of wrong) {
      equal(
        await statusOf(path, authorization),
        401,
        `${path} ${authorization}`,
      );
    }
  }
  const right = [`Bearer ${TOKEN}`, `Basic ${btoa(`any:${TOKEN}`)}`];
  for (const authorization of right) {
    const statuses: number[] = [];
    for (const path of paths) {
      statuses.push(await statusOf(path, authorization));
    }
    deepEqual(statuses, paths.map(() => 200));
  }
});

Deno.test("attack: no program serves HTTP to other hosts without a token, nor with one that can be guessed", async () => {
  using keys = new KeyRing();
  const here = `ipc://${keys.path("socket")}`;
  const lines = [
    ["send", ["pcap:-", here]],
    ["recv", [here, "-"]],
    ["compress", [here, here]],
    ["decompress", [here, here]],
  ] as const;
  for (const [name, places] of lines) {
    for (const address of ["0.0.0.0:0", "[::]:0", "192.0.2.9:0"]) {
      const { code, stderr } = await runProgram(name, [
        ...["--http", address, ...places],
      ]);
      equal(code, 2, stderr);
      match(stderr, /can be reached from other hosts: add --http-token FILE/);
    }
  }
  const token = keys.path("token");
  await Deno.writeTextFile(token, "short\n", { mode: 0o600 });
  const { code, stderr } = await runProgram("recv", [
    ...["--http", "0.0.0.0:0", "--http-token", token, here, "-"],
  ]);
  equal(code, 1);
  match(stderr, /Cannot use the token in .*must be 16 or more/);
});
