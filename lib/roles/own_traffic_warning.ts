import type { PeerAddress } from "../nflog/own_peers.ts";
import { formatIPv4, formatIPv6 } from "../dissect/address.ts";
import type { Logger } from "./logger.ts";

/**
 * Formats the nftables rules that keep a sender's own traffic from being logged.
 *
 * @param receiver Where it sends to.
 * @returns Two rules, to stand before the one that logs.
 */
export function formatExclusion({ address, port }: PeerAddress): string {
  const view = new DataView(
    address.buffer,
    address.byteOffset,
    address.byteLength,
  );
  const isIPv4 = address.byteLength === 4;
  const host = isIPv4 ? formatIPv4(view, 0) : formatIPv6(view, 0);
  const family = isIPv4 ? "ip" : "ip6";
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
  check(dropped: number, receivers: readonly PeerAddress[]): void {
    if (this.#warned || dropped === 0) return;
    this.#warned = true;
    this.#logger.warn(
      "The firewall logs this program's own traffic, which is left out: put these rules before the one that logs",
      { rules: receivers.map(formatExclusion).join("; ") },
    );
  }
}
