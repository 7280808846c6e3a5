// Where a fault happens: a gateway whose rule logs and counts packets, a host for analysis, a load, and the programs' runs.
import {
  type Namespace,
  openNamespace,
  openNamespacePair,
  PAIR,
} from "../helpers/namespace.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import {
  flood as sendFlood,
  type FloodArgs,
  GROUP,
  inputRules,
} from "../integration/pipe.ts";
import { Run, type RunOptions } from "./run.ts";

/** Size of the packets of the load, in bytes. */
export const PACKET_SIZE = 500;

/** Packets of a load, and how many of them a second. */
export type Load = Required<Pick<FloodArgs, "count" | "rate">>;

/** What may be told when a run is started. */
export interface StartOptions {
  /** What wraps its command besides the namespace: it is asked for what to run within the namespace. */
  within?: (host: Namespace) => Pick<Namespace, "wrap">;
  /** Variables added to its environment. */
  env?: Record<string, string>;
}

/** A stage for one fault. Disposing kills what still runs and takes the namespaces away. */
export class Scene implements AsyncDisposable {
  /** Where packets are logged. */
  readonly gateway: Namespace;
  /** Where the receiver runs; the gateway itself in a scene of one host. */
  readonly analysis: Namespace;
  /** All runs of senders, in the order of their start. */
  readonly senders: Run[] = [];
  /** All runs of receivers, in the order of their start. */
  readonly receivers: Run[] = [];
  readonly #stack: AsyncDisposableStack;
  readonly #directory: { join(name: string): string };
  readonly #logging: Namespace[] = [];
  #endpoint: string;
  #next = 0;
  #files = 0;

  private constructor(
    stack: AsyncDisposableStack,
    hosts: { gateway: Namespace; analysis: Namespace; address: string },
  ) {
    this.#stack = stack;
    this.#directory = stack.use(openTempDir());
    this.gateway = hosts.gateway;
    this.analysis = hosts.analysis;
    this.#endpoint = `tcp://${hosts.address}:5555`;
  }

  /** Where the receiver listens. */
  get endpoint(): string {
    return this.#endpoint;
  }

  /** Has receivers listen at another address, and senders connect to it, from now on. */
  listenAt(address: string): void {
    this.#endpoint = `tcp://${address}:5555`;
  }

  /**
   * Opens a scene, with the rule in place and nothing running.
   *
   * @param hosts Whether the receiver has a host of its own, at the other end of a cable.
   * @param rules What the gateway logs, with a counter for each group. @default {`undefined`} The load, to the group that senders have.
   */
  static async open(
    hosts: "one host" | "two hosts",
    rules?: string,
  ): Promise<Scene> {
    await using stack = new AsyncDisposableStack();
    let scene: Scene;
    if (hosts === "one host") {
      const gateway = stack.use(await openNamespace());
      const places = { gateway, analysis: gateway, address: "127.0.0.1" };
      scene = new Scene(stack.move(), places);
    } else {
      const { left, right } = stack.use(await openNamespacePair());
      const address = PAIR.right.ipv4;
      const places = { gateway: left, analysis: right, address };
      scene = new Scene(stack.move(), places);
    }
    await scene.logOn(scene.gateway, rules);
    return scene;
  }

  /** Has the kernel of a host log what is loaded there. */
  async logOn(
    host: Namespace,
    rules: string = inputRules(`counter log group ${GROUP}`),
  ): Promise<void> {
    await host.nft(rules);
    this.#logging.push(host);
  }

  /** Takes something over that ends with the scene. */
  use<T extends Disposable | AsyncDisposable>(thing: T): T {
    return this.#stack.use(thing);
  }

  /** A path in the scene's directory. */
  path(name: string): string {
    return this.#directory.join(name);
  }

  /** Packets of the load so far. */
  get loaded(): number {
    return this.#next;
  }

  /**
   * Starts a sender.
   *
   * @param args Its options; group and endpoint are added.
   * @param options How else.
   */
  async startSender(
    args: readonly string[] = [],
    options: StartOptions & {
      endpoint?: string;
      host?: Namespace;
      groups?: string;
    } = {},
  ): Promise<Run> {
    const to = options.endpoint ?? this.endpoint;
    const { groups = String(GROUP) } = options;
    const all = ["--heartbeat", "1", ...args, groups, to];
    const run = await this.start(options.host ?? this.gateway, {
      name: "send",
      args: all,
      ...options,
    });
    this.senders.push(run);
    return run;
  }

  /**
   * Starts a receiver.
   *
   * @param args Its options; endpoint and destination are added.
   * @param options How else; `destination` is a new file unless one is named.
   */
  async startReceiver(
    args: readonly string[] = [],
    options: StartOptions & { destination?: string; files?: string[] } = {},
  ): Promise<Run> {
    const { destination = this.path(`${++this.#files}.pcap`) } = options;
    const run = await this.start(this.analysis, {
      name: "recv",
      args: [...args, this.endpoint, destination],
      files: [destination],
      ...options,
    });
    this.receivers.push(run);
    return run;
  }

  /** Starts any program somewhere. */
  async start(
    host: Namespace,
    options: Omit<RunOptions, "namespace"> & StartOptions,
  ): Promise<Run> {
    const namespace = options.within?.(host) ?? host;
    return this.#stack.use(await Run.start({ ...options, namespace }));
  }

  /** Sends packets for the rule to log, numbered on from the last ones, and returns when all are out. */
  async load({ count, rate }: Load, host = this.gateway): Promise<void> {
    const first = this.#next;
    this.#next += count;
    await sendFlood(host, { count, rate, first, size: PACKET_SIZE });
  }

  /**
   * Sends packets as {@linkcode load} does, again and again until something is done: however slow the machine, there is a load all the while.
   *
   * @param load The packets of each turn.
   * @param work What is done meanwhile.
   */
  async loadDuring(load: Load, work: Promise<void>): Promise<void> {
    let done = false;
    const working = work.finally(() => done = true);
    const loading = async (): Promise<void> => {
      do await this.load(load); while (!done);
    };
    await Promise.all([loading(), working]);
  }

  /** Packets that the rule has logged: the kernel's own word. */
  async logged(): Promise<number> {
    const counters = await this.loggedByRule();
    return counters.reduce((sum, packets) => sum + packets, 0);
  }

  /** Packets that each rule has logged, in the order of the rules. */
  async loggedByRule(): Promise<number[]> {
    const counters: number[] = [];
    for (const host of this.#logging) {
      const rules = await host.run("nft", ["list", "ruleset"]);
      const found = [...rules.matchAll(/counter packets (\d+)/g)];
      if (found.length === 0) {
        throw new Error(`Cannot find a counter in ${rules}`);
      }
      counters.push(...found.map(([, packets]) => Number(packets)));
    }
    return counters;
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
