// The window asked for by key: whose key is on the list is answered, everybody else is told.
import { deepEqual, equal, match } from "node:assert/strict";
import { type FinishedProcess, runCommand } from "../helpers/process.ts";
import { programCommand } from "../helpers/programs.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { PACKETS, Receiver } from "./query_receiver.ts";

/** Writes a key pair as an operator does; gives the public key. */
async function makeKeys(prefix: string): Promise<string> {
  await runCommand(programCommand("send", ["--keygen", prefix]));
  const text = await Deno.readTextFile(`${prefix}.pub`);
  return text.trim().split(/\s/).at(-1) ?? "";
}

Deno.test("nflog-pcap-query asks by its key, and is told when it is not on the list or is none", async () => {
  using keys = openTempDir();
  const server = await makeKeys(keys.join("ids"));
  await makeKeys(keys.join("stranger"));
  await makeKeys(keys.join("analyst"));
  await using bed = await Receiver.start(
    ...["--buffer-curve-server-key", keys.join("ids.key")],
    ...["--buffer-curve-allow", keys.join("analyst.pub")],
  );
  const answer = bed.directory.join("answer.pcap");
  const ask = (...options: string[]): Promise<FinishedProcess> =>
    bed.query(...options, "--timeout", "20", "-w", answer);
  const as = (name: string): Promise<FinishedProcess> =>
    ask(
      ...["--curve-key", keys.join(`${name}.key`)],
      ...["--curve-server", server],
    );
  const stranger = await as("stranger");
  equal(stranger.code, 1);
  match(stranger.stderr, /Cannot ask: the receiver turned it away/);
  const plain = await bed.query("--timeout", "300ms", "-w", answer);
  equal(plain.code, 1);
  const names = await Array.fromAsync(Deno.readDir(bed.directory.path));
  deepEqual(names.filter(({ name }) => /answer|part/.test(name)), []);
  const analyst = await as("analyst");
  equal(analyst.code, 0, analyst.stderr);
  match(analyst.stderr, new RegExp(`Answered packets=${PACKETS} `));
  deepEqual(await bed.read("answer.pcap"), await bed.read("out.pcap"));
});
