// scripts/scapy/nflog_zmq_scapy.py, with Debian's own Python and scapy.
import assert from "node:assert/strict";
import {
  canUseNamespaces,
  type Namespace,
  openNamespace,
} from "../helpers/namespace.ts";
import type { CommandLine } from "../helpers/process.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { run, sayIgnored } from "../pcap/tools.ts";
import {
  accounted,
  GROUP,
  inputRules,
  startReceiver,
  startSender,
  untilTotals,
} from "./pipe.ts";

const PYTHON = "/usr/bin/python3";
const PROGRAM = new URL("scapy_program.py", import.meta.url).pathname;

async function hasScapy(): Promise<boolean> {
  try {
    const { code } = await run(PYTHON, "-c", "import scapy.config");
    if (code === 0) return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  sayIgnored(`${PYTHON} has no scapy: install python3-scapy`);
  return false;
}

const ignore = !canUseNamespaces() || !await hasScapy();

function command(name: string, argument: string): CommandLine {
  return { program: PYTHON, args: [PROGRAM, name, argument] };
}

/** Runs one of the cases of scapy_program.py. */
async function scapy<T>(
  namespace: Namespace,
  name: string,
  argument = String(GROUP),
): Promise<T> {
  await using running = namespace.spawn(command(name, argument));
  const { code, stdout, stderr } = await running.finish();
  assert.equal(code, 0, stderr);
  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
  return JSON.parse(lines.at(-1) ?? "");
}

/** A packet as the Python program saw it. */
interface Seen {
  class: string;
  load: string;
  time: number;
  wirelen: number;
  group: number;
  prefix: string;
  in: string;
  sensor: string;
  mark: number | null;
  direction: string;
  source: string;
}

async function openRuled(): Promise<Namespace> {
  const namespace = await openNamespace();
  await namespace.nft(inputRules(`log group ${GROUP} prefix "to scapy"`));
  return namespace;
}

function loads(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `number ${first + at}`);
}

Deno.test({
  name:
    "sniff(count=10) returns the packets that were sent, as IP and IPv6, with time and what the firewall knew",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  const before = Date.now() / 1000 - 0.1;
  const packets = await scapy<Seen[]>(namespace, "sniff");
  assert.deepEqual(packets.map(({ load }) => load), loads(0, 10));
  for (const [number, packet] of packets.entries()) {
    const { time, sensor, ...rest } = packet;
    assert(time > before && time < Date.now() / 1000);
    assert.equal(sensor, Deno.hostname());
    const even = number % 2 === 0;
    assert.deepEqual(rest, {
      class: even ? "IP" : "IPv6",
      load: `number ${number}`,
      wirelen: (even ? 28 : 48) + 8,
      group: GROUP,
      prefix: "to scapy",
      in: "lo",
      mark: null,
      direction: "in",
      source: "kernel",
    });
  }
});

Deno.test({
  name: "a subclass of the listener has queues of its own, and takes a filter",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  const packets = await scapy<Seen[]>(namespace, "class");
  assert.deepEqual(packets.map(({ load }) => load), [
    ...["number 1", "number 3", "number 5"],
  ]);
});

Deno.test({
  name:
    "nflog_generator() gives a descriptor, then payloads with the attributes asked for, and blocks only when it may",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  assert.deepEqual(await scapy(namespace, "generator"), {
    blocked: true,
    got: loads(0, 3).map((load) => [load, true, true, "to scapy"]),
  });
  assert.deepEqual(await scapy(namespace, "plain"), {
    type: "bytes",
    version: 4,
  });
});

Deno.test({
  name: "nflog_generator() warns of packets that were lost, or raises ENOBUFS",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  assert.deepEqual(await scapy(namespace, "overflow"), {
    warned: true,
    raised: [true],
  });
});

Deno.test({
  name:
    "what cannot be captured is refused with the reason, and nothing is left running",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  const [held, again, group, attribute] = await scapy<string[]>(
    namespace,
    "refused",
  );
  assert.match(
    held ?? "",
    /^OSError: .*Cannot bind NFLOG group 5: .* holds it/,
  );
  assert.match(again ?? "", /^Scapy_Exception: .*holds it/);
  assert.match(group ?? "", /^Scapy_Exception: .*70000 is not in 0 to 65535/);
  assert.match(attribute ?? "", /^NotImplementedError: .*colour/);
});

Deno.test({
  name:
    "scapy reads a remote receiver's window, and then the stream of a sender",
  ignore,
}, async () => {
  await using namespace = await openRuled();
  using directory = openTempDir();
  const [stream = "", window = ""] = ["stream", "window"]
    .map((name) => `ipc://${directory.join(name)}`);
  {
    await using receiver = await startReceiver([
      ...["--buffer-interface", window, "--buffer-window", "8"],
      ...[stream, directory.join("out.pcap")],
    ], { namespace });
    await using sender = await startSender([
      ...["--sensor", "gateway", String(GROUP), stream],
    ], { namespace });
    await scapy(namespace, "send", "0");
    await untilTotals(receiver, (stats) => accounted(stats) >= 6);
    const packets = await scapy<Seen[]>(namespace, "window", window);
    assert.deepEqual(packets.map(({ load }) => load), loads(0, 4));
    assert.deepEqual(
      packets.map(({ sensor, prefix, group }) => [sensor, prefix, group]),
      packets.map(() => ["gateway", "to scapy", GROUP]),
    );
    await sender.stop();
  }
  await using listening = namespace.spawn(command("stream", stream));
  await listening.waitForLine(/^ready$/, { from: "stdout" });
  await using _sender = await startSender([
    ...["--sensor", "gateway", String(GROUP), stream],
  ], { namespace });
  await scapy(namespace, "send", "20");
  const { code, stdout, stderr } = await listening.finish();
  assert.equal(code, 0, stderr);
  const text = new TextDecoder().decode(stdout).split("\n")[1] ?? "";
  const packets: Seen[] = JSON.parse(text);
  assert.deepEqual(packets.map(({ load }) => load), loads(20, 6));
});
