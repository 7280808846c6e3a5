import type { OwnTraffic } from "./datagram_walker.ts";

/** Where a receiver is. */
export interface PeerAddress {
  /** The address: four bytes, or sixteen. */
  address: Uint8Array;
  /** Its TCP port, 1 to 65535. */
  port: number;
}

/** IP protocol number of TCP (RFC 9293). */
const TCP = 6;

/** Offsets in the fixed part of an IP header, in bytes (RFC 791, RFC 8200). */
const IPV4 = { PROTOCOL: 9, SOURCE: 12, DESTINATION: 16, SIZE: 20 } as const;
const IPV6 = { PROTOCOL: 6, SOURCE: 8, DESTINATION: 24, SIZE: 40 } as const;

/**
 * Recognises the packets that carry captured packets: TCP to and from the endpoints of receivers.
 *
 * A rule that logs them makes them multiply without end, since each one logged makes more of them. Two senders that log each other's packets do the
 * same, so that any connection to one of the endpoints counts, not only this program's own.
 */
export class OwnPeers implements OwnTraffic {
  #peers: PeerAddress[] = [];

  /** Whether any peer is known. */
  get active(): boolean {
    return this.#peers.length > 0;
  }

  /** The peers known. */
  get peers(): readonly PeerAddress[] {
    return this.#peers;
  }

  /**
   * Adds the endpoint of a receiver.
   *
   * @param peer Its address, in IPv4 form where it is IPv4 mapped into IPv6.
   */
  add(peer: PeerAddress): void {
    const known = this.#peers.some((other) =>
      other.port === peer.port && isSame(other.address, peer.address, 0)
    );
    if (!known) this.#peers = [...this.#peers, peer];
  }

  /**
   * Tells whether a packet goes to or comes from one of the peers.
   *
   * @param bytes Where the packet is.
   * @param offset Where it begins.
   * @param size Bytes of it that were captured.
   */
  matches(bytes: Uint8Array, offset: number, size: number): boolean {
    if (size < IPV4.SIZE + 4) return false;
    const first = bytes[offset] as number;
    if (first >>> 4 === 4) {
      if (bytes[offset + IPV4.PROTOCOL] !== TCP) return false;
      const ports = (first & 0x0f) * 4;
      return size >= ports + 4 &&
        (this.#isPeer(bytes, offset + IPV4.SOURCE, offset + ports, 4) ||
          this.#isPeer(
            bytes,
            offset + IPV4.DESTINATION,
            offset + ports + 2,
            4,
          ));
    }
    if (first >>> 4 !== 6 || bytes[offset + IPV6.PROTOCOL] !== TCP) {
      return false;
    }
    return size >= IPV6.SIZE + 4 &&
      (this.#isPeer(bytes, offset + IPV6.SOURCE, offset + IPV6.SIZE, 16) ||
        this.#isPeer(
          bytes,
          offset + IPV6.DESTINATION,
          offset + IPV6.SIZE + 2,
          16,
        ));
  }

  #isPeer(
    bytes: Uint8Array,
    addressAt: number,
    portAt: number,
    addressSize: number,
  ): boolean {
    const port = (bytes[portAt] as number) << 8 | (bytes[portAt + 1] as number);
    for (const peer of this.#peers) {
      if (
        peer.port === port && peer.address.byteLength === addressSize &&
        isSame(peer.address, bytes, addressAt)
      ) return true;
    }
    return false;
  }
}

/** Tells whether an address is at `offset` in `bytes`. */
function isSame(
  address: Uint8Array,
  bytes: Uint8Array,
  offset: number,
): boolean {
  for (let index = 0; index < address.byteLength; index++) {
    if (address[index] !== bytes[offset + index]) return false;
  }
  return true;
}
