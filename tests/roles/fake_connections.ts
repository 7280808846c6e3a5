// Connections as libzmq has them, for tests: descriptors that are used again, bytes that come, and who was shut down.
import type { SocketAddress } from "../../lib/libc/socket_address.ts";
import type { ConnectionInspector } from "../../lib/roles/connection_book.ts";

/** What a test says of connections. */
export class FakeConnections implements ConnectionInspector {
  /** Descriptors of connections that were shut down, in order. */
  readonly ended: number[] = [];
  readonly #identities = new Map<number, bigint>();
  readonly #bytes = new Map<number, number>();
  #last = 0n;

  /** Opens a connection, or another one in its place. */
  open(descriptor: number): number {
    this.#identities.set(descriptor, ++this.#last);
    this.#bytes.set(descriptor, 0);
    return descriptor;
  }

  /** Closes a connection, as libzmq does. */
  close(descriptor: number): void {
    this.#identities.delete(descriptor);
  }

  /** Lets bytes arrive. */
  receive(descriptor: number, bytes: number): void {
    this.#bytes.set(descriptor, (this.#bytes.get(descriptor) ?? 0) + bytes);
  }

  identify(descriptor: number): bigint | undefined {
    return this.#identities.get(descriptor);
  }

  peer(descriptor: number): SocketAddress | undefined {
    const address = new Uint8Array([192, 0, 2, descriptor]);
    return { family: "ipv4", address, port: 40_000 + descriptor };
  }

  bytesReceived(descriptor: number): number | undefined {
    return this.#bytes.get(descriptor);
  }

  shutdown(descriptor: number, identity: bigint): boolean {
    if (this.#identities.get(descriptor) !== identity) return false;
    this.ended.push(descriptor);
    this.#identities.delete(descriptor);
    return true;
  }
}
