import type { Logger } from "./logger.ts";

/** Where a receiver is, in the words of a firewall rule. */
export interface ReceiverAddress {
  /** Its address, such as `192.0.2.1` or `2001:db8::1`. */
  host: string;
  /** Its TCP port. */
  port: number;
}

/**
 * Formats the nftables rules that keep a sender's own traffic from being logged.
 *
 * @param receiver Where it sends to.
 * @returns Two rules, to stand before the one that logs.
 */
export function formatExclusion({ host, port }: ReceiverAddress): string {
  const family = host.includes(":") ? "ip6" : "ip";
  return `${family} daddr ${host} tcp dport ${port} return; ` +
    `${family} saddr ${host} tcp sport ${port} return`;
}

/** Warns once that rules log the sender's own traffic. */
export class OwnTrafficWarning {
  readonly #logger: Logger;
  #warned = false;

  /** @param logger Where to warn. */
  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * Warns if it is time to.
   *
   * @param dropped Packets left out so far because they were the sender's own.
   * @param receivers Where it sends to.
   */
  check(dropped: number, receivers: readonly ReceiverAddress[]): void {
    if (this.#warned || dropped === 0) return;
    this.#warned = true;
    this.#logger.warn(
      "The firewall logs this program's own traffic, which is left out: put these rules before the one that logs",
      { rules: receivers.map(formatExclusion).join("; ") },
    );
  }
}
