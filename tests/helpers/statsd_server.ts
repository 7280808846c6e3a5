import { RunningProcess } from "./process.ts";
import { openTempDir, type TempDir } from "./temp_dir.ts";
import { within } from "./within.ts";

/** The server of npm's `statsd`, which Etsy began. */
const SERVER = new URL(
  "../../node_modules/statsd/stats.js",
  import.meta.url,
).pathname;

/** A statsd server that we did not write, on free ports of the loopback address. It never flushes, so that its counters stay. */
export class StatsdServer implements AsyncDisposable {
  /** Where to send to: `127.0.0.1:PORT`. */
  readonly address: string;
  readonly #management: number;
  readonly #directory: TempDir;
  readonly #process: RunningProcess;

  private constructor(
    directory: TempDir,
    { port, management }: { port: number; management: number },
  ) {
    this.address = `127.0.0.1:${port}`;
    this.#management = management;
    this.#directory = directory;
    this.#process = new RunningProcess({
      program: Deno.execPath(),
      args: [
        ...["run", "--quiet", "--cached-only", "--allow-all", SERVER],
        directory.join("config.js"),
      ],
    });
  }

  /** Starts it, and waits until it listens. */
  static async start(): Promise<StatsdServer> {
    const directory = openTempDir();
    const ports = { port: freeUdpPort(), management: freeTcpPort() };
    await Deno.writeTextFile(
      directory.join("config.js"),
      JSON.stringify({
        address: "127.0.0.1",
        port: ports.port,
        mgmt_address: "127.0.0.1",
        mgmt_port: ports.management,
        flushInterval: 3_600_000,
        backends: ["./backends/console"],
        title: false,
      }),
    );
    const server = new StatsdServer(directory, ports);
    await server.#process.waitForLine(/server is up/, { from: "stdout" });
    return server;
  }

  /**
   * Asks for all counters, or for all gauges.
   *
   * @returns The numbers, by name.
   */
  read(what: "counters" | "gauges"): Promise<Record<string, number>> {
    return within(this.#read(what), () => `${what} of statsd`);
  }

  async #read(what: string): Promise<Record<string, number>> {
    using connection = await Deno.connect({
      hostname: "127.0.0.1",
      port: this.#management,
    });
    await connection.write(new TextEncoder().encode(`${what}\n`));
    let text = "";
    const decoder = new TextDecoderStream();
    for await (const piece of connection.readable.pipeThrough(decoder)) {
      text += piece;
      if (text.includes("END\n")) break;
    }
    const numbers = text.matchAll(/^ {2}'?([^':]+)'?: (-?[\d.]+),?$/gm);
    return Object.fromEntries(
      Array.from(numbers, ([, name = "", value]) => [name, Number(value)]),
    );
  }

  /**
   * Asks again and again until a counter is as wanted.
   *
   * @param name The counter.
   * @param value What it is to be.
   * @returns All counters.
   * @throws {Error} If it never is.
   */
  async until(name: string, value: number): Promise<Record<string, number>> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const counters = await this.read("counters");
      if (counters[name] === value) return counters;
      if (performance.now() > deadline) {
        const found = JSON.stringify(counters);
        throw new Error(`Cannot find ${name} of ${value} in ${found}`);
      }
    }
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    this.#directory[Symbol.dispose]();
  }
}

function freeTcpPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Of TCP, too: nobody else takes it meanwhile. */
function freeUdpPort(): number {
  return freeTcpPort();
}
