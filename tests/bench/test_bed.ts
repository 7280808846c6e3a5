// Where the network sections measure: a throw-away namespace whose rule logs and drops a flood from another one.

import { pause } from "../../lib/roles/pause.ts";
import type { FloodOptions, FloodReport } from "../helpers/flood.ts";
import {
  type Namespace,
  openNamespacePair,
  PAIR,
} from "../helpers/namespace.ts";
import type { CommandLine, RunningProcess } from "../helpers/process.ts";

/** The NFLOG group of the rule. */
export const GROUP = 5;

/** One load: so many packets of one size. */
export interface Load {
  /** Size of each IP packet in bytes. */
  size: number;
  /** Packets a second; 0 means as fast as they go. */
  rate: number;
  /** Number of packets. */
  count: number;
  /** A file whose bytes the packets carry. @default {undefined} A pattern. */
  content?: string;
}

/** The UDP port that the rule is about. */
export const PORT = 9999;
const RULES = `table inet bench { chain prerouting {
  type filter hook prerouting priority raw;
  udp dport ${PORT} log group ${GROUP} counter drop
}; }`;
/** Most payload bytes that one message can carry. */
const LARGEST_MESSAGE = 65507;
const FLOOD = new URL("../helpers/flood.ts", import.meta.url).pathname;
const FLOOD_TIMEOUT = 120_000;

/** Two namespaces: the load comes from one and is logged in the other, where the programs under test run. */
export class TestBed implements AsyncDisposable {
  readonly #owned: AsyncDisposable;
  readonly #here: Namespace;
  readonly #there: Namespace;

  /**
   * Takes both namespaces over.
   *
   * @param owned Whatever ends them.
   * @param here Where packets are logged.
   * @param there Where they come from.
   */
  constructor(owned: AsyncDisposable, here: Namespace, there: Namespace) {
    this.#owned = owned;
    this.#here = here;
    this.#there = there;
  }

  /**
   * Makes the namespaces and the rule.
   *
   * @returns The test bed; the caller disposes it.
   * @throws {Error} If this user may not.
   */
  static async open(): Promise<TestBed> {
    await using stack = new AsyncDisposableStack();
    const pair = stack.use(await openNamespacePair());
    await pair.left.nft(RULES);
    // The flood hands the kernel dozens of packets at once, to be cut apart by
    // this device: that leaves the programs under test two thirds more CPU.
    const { device } = PAIR.right;
    await pair.right.run("ip", ["link", "set", device, "gso_max_segs", "1"]);
    return new TestBed(stack.move(), pair.left, pair.right);
  }

  /**
   * Starts a program where packets are logged.
   *
   * @param command The program.
   * @returns The process; the caller disposes it.
   */
  spawn(command: CommandLine): RunningProcess {
    return this.#here.spawn(command);
  }

  /**
   * Sends a load and waits until it is out.
   *
   * @param load What to send.
   * @returns What was sent.
   * @throws {Error} If it could not be sent.
   */
  async flood(load: Load): Promise<FloodReport> {
    const fitting = Math.floor(LARGEST_MESSAGE / load.size);
    const segments = Math.min(64, 2 ** Math.floor(Math.log2(fitting)));
    const to = `${PAIR.left.ipv4}:${PORT}`;
    const options: FloodOptions = { ...load, to, segments, batch: 256 };
    if (load.rate > 0) options.batch = 64;
    const args = Object.entries(options).map(([name, value]) =>
      `--${name}=${value}`
    );
    await using running = this.#there.spawn({
      program: Deno.execPath(),
      args: [
        ...["run", "--quiet", "--no-prompt", "--allow-ffi", "--allow-read"],
        ...[FLOOD, ...args],
      ],
    });
    const finished = await running.finish({ timeout: FLOOD_TIMEOUT });
    if (finished.code !== 0) {
      throw new Error(`Cannot send the load: ${finished.stderr}`);
    }
    return JSON.parse(new TextDecoder().decode(finished.stdout));
  }

  /**
   * Waits until the group is read.
   *
   * @param owner The program that is to read it.
   * @throws {Error} If it ends instead, or does not within ten seconds.
   */
  async waitForOwner(owner: RunningProcess): Promise<void> {
    const path = `/proc/${this.#here.pid}/net/netfilter/nfnetlink_log`;
    const owned = new RegExp(`^\\s*${GROUP}\\s`, "m");
    for (let tries = 0; tries < 200 && owner.running; tries++) {
      if (owned.test(await Deno.readTextFile(path))) return;
      await pause(50);
    }
    throw new Error(
      `Cannot start: nobody reads NFLOG group ${GROUP}: ${owner.stderrText}`,
    );
  }

  /** Takes both namespaces away. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned[Symbol.asyncDispose]();
  }
}
