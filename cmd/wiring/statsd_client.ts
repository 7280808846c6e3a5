// Sends numbers to a statsd server, through the package hot-shots; loaded only when --statsd is given.

import { lookup } from "node:dns/promises";
import process from "node:process";
import { type StatsCb, StatsD } from "hot-shots";
import type { Statsd } from "../../lib/cli/groups/statsd_options.ts";
import type { HostPort } from "../../lib/cli/values/mod.ts";
import type { StatsdMetric } from "../../lib/metrics/statsd_counts.ts";
import type { StatsdClient } from "../../lib/roles/statsd_reporter.ts";

/** Bytes of a datagram that passes every Ethernet whole. */
const DATAGRAM_SIZE = 1432;

/** Never: datagrams leave when they are full or when `flush` is called. */
const NEVER = 2 ** 31 - 1;

/**
 * {@linkcode StatsdClient} of a server.
 *
 * The server's name is looked up at every flush, so that a server that moves is found again, and one that has no address yet takes no datagram down.
 */
export class HotShotsClient implements StatsdClient, Disposable {
  readonly #server: HostPort;
  readonly #type: Statsd["type"];
  #client: StatsD | undefined;
  #address = "";
  #errors: Error[] = [];

  /**
   * Opens nothing yet.
   *
   * @param settings The server, and the type that counters are sent as.
   */
  constructor({ server, type }: Statsd) {
    this.#server = server;
    this.#type = type;
    // The lookup of Deno 2.6 would print a warning about a module of its own.
    Object.assign(process, { noDeprecation: true });
  }

  async send(metrics: readonly StatsdMetric[]): Promise<void> {
    const { address } = await lookup(this.#server.host);
    const client = this.#open(address);
    this.#errors = [];
    for (const { name, value, isCounter } of metrics) {
      if (isCounter) sendCounter(client, this.#type, { name, value });
      else client.gauge(name, value);
    }
    await new Promise<void>((resolve) =>
      client.flush((error) => {
        if (error) this.#errors.push(error);
        resolve();
      })
    );
    const [error] = this.#errors;
    if (error !== undefined) throw error;
  }

  [Symbol.dispose](): void {
    this.#client?.close(() => {});
    this.#client = undefined;
  }

  #open(address: string): StatsD {
    if (this.#client !== undefined && this.#address === address) {
      return this.#client;
    }
    this[Symbol.dispose]();
    this.#address = address;
    this.#client = new StatsD({
      host: address,
      port: this.#server.port,
      maxBufferSize: DATAGRAM_SIZE,
      bufferFlushInterval: NEVER,
      // What the environment says is for agents of a company, and none of it is asked for.
      datadog: false,
      includeDataDogTags: false,
      includeDatadogTelemetry: false,
      errorHandler: (error) => this.#errors.push(error),
    });
    return this.#client;
  }
}

function sendCounter(
  client: StatsD,
  type: Statsd["type"],
  { name, value }: { name: string; value: number },
): void {
  const done: StatsCb = () => {};
  switch (type) {
    case "c":
      return client.increment(name, value, done);
    case "d":
      return client.distribution(name, value, done);
    case "g":
      return client.gauge(name, value, done);
    case "h":
      return client.histogram(name, value, done);
    case "ms":
      return client.timing(name, value, done);
    case "s":
      return client.set(name, value, done);
  }
}
