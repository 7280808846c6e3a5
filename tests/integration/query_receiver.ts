// A receiver with a window full of known packets, and our client of it.
import { encodeFileHeader, encodeRecord } from "../../lib/pcap/mod.ts";
import { packetsOfAllKinds } from "../libpcap/ip_packets.ts";
import { type FinishedProcess, RunningProcess } from "../helpers/process.ts";
import { programCommand, type RunningProgram } from "../helpers/programs.ts";
import { openTempDir, type TempDir } from "../helpers/temp_dir.ts";
import { concatenate } from "../pcap/packets.ts";
import { count, startReceiver, startSender, untilTotals } from "./pipe.ts";

/** Packets in the window. */
export const PACKETS = 20_000;

/** A capture of packets of all kinds, a millisecond apart. */
export function makeCapture(): Uint8Array {
  const kinds = packetsOfAllKinds();
  const records = Array.from({ length: PACKETS }, (_, index) =>
    encodeRecord({
      ...kinds[index % kinds.length] ??
        { originalLength: 0, data: new Uint8Array(0) },
      seconds: 1_700_000_000 + Math.floor(index / 1000),
      nanoseconds: index % 1000 * 1e6,
    }));
  return concatenate([encodeFileHeader(), ...records]);
}

/** A receiver whose window holds a capture that was replayed to it. */
export class Receiver implements AsyncDisposable {
  readonly directory: TempDir = openTempDir();
  /** Where the window is asked for. */
  readonly endpoint: string = `ipc://${this.directory.join("query")}`;
  readonly #stack = new AsyncDisposableStack();

  static async start(...options: string[]): Promise<Receiver> {
    const bed = new Receiver();
    const { directory, endpoint } = bed;
    const capture = directory.join("in.pcap");
    await Deno.writeFile(capture, makeCapture());
    const data = `ipc://${directory.join("data")}`;
    const receiver: RunningProgram = bed.#stack.use(
      await startReceiver([
        ...["--buffer-interface", endpoint, "--buffer-window", "64"],
        ...[...options, data, directory.join("out.pcap")],
      ], {}),
    );
    await using sender = await startSender(
      ["--sensor", "gw1", `pcap:${capture}`, data],
      {},
    );
    await sender.finish();
    await untilTotals(receiver, (stats) => count(stats, "written") === PACKETS);
    return bed;
  }

  read(name: string): Promise<Uint8Array> {
    return Deno.readFile(this.directory.join(name));
  }

  async query(...args: string[]): Promise<FinishedProcess> {
    await using running = startQuery([...args, this.endpoint]);
    return await running.finish();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
    this.directory[Symbol.dispose]();
  }
}

/** Starts nflog-pcap-query. */
export function startQuery(args: readonly string[]): RunningProcess {
  return new RunningProcess(programCommand("query", args));
}
